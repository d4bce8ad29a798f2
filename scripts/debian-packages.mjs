/**
 * The programs that Neargate needs of the system, the Debian packages that hold them, and how those are installed:
 * named first, with what each is for; asked about on a terminal; without starting or enabling their services.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { run } from './project.mjs';

/** A purpose, and those whose packages it needs. The machine of `vm` gets the packages of tests inside. */
const NEEDS = { run: ['run'], demo: ['run', 'demo'], test: ['run', 'demo', 'test'], vm: ['vm'] };

export const PURPOSES = Object.keys(NEEDS);

const PACKAGES = [
  {
    name: 'containerd',
    purpose: 'run',
    for: 'runs containers',
    present: () => hasPrograms('containerd', 'containerd-shim-runc-v2'),
  },
  { name: 'runc', purpose: 'run', for: 'starts containers', present: () => hasPrograms('runc') },
  {
    name: 'nftables',
    purpose: 'run',
    for: "tasks' way to the internet, security groups",
    present: () => hasPrograms('nft'),
  },
  {
    name: 'iproute2',
    purpose: 'run',
    for: 'latency by fault injection',
    present: () => hasPrograms('ip', 'tc'),
  },
  {
    name: 'tini',
    purpose: 'run',
    for: 'the init of containers with initProcessEnabled',
    present: () => hasPrograms('tini-static'),
  },
  { name: 'e2fsprogs', purpose: 'run', for: "tasks' disks", present: () => hasPrograms('mkfs.ext4') },
  {
    name: 'bindfs',
    purpose: 'run',
    for: 'access points of EFS on the machine that holds the files',
    present: () => hasPrograms('bindfs'),
  },
  {
    name: 'busybox-static',
    purpose: 'demo',
    for: 'the sample image of the demo; takes the place of busybox',
    present: hasStaticBusybox,
  },
  {
    name: 'docker-registry',
    purpose: 'run',
    for: "ECR's registry, and the one that the demo pulls from",
    present: () => hasPrograms('docker-registry'),
  },
  {
    name: 'nfs-ganesha',
    purpose: 'run',
    for: 'mount targets of EFS file systems',
    present: () => hasPrograms('ganesha.nfsd'),
  },
  {
    name: 'nfs-ganesha-vfs',
    purpose: 'run',
    for: 'the same: how NFS-Ganesha reads file systems',
    present: hasGaneshaVfs,
  },
  {
    name: 'libnfs-utils',
    purpose: 'test',
    for: 'tests with an NFS client of others',
    present: () => hasPrograms('nfs-ls', 'nfs-cat'),
  },
  {
    name: 'prometheus',
    purpose: 'test',
    for: 'the test that Prometheus reads /metrics',
    present: () => hasPrograms('prometheus', 'promtool'),
  },
  {
    name: 'skopeo',
    purpose: 'test',
    for: 'tests that push images to ECR, and pull them',
    present: () => hasPrograms('skopeo'),
  },
  {
    name: 'curl',
    purpose: 'test',
    for: 'the test that programs in tasks trust the certificates of services',
    present: () => hasPrograms('curl'),
  },
  {
    name: 'iperf3',
    purpose: 'test',
    for: 'measuring the network of tasks',
    present: () => hasPrograms('iperf3'),
  },
  {
    name: 'fio',
    purpose: 'test',
    for: "measuring tasks' disks",
    present: () => hasPrograms('fio'),
  },
  {
    name: 'tcpdump',
    purpose: 'test',
    for: 'tests that look at packets',
    present: () => hasPrograms('tcpdump'),
  },
  {
    name: 'strace',
    purpose: 'test',
    for: 'tests of what may be traced',
    present: () => hasPrograms('strace'),
  },
  {
    name: 'awscli',
    purpose: 'test',
    for: 'tests with the AWS command line',
    // Debian's: an `aws` of elsewhere on the PATH may be any version.
    present: () => existsSync('/usr/bin/aws'),
  },
  {
    name: 'runsc',
    purpose: 'test',
    for: 'isolation with gVisor',
    present: () => hasPrograms('runsc'),
  },
  { name: 'python3-boto3', purpose: 'test', for: 'tests with the AWS SDK for Python', present: hasBoto3 },
  {
    name: 'qemu-system-x86',
    purpose: 'vm',
    for: 'runs the virtual machine of test:vm',
    present: () => hasPrograms('qemu-system-x86_64'),
  },
  {
    name: 'mmdebstrap',
    purpose: 'vm',
    for: "builds that machine's system",
    present: () => hasPrograms('mmdebstrap'),
  },
  {
    name: 'e2fsprogs',
    purpose: 'vm',
    for: "makes that machine's drives",
    present: () => hasPrograms('mke2fs'),
  },
];

