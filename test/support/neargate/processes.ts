/** The processes of one instance, found by what they were started with, by their cgroup, and by what they serve. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Names } from '../../../src/drivers/network-linux/names.ts';
import { findGanesha } from '../../../src/drivers/nfs-ganesha/ganesha-process.ts';

export interface FoundProcess {
  readonly pid: number;
  /** `up`, `agent`, `containerd`, `shim`, `registry`, `bindfs`, `ganesha`, `container`, else the program's name. */
  readonly role: string;
}

const SHIM_COMMANDS = new Set(['start', 'delete']);

/** All that live; not the calling one. */
export async function processesOf(dataDir: string): Promise<FoundProcess[]> {
  const cgroup = `/neargate-${new Names(dataDir).vpcPrefix.slice(3, -1)}`;
  const servers = await nfsServers(dataDir);
  const found = await Promise.all(
    (await readdir('/proc')).map(async (name): Promise<FoundProcess | undefined> => {
      const pid = Number(name);
      if (!Number.isInteger(pid) || pid === process.pid) return undefined;
      if (servers.has(pid)) return { pid, role: 'ganesha' };
      const [line, cgroups] = await Promise.all([
        readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => ''),
        readFile(`/proc/${name}/cgroup`, 'utf8').catch(() => ''),
      ]);
      if (line === '') return undefined;
      if (cgroups.includes(cgroup)) return { pid, role: 'container' };
      return line.includes(`${dataDir}/`) || line.includes(`${dataDir}\0`)
        ? { pid, role: roleOf(line.split('\0')) }
        : undefined;
    }),
  );
  return found.filter((one) => one !== undefined);
}

export async function withRole(dataDir: string, role: string): Promise<FoundProcess[]> {
  return (await processesOf(dataDir)).filter((one) => one.role === role);
}

function roleOf(words: readonly string[]): string {
  const [program = ''] = words;
  if (words.includes('up')) return 'up';
  if (words.includes('agent')) return 'agent';
  const name = basename(program);
  // Without a command it serves; with one it is a helper of a moment.
  if (name.startsWith('containerd-shim')) return SHIM_COMMANDS.has(words.at(-2) ?? '') ? name : 'shim';
  return name === 'docker-registry' ? 'registry' : name;
}

async function nfsServers(dataDir: string): Promise<ReadonlySet<number>> {
  const home = join(dataDir, 'efs-servers');
  const names = await readdir(home).catch(() => []);
  const found = await Promise.all(names.map((name) => findGanesha(join(home, name))));
  return new Set(found.flatMap((identity) => (identity === undefined ? [] : [identity.pid])));
}

/** Open files, and KiB in memory. */
export interface Footprint {
  readonly descriptors: number;
  readonly residentKiB: number;
  /** Without what is a file's, as the pages of a store are. */
  readonly anonymousKiB: number;
}

/** Of a process that has gone: nothing. */
export async function footprint(pid: number): Promise<Footprint> {
  const [fds, status] = await Promise.all([
    readdir(`/proc/${pid}/fd`).catch(() => []),
    readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''),
  ]);
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return { descriptors: fds.length, residentKiB: kib('VmRSS'), anonymousKiB: kib('RssAnon') };
}
