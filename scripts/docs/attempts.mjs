/** The rows of the table in docs/security.md: an attempt, the defence, the test that tries it. */
const from = (file) => (title, attempt, defence) => ({ file, title, attempt, defence });

const container = from('test/support/isolation/attempts.ts');
const processes = from('test/root/hostile-container.root.test.ts');
const task = from('test/root/hostile-task.root.test.ts');
const image = from('test/root/hostile-image.root.test.ts');
const restart = from('src/drivers/containerd/restart-race.root.test.ts');
const nested = from('src/drivers/containerd/mounts/nested-mounts.root.test.ts');
const pull = from('src/agent/images/pull-failure.test.ts');
const store = from('src/ports/testing/image-store-suite.ts');
const privileges = from('test/root/process-privileges.root.test.ts');

export const ATTEMPTS = [
  container(
    'sets parameters of the kernel in /proc and /sys',
    'core_pattern, modprobe, sysrq-trigger, binfmt_misc, uevent_helper, parameters of modules',
    '/proc/sys and the like and /sys are read-only; remounting takes CAP_SYS_ADMIN',
  ),
  container(
    'reads what the kernel shows of the machine',
    '/proc/kcore, keys, timers, interrupts, firmware, energy counters, messages of the kernel',
    'masked paths; syslog takes CAP_SYSLOG; no such devices',
  ),
  container(
    'looks for files of the machine',
    'paths through `..`, /proc/1/root, open descriptors, leaving a chroot, file handles',
    'a mount namespace with a root of its own; open_by_handle_at takes CAP_DAC_READ_SEARCH',
  ),
  container(
    'mounts, and takes mounts away',
    'mount and umount of anything, pivot_root, the newer calls (fsopen, open_tree, mount_setattr …)',
    'seccomp; no CAP_SYS_ADMIN',
  ),
  container(
    'makes namespaces, or enters others',
    'user, mount and network namespaces by unshare, clone, clone3; setns',
    'seccomp; clone3 is not there, so that its flags need not be seen',
  ),
  container(
    'has the kernel run a program when a cgroup is empty, or leaves its cgroup',
    'release_agent, notify_on_release, cgroups of its own, its limits, cgroups of others',
    'cgroups are read-only, in a cgroup namespace; release_agent is of the root cgroup only',
  ),
  container(
    'looks into other processes, and for those of the machine',
    'ptrace, process_vm_readv and the like; processes of the machine in /proc',
    'a PID namespace for each container; seccomp without CAP_SYS_PTRACE ([0015](decisions/0015-tracing-by-seccomp.md))',
  ),
  from('test/root/shared-processes.root.test.ts')(
    'lets no container trace another one without it',
    'tracing another container of a task with `pidMode: task`',
    'the same; a task that adds SYS_PTRACE may trace its own containers, and nothing else',
  ),
  container(
    'makes system calls that reach deep into the kernel',
    'bpf, perf_event_open, userfaultfd, io_uring, keyrings, modules, kexec, fanotify, sockets to the hypervisor',
    'seccomp: what Docker’s profile lets pass, less what looks into other processes',
  ),
  container(
    'does to the machine what only its root may',
    'reboot, host name, clock, swap, accounting, I/O ports',
    'fourteen capabilities (Docker’s), none of these; seccomp',
  ),
  container(
    'makes devices, and opens them',
    'mknod in the root, in a volume and in memory: disks, loop devices, memory, kmsg, FUSE, KVM',
    'the cgroup’s list of devices: null, zero, full, random, urandom, tty, ptmx',
  ),
  container(
    'changes its network interface, addresses and routes',
    'address, MAC address, MTU, name and state of the interface; a tunnel of its own',
    'no CAP_NET_ADMIN',
  ),
  container(
    'connects to sockets of the machine',
    'sockets of containerd, Docker and the agent by path; sockets without a file',
    'nothing of the machine is mounted; sockets without a file belong to a network namespace',
  ),
  container(
    'is in a namespace of the machine',
    'shared memory, message queues, host names, cgroups of the machine',
    'namespaces of its own of all kinds but user',
  ),
  processes(
    'has a number of them for all its containers, and gets no more',
    'a fork bomb',
    'a task has an eighth of the processes that the kernel has, 32,768 at most',
  ),
  from('test/root/task-failures.root.test.ts')(
    'because memory of the task is used up by two containers says which one was killed',
    'using up memory',
    'a cgroup for each task, without swap; the kernel ends a process of that task',
  ),
  from('test/root/task-disk.root.test.ts')(
    'holds the image, compressed and unpacked, and gives ENOSPC at its end to who writes, while another task goes on',
    'using up the disk',
    'a disk of its own for each task, with its own end',
  ),
  task('that makes very many files uses up those of its own disk', 'using up inodes', 'the same'),
  task(
    'that writes ${what} takes little memory and disk of its machine',
    'output without end, fast: one line, empty lines, bytes that are no text',
    'what waits for CloudWatch Logs is bounded on disk, what is read of it in memory',
  ),
  task(
    'writes to no program of the machine that is run in its container (CVE-2019-5736)',
    'overwriting runc by /proc/<pid>/exe while it makes a process in a container',
    'runc shows itself read-only, or as a copy; tried with health checks of /proc/self/exe',
  ),
  from('test/root/vpc-reachability.root.test.ts')(
    'a source address that is not the task’s own is dropped',
    'sending from addresses of others, by raw sockets',
    'the VPC takes from an interface what has its address alone',
  ),
  from('src/drivers/network-linux/task-interface.root.test.ts')(
    'from a MAC address that is not its own is dropped',
    'sending from another MAC address',
    'the VPC takes from an interface what has its MAC address alone',
  ),
  from('src/drivers/network-linux/task-interface.root.test.ts')(
    'about the addresses of others is not believed',
    'answering ARP for others',
    'a table of nftables for ARP; neighbours are routed to, not bridged',
  ),
  from('test/root/vpc-reachability.root.test.ts')(
    'the machine’s own services are out of reach',
    'services of the machine, at any of its addresses',
    'nftables on the machine’s side of each VPC',
  ),
  from('test/root/task-metadata.root.test.ts')(
    'leaves the instance metadata service out of reach',
    'the instance metadata service of the machine’s own cloud (169.254.169.254)',
    'link-local addresses lead nowhere; only 169.254.170.2 is there, in the task’s own namespace',
  ),
  from('test/root/task-metadata-clients.root.test.ts')(
    'has nothing of another task, whatever is asked for and however',
    'metadata and credentials of another task, by paths, ids and headers',
    'an endpoint for each task in its namespace, which knows that task alone',
  ),
  from('test/root/secret-values.root.test.ts')(
    'are found nowhere but in the containers themselves (${runtime})',
    'secrets of others on disks, in logs, in command lines and environments of the machine’s processes',
    'values in memory only ([0016](decisions/0016-inputs-in-memory.md)); sealed in the store',
  ),
  image(
    'writes nothing outside by paths with dots or from the root',
    'layers with `..` and absolute paths',
    'containerd unpacks with the layer as its root',
  ),
  image(
    'writes nothing outside through links of its own',
    'layers that make a link, and write through it',
    'the same: links end within the layer',
  ),
  image(
    'has no hard link to a file outside',
    'hard links to files of the machine',
    'the same; the layer is refused',
  ),
  image(
    'removes nothing outside by whiteouts',
    'whiteouts and opaque marks of `..`, of parents, through links',
    'the same; overlay’s own marks stand in the layer',
  ),
  image(
    'writes nothing outside, and no more than there is room for, by records that beat its headers',
    'paths, link targets, sizes and owners in PAX records; very long paths; sizes beyond all disks, and below zero',
    'containerd unpacks with the layer as its root; what a record says counts as if a header did',
  ),
  image(
    'does not say where overlay looks for files',
    'attributes of overlay (redirect, metacopy, opaque) in a layer',
    'containerd sets no `trusted.` attributes',
  ),
  image(
    'cannot use the devices that it brings along (${runtime})',
    'device files in a layer',
    'the cgroup’s list of devices; nothing of a layer is on a path of the machine that users can enter',
  ),
  image(
    'has nothing mounted outside where links stand in its way (${runtime})',
    'links in place of /etc/hosts, /etc/resolv.conf, of mount points and VOLUMEs',
    'the runtime resolves them within the container’s root',
  ),
  image(
    'has no directory of the machine to work in, by a descriptor or a link (${runtime})',
    'WORKDIR at a descriptor that the runtime left open (CVE-2024-21626), or at a link',
    'runc since 1.1.12 (and Debian 12’s) closes them and checks where it is; gVisor resolves within the sandbox',
  ),
  image(
    'has no volume for its root or its /dev (${runtime})',
    'volumes that links of an image, or of another volume, have mounted over the container’s root or its /dev',
    'Neargate looks where each mount would come to lie, whenever a container is made',
  ),
  image(
    'has no link in place of /dev, /proc or /sys',
    'links there, through which runc 1.1 writes as root of the machine',
    'Neargate puts directories in their place whenever a container is made',
  ),
  restart(
    'has its files, and its /dev, whatever is done by who still has the root of its last run',
    'such links, put there by another container of a task with `pidMode: task` while one starts again',
    'what lies at the top of its layer is moved to a directory that no mount of before leads to',
  ),
  nested(
    'lead nowhere on the machine, whatever is swapped for a link while a container is made',
    'a volume inside another one, where another container swaps that directory for a link between look and mount',
    'a hook makes such mounts, by descriptors below the container’s root, when the runtime has made /dev',
  ),
  nested(
    'nor while one is made again, by who still has the root of its last run',
    'the same with directories of a container that starts again, by another one of a task with `pidMode: task`',
    'that hook makes all volumes and files of a container that starts again',
  ),
  image(
    'names no users of the machine',
    '/etc/passwd as a link to that of the machine',
    'files of an image are looked up layer by layer, never by the kernel',
  ),
  image(
    'with a hostile configuration names nothing of the machine',
    'users, groups, programs and search paths of the machine; very many labels; signals and ports that are none',
    'all are looked up within the image; what is no signal or port is left out',
  ),
  image(
    'with a malformed configuration fails its own task only',
    'configurations with members of other types, NUL and line breaks, VOLUMEs with `..`',
    'checked when they are fetched; at most 16 MiB',
  ),
  store(
    'refuses bytes that are not what the digest says, and keeps none of them',
    'layers that are not what their digest says',
    'digests are checked of what was fetched and of what was unpacked',
  ),
  store(
    'refuses more bytes than were announced',
    'layers longer than their manifest says',
    'fetching ends there',
  ),
  pull(
    'a layer that says it is larger than the task’s disk',
    'layers that fill the machine’s disk',
    'what does not fit on the task’s disk is not fetched',
  ),
  store(
    'refuses an image that takes more room, unpacked, than it may',
    'decompression bombs',
    'the same limit for all layers, unpacked; a layer that grows beyond it is given up within seconds',
  ),
  from('src/drivers/containerd/images/containerd-image-store.root.test.ts')(
    'gives up a file that is a petabyte of holes when it is larger than it may be',
    'sparse files: a petabyte in a layer of a kilobyte',
    'what is unpacked is counted, as for decompression bombs',
  ),
  store(
    'refuses an image of more files than go into the room that it may take',
    'layers of very many empty files, which use up the machine’s inodes',
    'a file counts for 16 KiB at least, as on a task’s disk',
  ),
  from('src/drivers/registry-oci/oci-registry.test.ts')(
    'says invalid when a manifest has no end',
    'manifests without end',
    'a limit of 8 MiB',
  ),
  image(
    'has no name with path parts, nor has its container',
    'names of images, tags, containers, families and volumes with path parts',
    'AWS’s rules for names, at registration; the grammar of image references; layers are named by digests',
  ),
  from('src/domain/ecs/environment-file.test.ts')(
    'has no NUL, and says so without the line',
    'environment files with NUL, with lines without end',
    'a file with such a line fails its task, in words without what it holds',
  ),
  from('src/domain/ecs/environment-file.test.ts')(
    'does not lead out of its bucket',
    'environment files by keys with path parts',
    'such keys are refused, whatever the service behind S3 makes of them',
  ),
  from('src/domain/ecs/registration/network-mode-rules.test.ts')(
    'take no lines from a definition',
    'line breaks for /etc/hosts and resolv.conf by `hostname`, `extraHosts`, `dnsSearchDomains`',
    'none of them may be given with `awsvpc`: what is in these files is Neargate’s',
  ),
  from('src/agent/volumes/task-volumes.test.ts')(
    'stay on the disk, however they are named',
    'names of volumes with path parts',
    'directories are named by a hash',
  ),
  from('src/linux/write-tree.test.ts')(
    'writes nothing outside when a directory becomes a link while it is being filled',
    'swapping directories of a volume for links while it is filled from the image',
    'names are looked up below directories held open, and no link is followed',
  ),
  from('src/drivers/file-systems-local/path-attacks.root.test.ts')(
    'is never left by mounts',
    'swapping directories of a file system of EFS for links while it is mounted',
    'openat2 with the file system as its root; what was opened is bound',
  ),
  from('src/drivers/file-systems-local/path-attacks.root.test.ts')(
    'is never left by reads through a view, though bindfs follows the link',
    'the same, while an access point’s files are read',
    'bindfs has nothing but that directory ([0022](decisions/0022-views-by-bindfs.md))',
  ),
  from('src/drivers/nfs-ganesha/confinement.root.test.ts')(
    'gives nothing from elsewhere for a handle that was made up',
    'made-up handles of NFS',
    'the server has no other file system ([0024](decisions/0024-nfs-servers.md))',
  ),
  privileges(
    'hold four capabilities where they answer requests',
    'what a fault of the control plane would do with root’s capabilities',
    'it is started with four of them',
  ),
  privileges(
    'run tasks of each runtime with no more capabilities than these',
    'what a fault of the agent, of containerd or of a shim would do with all of them',
    'the agent is started with nineteen, and hands on no more',
  ),
  privileges(
    'leave no core dumps',
    'secrets in core dumps of Neargate’s processes',
    'no core dumps, which all that they start inherits',
  ),
  from('src/linux/core-dumps.root.test.ts')(
    'leaves none where others leave one, whatever its limit is',
    'the same, where a limit of core dumps does not count',
    'control plane and agent cannot be dumped',
  ),
  privileges(
    'keep their files to their owner',
    'users of the machine who read Neargate’s files',
    'one directory, 0700',
  ),
  privileges(
    'listen on the machine at the endpoint alone',
    'users of the machine who connect to Neargate’s processes',
    'one port, on loopback; all else are sockets in directories of root’s, 0700',
  ),
];