/** Services that these packages, or those that they need, bring, and that Neargate does not use. */
const SERVICES = {
  containerd: ['containerd.service'],
  'docker-registry': ['docker-registry.service'],
  prometheus: ['prometheus.service'],
  'nfs-ganesha': ['nfs-ganesha.service', 'nfs-ganesha-lock.service', 'rpcbind.socket', 'rpcbind.service'],
};
const UNITS = ['/lib/systemd/system', '/etc/systemd/system'];

const DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Packages whose programs are not there. */
export function missingPackages(purpose) {
  return packagesFor(purpose).filter((entry) => !entry.present());
}

/** The names of all packages that a purpose needs. */
export function packageNames(purpose) {
  return packagesFor(purpose).map((entry) => entry.name);
}

function packagesFor(purpose) {
  return PACKAGES.filter((entry) => NEEDS[purpose].includes(entry.purpose));
}

/** Names them, asks, installs; true when all are there afterwards. */
export async function install(packages) {
  console.log('These programs are missing; the Debian packages that hold them:');
  for (const entry of packages) console.log(`  ${entry.name.padEnd(16)} ${entry.for}`);
  if (!hasPrograms('apt-get')) {
    console.log('There is no apt-get on this system: install them by other means.');
    return false;
  }
  if (!(await agreed())) return false;
  const names = packages.map((entry) => entry.name);
  console.log(`Installing ${names.join(', ')} …`);
  // What was there before is somebody's.
  const services = names.flatMap((name) => SERVICES[name] ?? []).filter((service) => !hasUnit(service));
  if (!allKnown(names)) apt(['update', '-qq']);
  const args = ['install', '--yes', '-qq', '-o', 'Dpkg::Use-Pty=0', '--no-install-recommends', ...names];
  // Lists of packages grow old: versions that they name may be gone.
  const installed = apt(args) === 0 || (apt(['update', '-qq']) === 0 && apt(args) === 0);
  for (const service of services) disableService(service);
  return installed && packages.every((entry) => entry.present());
}

/** On a terminal by asking; otherwise yes, unless NEARGATE_SETUP=no. */
async function agreed() {
  if (process.env['NEARGATE_SETUP'] === 'no') {
    console.log('Not installed: NEARGATE_SETUP=no.');
    return false;
  }
  if (!process.stdin.isTTY || !process.stdout.isTTY) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('Install them with apt-get now? [Y/n] ');
  terminal.close();
  return /^(y|yes|)$/i.test(answer.trim());
}

function allKnown(names) {
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
function apt(args) {
  const hide = `for program in /usr/sbin/invoke-rc.d /usr/bin/deb-systemd-invoke; do
    if [ -e "$program" ]; then mount --bind /bin/true "$program"; fi
  done
  exec apt-get "$@"`;
  const environment = ['env', 'DEBIAN_FRONTEND=noninteractive', 'NEEDRESTART_SUSPEND=1'];
  const hidden = runAsRoot(['unshare', '--mount', 'true'], 'ignore') === 0;
  const command = hidden ? ['unshare', '--mount', 'sh', '-c', hide, 'sh', ...args] : ['apt-get', ...args];
  return runAsRoot([...environment, ...command]);
}

function disableService(service) {
  if (hasUnit(service) && hasPrograms('systemctl'))
    runAsRoot(['systemctl', 'disable', '--quiet', service], 'ignore');
}

function hasUnit(service) {
  return UNITS.some((directory) => existsSync(`${directory}/${service}`));
}

function runAsRoot(command, stdio = 'inherit') {
  if (process.getuid() === 0) return run(command[0], command.slice(1), { stdio });
  if (!hasPrograms('sudo')) {
    console.error('This needs root, and there is no sudo: run it as root.');
    return 1;
  }
  // Without a terminal nobody can type a password.
  const quiet = process.stdin.isTTY ? [] : ['--non-interactive'];
  return run('sudo', [...quiet, ...command], {
    stdio: process.stdin.isTTY ? ['inherit', stdio, 'inherit'] : stdio,
  });
}

function hasPrograms(...names) {
  const directories = [
    ...DIRECTORIES,
    ...(process.env['PATH'] ?? '').split(':').filter((path) => path !== ''),
  ];
  return names.every((name) => directories.some((directory) => existsSync(`${directory}/${name}`)));
}

/** A library, in a directory named for the processor's architecture. */
function hasGaneshaVfs() {
  return ['x86_64', 'aarch64'].some((arch) => existsSync(`/usr/lib/${arch}-linux-gnu/ganesha/libfsalvfs.so`));
}

function hasBoto3() {
  return existsSync('/usr/lib/python3/dist-packages/boto3');
}

/** A program header of type 3 names a loader: then it is not static. */
function hasStaticBusybox() {
  if (!existsSync('/bin/busybox')) return false;
  const elf = readFileSync('/bin/busybox');
  const start = Number(elf.readBigUInt64LE(32));
  const size = elf.readUInt16LE(54);
  const types = Array.from({ length: elf.readUInt16LE(56) }, (_, index) =>
    elf.readUInt32LE(start + index * size),
  );
  return !types.includes(3);
}
