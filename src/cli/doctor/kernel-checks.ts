/** What the kernel can do, but for the network. */
import { type Check, type Finding, missing, note, ok } from './check.ts';
import type { CommandSettings } from '../command.ts';
import type { HostView } from './host-view.ts';

const OLDEST_KERNEL = [5, 4] as const;
/** The hard limit of a container on Fargate. */
const CONTAINER_FILES = 65_535;
const NEEDED_CONTROLLERS = ['cpu', 'memory', 'pids'];

export const kernelChecks: readonly Check[] = [
  { name: 'kernel', look: async (host) => lookAtKernel(host) },
  { name: 'cgroups', look: lookAtCgroups },
  { name: 'overlayfs', look: (host) => lookForFilesystem(host, 'overlay', 'images') },
  { name: 'ext4', look: (host) => lookForFilesystem(host, 'ext4', "tasks' disks") },
  { name: 'disk encryption', look: lookAtEncryption },
  { name: 'loop devices', look: lookAtLoop },
  { name: 'open files', look: lookAtFileLimit },
  { name: 'NFS client', look: lookAtNfs },
  { name: 'FUSE', look: lookAtFuse },
  { name: 'netem', look: lookAtNetem },
];

function lookAtKernel({ kernel }: HostView): Finding {
  const [major = 0, minor = 0] = kernel.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_KERNEL;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return ok(kernel);
  return note(kernel, `Neargate is tried with Linux ${OLDEST_KERNEL.join('.')} and newer`);
}

/** One hierarchy (v2), one a controller (v1), or v1 with an empty v2 beside it (hybrid). */
async function lookAtCgroups(host: HostView): Promise<Finding> {
  const unified = await host.read('/sys/fs/cgroup/cgroup.controllers');
  if (unified !== undefined) return judgeControllers('v2', unified.trim().split(/\s+/));
  const lines = ((await host.read('/proc/cgroups')) ?? '')
    .split('\n')
    .filter((line) => !line.startsWith('#'));
  const enabled = lines
    .map((line) => line.split('\t'))
    .filter((fields) => fields[3] === '1' && fields[1] !== '0');
  const hybrid = await host.exists('/sys/fs/cgroup/unified/cgroup.procs');
  return judgeControllers(
    hybrid ? 'hybrid (v1 in use)' : 'v1',
    enabled.map(([name = '']) => name),
  );
}

function judgeControllers(version: string, controllers: readonly string[]): Finding {
  const absent = NEEDED_CONTROLLERS.filter((name) => !controllers.includes(name));
  if (absent.length === 0) return ok(`${version}: ${controllers.join(' ')}`);
  return missing(
    `${version}, without ${absent.join(' and ')}`,
    'enable them on the kernel command line (cgroup_enable=memory), or give this container its cgroups',
  );
}

async function hasFilesystem(host: HostView, name: string): Promise<boolean> {
  const known = (await host.read('/proc/filesystems')) ?? '';
  if (known.split('\n').some((line) => line.split('\t')[1] === name)) return true;
  return (await host.run('modprobe', ['--dry-run', '--quiet', name]))?.status === 0;
}

async function lookForFilesystem(host: HostView, name: string, use: string): Promise<Finding> {
  if (await hasFilesystem(host, name)) return ok('available');
  return missing(`the kernel has no ${name} (${use})`, 'use a kernel with it, or load its module');
}

async function lookAtEncryption(host: HostView, { diskEncryption }: CommandSettings): Promise<Finding> {
  // There once ext4 is, as a part of the kernel or as a module that is loaded.
  if (await host.exists('/sys/fs/ext4/features/encryption')) {
    return ok(diskEncryption === 'off' ? 'available, not asked for' : 'available');
  }
  if (diskEncryption === 'off') return note('none', 'only the setting diskEncryption needs it');
  return missing(
    'the ext4 of this kernel does not encrypt: no task can start with diskEncryption fscrypt',
    'use a kernel with FS_ENCRYPTION (if ext4 is a module, load it and look again), or --disk-encryption off',
  );
}

async function lookAtLoop(host: HostView): Promise<Finding> {
  if (await host.exists('/dev/loop-control')) return ok('available');
  return missing("no /dev/loop-control (tasks' disks)", 'modprobe loop; in a container, give it the device');
}

async function lookAtFileLimit(host: HostView): Promise<Finding> {
  const limits = (await host.read('/proc/self/limits')) ?? '';
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1] ?? 'unknown';
  const raised = await host.run('prlimit', [`--nofile=${CONTAINER_FILES}:${CONTAINER_FILES}`, 'true']);
  if (hard === 'unlimited' || Number(hard) >= CONTAINER_FILES) return ok(`up to ${hard}`);
  if (raised?.status === 0) return ok(`up to ${hard}, and it may be raised`);
  return note(
    `up to ${hard}`,
    `Fargate gives containers up to ${CONTAINER_FILES}: raise the hard limit (ulimit -Hn)`,
  );
}

async function lookAtNfs(host: HostView, { efsDriver, efsServers }: CommandSettings): Promise<Finding> {
  if (await hasFilesystem(host, 'nfs4')) return ok('available');
  const askedBy = efsDriver === 'nfs' ? 'efsDriver nfs' : efsServers.length > 0 ? 'efsServers' : undefined;
  if (askedBy === undefined) return note('none', 'only the settings efsDriver nfs and efsServers need it');
  return missing(
    `the kernel has none: the setting ${askedBy} needs it`,
    'use a kernel with NFS_V4_1 (on Debian any of its own), or do without the setting',
  );
}

async function lookAtFuse(host: HostView): Promise<Finding> {
  if (await host.exists('/dev/fuse')) return ok('available');
  return note(
    'no /dev/fuse (access points of EFS, and EFS over NFS: tasks that mount them fail)',
    'modprobe fuse; in a container, give it the device',
  );
}

async function lookAtNetem(host: HostView): Promise<Finding> {
  const modules = await Promise.all(
    ['sch_prio', 'sch_netem'].map((name) => host.run('modprobe', ['--dry-run', '--quiet', name])),
  );
  if (modules.every((found) => found?.status === 0)) return ok('available');
  return note(
    'the kernel has none (network-latency of fault injection fails)',
    'only tasks that inject latency need it',
  );
}
