/** Counts what tasks have on a machine: everything here must be the same before and after a test. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Census {
  readonly namespaces: string[];
  readonly links: string[];
  readonly routes: string[];
  readonly rules: string[];
  readonly firewallTables: string[];
  readonly mounts: string[];
  readonly loopDevices: string[];
  readonly cgroups: string[];
  readonly containers: string[];
  readonly snapshots: string[];
  readonly files: string[];
}

const run = promisify(execFile);
/** Containerd's namespace of our containers. */
const CONTAINERD_NAMESPACE = 'neargate';
/** Of an instance's tag, as in drivers/network-linux/names.ts. */
const TAG_DIGITS = 5;

/** What is of the network is that of the whole machine, but for what carries the tag of another instance. */
export async function takeCensus(dataDir: string): Promise<Census> {
  const tag = createHash('sha256').update(dataDir).digest('hex').slice(0, TAG_DIGITS);
  const isOthers = (name: string): boolean => name.startsWith('ng-') && !name.startsWith(`ng-${tag}-`);
  const socket = join(dataDir, 'containerd', 'c.sock');
  return {
    namespaces: (await names('/run/netns')).filter((name) => !isOthers(name)),
    links: (await run('ip', ['-o', 'link'])).stdout
      .split('\n')
      .map((line) => line.split(': ')[1]?.split('@')[0] ?? '')
      .filter((name) => name !== '' && !isOthers(name))
      .sort(),
    routes: await lines('ip', ['-o', 'route', 'show', 'table', 'all'], (line) => isOthers(deviceOf(line))),
    rules: await lines('ip', ['-o', 'rule']),
    firewallTables: await lines(
      'nft',
      ['list', 'tables'],
      (line) => /neargate_/.test(line) && !line.endsWith(tag),
    ),
    mounts: await mountsBelow(dataDir),
    loopDevices: await loopDevices(dataDir),
    cgroups: await taskCgroups(tag),
    containers: await ctr(socket, ['containers', 'ls', '-q']),
    snapshots: await ctr(socket, ['snapshots', 'ls']),
    files: await taskFiles(dataDir),
  };
}

/** What of a census carries the id of one task. */
export function ofTask(census: Census, taskArn: string): string[] {
  const taskId = taskArn.slice(taskArn.lastIndexOf('/') + 1);
  return Object.values(census)
    .flat()
    .filter((name: string) => name.includes(taskId));
}

async function names(directory: string): Promise<string[]> {
  return (await readdir(directory).catch(() => [])).toSorted((a, b) => a.localeCompare(b));
}

async function lines(
  program: string,
  parameters: string[],
  isOthers: (line: string) => boolean = () => false,
): Promise<string[]> {
  const { stdout } = await run(program, parameters);
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !isOthers(line))
    .sort();
}

function deviceOf(route: string): string {
  return / dev (\S+)/.exec(route)?.[1] ?? '';
}

async function mountsBelow(dataDir: string): Promise<string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  return table
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${dataDir}/`))
    .sort();
}

async function loopDevices(dataDir: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await names('/sys/block')) {
    if (!name.startsWith('loop')) continue;
    const backing = await readFile(`/sys/block/${name}/loop/backing_file`, 'utf8').catch(() => '');
    if (backing.startsWith(dataDir)) found.push(backing.trim());
  }
  return found;
}

/** Cgroups below any of ours; a task's id is in their names. */
async function taskCgroups(tag: string): Promise<string[]> {
  const found: string[] = [];
  for (const controller of ['', ...(await names('/sys/fs/cgroup'))]) {
    for (const name of await names(join('/sys/fs/cgroup', controller))) {
      if (!name.startsWith('neargate') || !name.endsWith(tag)) continue;
      const root = join('/sys/fs/cgroup', controller, name);
      for (const child of await names(root)) {
        if (/[0-9a-f]{32}/.test(child)) found.push(join(root, child));
      }
    }
  }
  return found;
}

async function ctr(socket: string, args: string[]): Promise<string[]> {
  // A census that looks in the wrong place would find nothing, always.
  await stat(socket);
  const { stdout } = await run('ctr', ['-a', socket, '-n', CONTAINERD_NAMESPACE, ...args]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

/** Files and directories that carry a task's id. */
async function taskFiles(dataDir: string): Promise<string[]> {
  const found: string[] = [];
  for (const directory of ['disks', 'output', 'run']) {
    for (const name of await names(join(dataDir, directory))) {
      if (/[0-9a-f]{32}/.test(name)) found.push(join(directory, name));
    }
  }
  return found;
}
