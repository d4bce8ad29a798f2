/** The programs that Neargate needs of the system, and the Debian packages that hold them. */
import { existsSync, readFileSync } from 'node:fs';
import { hasPrograms } from './host-programs.ts';

/**
 * A purpose, and the parts of the table that it needs. The systems of `package` and `vm` get the packages of the demo
 * and of tests inside.
 */
const NEEDS = {
  run: ['run'],
  demo: ['run', 'demo'],
  test: ['run', 'demo', 'test'],
  package: ['system'],
  vm: ['system', 'vm'],
} as const;

export type Purpose = keyof typeof NEEDS;
type Part = (typeof NEEDS)[Purpose][number];

export const PURPOSES = Object.keys(NEEDS) as readonly Purpose[];

export interface DebianPackage {
  readonly name: string;
  readonly part: Part;
  /** What it is for, in words. */
  readonly for: string;
  /** Whether what is needed of it is there, from this package or from elsewhere. */
  readonly present: () => boolean;
}

const PACKAGES: readonly DebianPackage[] = [
  {
    name: 'containerd',
    part: 'run',
    for: 'runs containers',
    present: () => hasPrograms('containerd', 'containerd-shim-runc-v2'),
  },
  { name: 'runc', part: 'run', for: 'starts containers', present: () => hasPrograms('runc') },
  {
    name: 'nftables',
    part: 'run',
    for: "tasks' way to the internet, security groups",
    present: () => hasPrograms('nft'),
  },
  {
    name: 'iproute2',
    part: 'run',
    for: 'latency by fault injection',
    present: () => hasPrograms('ip', 'tc'),
  },
  {
    name: 'tini',
    part: 'run',
    for: 'the init of containers with initProcessEnabled',
    present: () => hasPrograms('tini-static'),
  },
  { name: 'e2fsprogs', part: 'run', for: "tasks' disks", present: () => hasPrograms('mkfs.ext4') },
  {
    name: 'bindfs',
    part: 'run',
    for: 'access points of EFS on the machine that holds the files',
    present: () => hasPrograms('bindfs'),
  },
  {
    name: 'busybox-static',
    part: 'demo',
    for: 'the sample image of the demo; takes the place of busybox',
    present: hasStaticBusybox,
  },
  {
    name: 'docker-registry',
    part: 'run',
    for: "ECR's registry, and the one that the demo pulls from",
    present: () => hasPrograms('docker-registry'),
  },
  {
    name: 'nfs-ganesha',
    part: 'run',
    for: 'mount targets of EFS file systems',
    present: () => hasPrograms('ganesha.nfsd'),
  },
  {
    name: 'nfs-ganesha-vfs',
    part: 'run',
    for: 'the same: how NFS-Ganesha reads file systems',
    present: hasGaneshaVfs,
  },
  {
    name: 'libnfs-utils',
    part: 'test',
    for: 'tests with an NFS client of others',
    present: () => hasPrograms('nfs-ls', 'nfs-cat'),
  },
  {
    name: 'prometheus',
    part: 'test',
    for: 'the test that Prometheus reads /metrics',
    present: () => hasPrograms('prometheus', 'promtool'),
  },
  {
    name: 'skopeo',
    part: 'test',
    for: 'tests that push images to ECR, and pull them',
    present: () => hasPrograms('skopeo'),
  },
  {
    name: 'curl',
    part: 'test',
    for: 'the test that programs in tasks trust the certificates of services',
    present: () => hasPrograms('curl'),
  },
  {
    name: 'iperf3',
    part: 'test',
    for: 'measuring the network of tasks',
    present: () => hasPrograms('iperf3'),
  },
  {
    name: 'fio',
    part: 'test',
    for: "measuring tasks' disks",
    present: () => hasPrograms('fio'),
  },
  {
    name: 'tcpdump',
    part: 'test',
    for: 'tests that look at packets',
    present: () => hasPrograms('tcpdump'),
  },
  {
    name: 'strace',
    part: 'test',
    for: 'tests of what may be traced',
    present: () => hasPrograms('strace'),
  },
  {
    name: 'awscli',
    part: 'test',
    for: 'tests with the AWS command line',
    // Debian's: an `aws` of elsewhere on the PATH may be any version.
    present: () => existsSync('/usr/bin/aws'),
  },
  {
    name: 'runsc',
    part: 'test',
    for: 'isolation with gVisor',
    present: () => hasPrograms('runsc'),
  },
  { name: 'python3-boto3', part: 'test', for: 'tests with the AWS SDK for Python', present: hasBoto3 },
  {
    name: 'qemu-system-x86',
    part: 'vm',
    for: 'runs the virtual machine of test:vm',
    present: () => hasPrograms('qemu-system-x86_64'),
  },
  {
    name: 'mmdebstrap',
    part: 'system',
    for: 'builds systems of Debian to try Neargate in',
    present: () => hasPrograms('mmdebstrap'),
  },
  {
    name: 'e2fsprogs',
    part: 'vm',
    for: "makes that machine's drives",
    present: () => hasPrograms('mke2fs'),
  },
];

/** Packages whose programs are not there. */
export function missingPackages(purpose: Purpose): DebianPackage[] {
  return packagesFor(purpose).filter((entry) => !entry.present());
}

/** The names of all packages that a purpose needs. */
export function packageNames(purpose: Purpose): string[] {
  return packagesFor(purpose).map((entry) => entry.name);
}

function packagesFor(purpose: Purpose): DebianPackage[] {
  const needed: readonly Part[] = NEEDS[purpose];
  return PACKAGES.filter((entry) => needed.includes(entry.part));
}

/** A library, in a directory named for the processor's architecture. */
function hasGaneshaVfs(): boolean {
  return ['x86_64', 'aarch64'].some((arch) => existsSync(`/usr/lib/${arch}-linux-gnu/ganesha/libfsalvfs.so`));
}

function hasBoto3(): boolean {
  return existsSync('/usr/lib/python3/dist-packages/boto3');
}

/** A program header of type 3 names a loader: then it is not static. */
function hasStaticBusybox(): boolean {
  if (!existsSync('/bin/busybox')) return false;
  const elf = readFileSync('/bin/busybox');
  const start = Number(elf.readBigUInt64LE(32));
  const size = elf.readUInt16LE(54);
  const types = Array.from({ length: elf.readUInt16LE(56) }, (_, index) =>
    elf.readUInt32LE(start + index * size),
  );
  return !types.includes(3);
}
