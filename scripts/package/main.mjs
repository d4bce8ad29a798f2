/**
 * Tries the package as a user gets it: packs it, makes a fresh Debian without anything of Neargate, installs the
 * tarball there as docs/how-to/install.md says, and runs the demo. `npm run test:package [-- --keep]`
 *
 * The system is a directory; what runs in it has mounts, processes and (for the demo) a network of its own, so nothing
 * stays when it ends, however it ends. Node comes from this machine, as one of nodejs.org would come to a user's.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeDebianSystem } from '../debian-system.mjs';
import { npmDirectory, pack } from '../npm-package.mjs';
import { interrupted, start } from '../processes.mjs';

/** What Node of nodejs.org needs, and what every installed Debian has beside the minimal one. */
const PACKAGES = ['ca-certificates', 'libatomic1', 'libstdc++6', 'iproute2', 'kmod', 'mount', 'procps'];
const EXCLUDED = ['/usr/share/man/*', '/usr/share/doc/*', '/usr/share/locale/*'];

/** How this machine reaches the internet, which counts for the system in it too. */
const REACH = ['etc/resolv.conf', 'etc/hosts', 'etc/ssl/certs/ca-certificates.crt'];

/** No others: npm tells its scripts its own settings, which would then count inside. */
const REACH_VARIABLES = /^((https?|no)_proxy|NODE_EXTRA_CA_CERTS)$/i;

const ENTER = `
  mount --rbind "$0" "$0" && cd "$0" || exit
  mount --rbind /dev dev && mount --rbind /sys sys || exit
  mount -t proc proc proc && mount -t tmpfs -o mode=755 run run || exit
  mount --make-rshared .
  exec chroot . /usr/bin/env -i "$@" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root sh -euc "$SCRIPT"`;

/** With the network of this machine: packages come from their registries. */
const INSTALL = `
  npm install --global /root/neargate.tgz
  neargate setup --for demo --yes
  neargate --version`;

/** With a network of its own: nothing of it comes from outside. */
const TRY = `
  ip link set lo up
  neargate doctor
  neargate demo
  npm uninstall --global neargate
  hash -r
  if command -v neargate; then exit 1; fi`;

/** What the package must not hold, and must. */
function checkContents(tarball) {
  const { stdout } = spawnSync('tar', ['-tzf', tarball], { encoding: 'utf8' });
  const paths = stdout.split('\n').filter((path) => path !== '');
  const wanted = [
    'bin/neargate',
    'LICENSE',
    'README.md',
    'systemd/neargate.service',
    'docs/how-to/install.md',
  ];
  const missing = wanted.filter((path) => !paths.includes(`package/${path}`));
  const unwanted = paths.filter((path) =>
    /\.(ts|map)$|\.test\.|^package\/(src|test|bench|scripts)\//.test(path),
  );
  if (missing.length > 0) throw new Error(`the package lacks ${missing.join(', ')}`);
  if (unwanted.length > 0) throw new Error(`the package holds ${unwanted.join(', ')}`);
  console.log(`The package holds ${paths.length} files.`);
}

/** Node and npm of this machine, where an archive of nodejs.org puts them. */
function provideNode(system) {
  const local = join(system, 'usr/local');
  cpSync(process.execPath, join(local, 'bin/node'));
  mkdirSync(join(local, 'lib/node_modules'), { recursive: true });
  cpSync(npmDirectory(), join(local, 'lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm'));
}

async function inside(system, script, { network, signal }) {
  const own = ['--mount', '--pid', '--fork', '--kill-child', '--uts', '--ipc', ...(network ? [] : ['--net'])];
  const reach = Object.entries(process.env).filter(([name]) => REACH_VARIABLES.test(name));
  const variables = reach.map(([name, value]) => `${name}=${value}`);
  await start('unshare', [...own, 'sh', '-c', ENTER, system, ...variables], {
    signal,
    env: { SCRIPT: script },
  });
}

async function main() {
  const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
  if (process.getuid() !== 0) throw new Error('it needs root to make a system');
  const signal = interrupted();
  const started = performance.now();
  const seconds = () => `${Math.round((performance.now() - started) / 1000)} s`;
  // Where disks of tasks may lie: in memory there is no room for them.
  const work = mkdtempSync(join(existsSync('/var/tmp') ? '/var/tmp' : tmpdir(), 'neargate-package-'));
  try {
    const tarball = await pack(work, signal);
    checkContents(tarball);
    const system = join(work, 'system');
    console.log('Making a fresh Debian …');
    await makeDebianSystem(system, { packages: PACKAGES, excluded: EXCLUDED, temporary: work, signal });
    provideNode(system);
    for (const path of REACH.filter((each) => existsSync(`/${each}`))) {
      mkdirSync(dirname(join(system, path)), { recursive: true });
      cpSync(`/${path}`, join(system, path), { dereference: true });
    }
    cpSync(tarball, join(system, 'root/neargate.tgz'));
    console.log(`Installing the package there (${seconds()}) …`);
    await inside(system, INSTALL, { network: true, signal });
    console.log(`Running it (${seconds()}) …`);
    await inside(system, TRY, { network: false, signal });
    console.log(`\ntest:package PASSED, ${seconds()}`);
  } finally {
    if (values.keep) console.log(`Left in place: ${work}`);
    else rmSync(work, { recursive: true, force: true });
  }
}

await main().catch((error) => {
  console.error(`\ntest:package FAILED: ${error.message}`);
  process.exitCode = 1;
});
