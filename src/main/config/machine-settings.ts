/** Settings of the machine: runtimes, disks, what is kept for how long. */
import { fileSystemServer } from './file-system-server.ts';
import { choice, decimal, duration, integer, list, optional, path, pattern, someOf } from './kinds.ts';
import { setting } from './setting.ts';

const DAY_MS = 86_400_000;

export const MACHINE_SETTINGS = {
  containerdSocket: setting(optional(path), {
    doc: 'The socket of a containerd that runs already; without it, Neargate runs one of its own in its data directory.',
  }),
  runtimes: setting(
    someOf(pattern(/^[A-Za-z0-9./_-]+$/, 'must be the name of a containerd runtime', 'NAME')),
    {
      fallback: 'runc',
      doc: 'The runtimes that tasks may run with: `runc`, `gvisor`, or the name of a containerd runtime (see [isolation](isolation.md)). The first is the default; a task chooses another one of them by the tag `neargate:runtime`, on RunTask or on its task definition.',
    },
  ),
  initPath: setting(path, {
    fallback: '/usr/bin/tini-static',
    doc: "A statically linked init for containers with `initProcessEnabled`; Debian's package tini has it.",
  }),
  runtimeTimeoutMs: setting(duration(1000, 600_000), {
    fallback: '1m',
    doc: 'How long the container runtime may take to make or start a container before its task fails.',
  }),
  stoppedTaskRetentionMs: setting(duration(1000, 30 * DAY_MS), {
    fallback: '1h',
    doc: 'How long DescribeTasks shows a task after it has stopped.',
  }),
  pullConcurrency: setting(integer(1, 32), {
    fallback: 4,
    doc: 'How many layers are fetched at once.',
  }),
  imageFreePercent: setting(integer(0, 90), {
    fallback: 15,
    doc: 'While less of the disk that holds the images is free than so many percent, images that no task uses are removed, the longest unused first. 0 keeps all.',
  }),
  imageMinAgeMs: setting(duration(1000, 365 * DAY_MS), {
    fallback: '1h',
    doc: 'How long an image stays after its last use, however full the disk is.',
  }),
  logFlushIntervalMs: setting(duration(50, 60_000), {
    fallback: '1s',
    doc: "How long a container's output may wait before it is sent to CloudWatch Logs. On AWS it is up to 5 s; here the service is near, and people wait for what they see.",
  }),
  flowLogIntervalMs: setting(optional(duration(1000, 600_000)), {
    doc: 'How long all flow logs gather records, in place of the minute or the ten minutes that each of them asks for. For tests, and for those who do not want to wait.',
  }),
  cpuOvercommit: setting(decimal(0.1, 100), {
    fallback: 16,
    doc: 'How many times its CPUs a machine promises to tasks: they share them, each up to its own limit. 1 gives each task what it asked for, as Fargate does.',
  }),
  memoryOvercommit: setting(decimal(0.1, 100), {
    fallback: 2,
    doc: 'How many times its memory a machine promises to tasks, most of which use less than their limit. 1 in production.',
  }),
  diskOvercommit: setting(decimal(0.1, 1000), {
    fallback: 20,
    doc: "How many times its disk a machine promises to tasks: what is free where the data directory lies, and what tasks' disks have taken of it. They take room as they are written to; with 20, a disk of 20 GiB counts as 1. 1 in production.",
  }),
  diskEncryption: setting(choice('off', 'fscrypt'), {
    fallback: 'off',
    doc: "Encrypts what tasks write to their disks with AES-256: `fscrypt` lets the kernel's ext4 do it, with a random key for each task that only the kernel has (see [storage](how-to/storage.md)). A task fails where the kernel cannot. Counts for new tasks.",
  }),
  efsDriver: setting(choice('auto', 'local', 'nfs'), {
    fallback: 'auto',
    doc: "How volumes of EFS are mounted: `local` binds the files where they lie, `nfs` mounts them by the kernel's NFS client through the task's network interface, as AWS does. `auto` is `local` for the file systems of this machine. What `efsServers` names is always mounted by NFS (see [EFS](how-to/efs.md)).",
  }),
  efsServers: setting(list(fileSystemServer), {
    fallback: [],
    doc: "Servers of NFSv4.1 that stand behind ids of file systems, such as a NAS or AWS's own EFS: `FS-ID=HOST:/PATH`. Tasks mount them through their network interfaces; they need no mount target here.",
  }),
  diskFreePercent: setting(integer(0, 90), {
    fallback: 5,
    doc: 'While less of the disk that the data directory lies on is free than so many percent, the machine takes no more tasks; below twice as much the log says so. 0 takes tasks while there is any room.',
  }),
} as const;
