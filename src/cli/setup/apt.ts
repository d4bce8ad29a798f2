/** Debian packages by apt-get, without starting or enabling the services that they bring. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { hasPrograms, runAsRoot } from './host-programs.ts';

/** Services that these packages, or those that they need, bring, and that Neargate does not use. */
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  containerd: ['containerd.service'],
  'docker-registry': ['docker-registry.service'],
  prometheus: ['prometheus.service'],
  'nfs-ganesha': ['nfs-ganesha.service', 'nfs-ganesha-lock.service', 'rpcbind.socket', 'rpcbind.service'],
};
const UNITS = ['/lib/systemd/system', '/etc/systemd/system'];

/** Installs them; true when apt-get says so. */
export function installPackages(names: readonly string[]): boolean {
  // What was there before is somebody's.
  const services = names.flatMap((name) => SERVICES[name] ?? []).filter((service) => !hasUnit(service));
  if (!allKnown(names)) apt(['update', '-qq']);
  const args = ['install', '--yes', '-qq', '-o', 'Dpkg::Use-Pty=0', '--no-install-recommends', ...names];
  // Lists of packages grow old: versions that they name may be gone.
  const installed = apt(args) === 0 || (apt(['update', '-qq']) === 0 && apt(args) === 0);
  for (const service of services) disableService(service);
  return installed;
}

function allKnown(names: readonly string[]): boolean {
  const { stdout, status } = spawnSync('apt-cache', ['policy', ...names], { encoding: 'utf8' });
  return (
    status === 0 &&
    stdout.split('\n').filter((line) => /Candidate: (?!\(none\))/.test(line)).length === names.length
  );
}

/**
 * Runs apt-get as root, where maintainer scripts cannot start services: in a mount namespace of its own, the two
 * programs by which they would do so are hidden behind `true`. Nothing of that is left whatever happens.
 */
function apt(args: readonly string[]): number {
  const hide = `for program in /usr/sbin/invoke-rc.d /usr/bin/deb-systemd-invoke; do
    if [ -e "$program" ]; then mount --bind /bin/true "$program"; fi
  done
  exec apt-get "$@"`;
  const environment = ['env', 'DEBIAN_FRONTEND=noninteractive', 'NEEDRESTART_SUSPEND=1'];
  const hidden = runAsRoot(['unshare', '--mount', 'true'], 'ignore') === 0;
  const command = hidden ? ['unshare', '--mount', 'sh', '-c', hide, 'sh', ...args] : ['apt-get', ...args];
  return runAsRoot([...environment, ...command]);
}

function disableService(service: string): void {
  if (hasUnit(service) && hasPrograms('systemctl'))
    runAsRoot(['systemctl', 'disable', '--quiet', service], 'ignore');
}

function hasUnit(service: string): boolean {
  return UNITS.some((directory) => existsSync(`${directory}/${service}`));
}
