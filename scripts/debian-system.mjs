/** Systems of Debian 12, made of packages into a directory, with the mirror and the proxies of this machine. */
import { spawnSync } from 'node:child_process';
import { start } from './processes.mjs';

export const SUITE = 'bookworm';

/** Fills `root` with Debian and these packages. `excluded` are files that are not wanted. */
export async function makeDebianSystem(root, { packages, excluded = [], temporary, signal }) {
  await start(
    'unshare',
    [
      // Whatever happens, no process and no mount of it stays.
      ...['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'mmdebstrap', '--quiet'],
      ...['--variant=minbase', `--include=${packages.join(',')}`, ...proxyOptions()],
      ...excluded.map((path) => `--dpkgopt=path-exclude=${path}`),
      ...[SUITE, root, debianMirror()].filter((argument) => argument !== undefined),
    ],
    { signal, env: { TMPDIR: temporary, DEBIAN_FRONTEND: 'noninteractive', INITRD: 'No' } },
  );
}

/** The host's own mirror of Debian, when it has one. */
export function debianMirror() {
  const format = ['indextargets', '--format', '$(ORIGIN) $(REPO_URI)', 'Created-By: Packages'];
  const { stdout } = spawnSync('apt-get', format, { encoding: 'utf8' });
  const line = (stdout ?? '').split('\n').find((text) => text.startsWith('Debian '));
  return line?.slice('Debian '.length);
}

/** Proxies of the host's apt. Those of the environment are used in any case. */
function proxyOptions() {
  const { stdout } = spawnSync('apt-config', ['dump', '--format', '%f "%v"%n'], { encoding: 'utf8' });
  const lines = (stdout ?? '').split('\n').filter((line) => /^Acquire::https?::proxy/i.test(line));
  return lines.map((line) => `--aptopt=${line}`);
}
