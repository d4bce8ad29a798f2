/**
 * What of a task, or of a whole Neargate, is on this machine. Everything that Neargate makes carries the task's id or
 * a mark of its instance in its name, so what holds a mark is a trace. Reads only, and asks the kernel, not Neargate.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';

export const TRACE_KINDS = [
  'network namespaces',
  'network interfaces',
  'firewall tables',
  'mounts',
  'loop devices',
  'cgroups',
  'processes',
  'containers',
  'files',
] as const;

export type TraceKind = (typeof TRACE_KINDS)[number];
export type Traces = Readonly<Record<TraceKind, readonly string[]>>;

export interface TraceSearch {
  /** A name with one of these in it is a trace: task ids, `ng-<tag>-`, the data directory. */
  readonly marks: readonly string[];
  /** Network namespaces whose interfaces to tasks count too: those of VPCs. Names begin with one of these. */
  readonly vpcNamespaces?: readonly string[];
  /** containerd's socket. */
  readonly containerdSocket?: string;
  /** Where to look for files. */
  readonly directories: readonly string[];
}

const NAMESPACES = '/run/netns';
const CGROUPS = '/sys/fs/cgroup';
/** Interfaces to tasks in a VPC's namespace begin with this. */
const TASK_INTERFACES = 'eni';

export async function findTraces(search: TraceSearch): Promise<Traces> {
  const marked = (name: string): boolean => search.marks.some((mark) => name.includes(mark));
  const [namespaces, own, inVpcs, tables, mounts, loops, cgroups, processes, containers, files] =
    await Promise.all([
      names(NAMESPACES),
      names('/sys/class/net'),
      vpcInterfaces(search.vpcNamespaces ?? []),
      lines('nft', ['list', 'tables']),
      mountPoints(),
      loopDevices(),
      directories(CGROUPS),
      processesMarked(marked),
      search.containerdSocket === undefined ? [] : containersOf(search.containerdSocket),
      Promise.all(search.directories.map((directory) => filesMarked(directory, marked))),
    ]);
  return {
    'network namespaces': namespaces.filter(marked),
    'network interfaces': [...own.filter(marked), ...inVpcs],
    'firewall tables': tables.filter(marked),
    mounts: mounts.filter(marked),
    'loop devices': loops.filter(marked),
    cgroups: cgroups.filter(marked),
    processes,
    containers: containers.filter(marked),
    files: files.flat(),
  };
}

export function countTraces(traces: Traces): number {
  return TRACE_KINDS.reduce((sum, kind) => sum + traces[kind].length, 0);
}

async function names(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

async function vpcInterfaces(prefixes: readonly string[]): Promise<string[]> {
  const namespaces = (await names(NAMESPACES)).filter((name) =>
    prefixes.some((prefix) => name.startsWith(prefix)),
  );
  const found = await Promise.all(
    namespaces.map((name) => lines('nsenter', [`--net=${NAMESPACES}/${name}`, 'cat', '/proc/self/net/dev'])),
  );
  return found
    .flat()
    .map((line) => line.trim().split(':')[0] ?? '')
    .filter((name) => name.startsWith(TASK_INTERFACES));
}

async function mountPoints(): Promise<string[]> {
  return (await content('/proc/self/mountinfo')).split('\n');
}

/** The files behind loop devices that are in use. */
async function loopDevices(): Promise<string[]> {
  const devices = (await names('/sys/block')).filter((name) => name.startsWith('loop'));
  return Promise.all(devices.map((name) => content(`/sys/block/${name}/loop/backing_file`)));
}

async function directories(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  const below = entries.filter((entry) => entry.isDirectory()).map((entry) => `${path}/${entry.name}`);
  return [...below, ...(await Promise.all(below.map(directories))).flat()];
}

/** Those in a marked cgroup, or with a mark among their arguments. */
async function processesMarked(marked: (text: string) => boolean): Promise<string[]> {
  const pids = (await names('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const commandLine = await content(`/proc/${pid}/cmdline`);
      const text = `${commandLine}\n${await content(`/proc/${pid}/cgroup`)}`;
      return marked(text) ? `${pid} ${commandLine.replaceAll('\0', ' ').trim()}` : undefined;
    }),
  );
  return found.filter((line) => line !== undefined);
}

async function containersOf(socket: string): Promise<string[]> {
  const namespaces = await lines('ctr', ['--address', socket, 'namespaces', 'list', '--quiet']);
  const containers = await Promise.all(
    namespaces.map((name) =>
      lines('ctr', ['--address', socket, '--namespace', name, 'containers', 'list', '--quiet']),
    ),
  );
  return containers.flat();
}

/** Does not look into what is marked itself. */
async function filesMarked(directory: string, marked: (name: string) => boolean): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = `${directory}/${entry.name}`;
      if (marked(entry.name)) return [path];
      return entry.isDirectory() ? filesMarked(path, marked) : [];
    }),
  );
  return found.flat();
}

/** Empty when it has gone meanwhile. */
async function content(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** What a program prints; nothing when it is not there or fails. */
function lines(program: string, args: readonly string[]): Promise<string[]> {
  return new Promise((resolve) => {
    execFile(program, [...args], (error, stdout) => {
      resolve(error === null ? stdout.split('\n').filter((line) => line !== '') : []);
    });
  });
}
