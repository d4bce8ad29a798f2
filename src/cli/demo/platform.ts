/**
 * A Neargate of the demo's own: a data directory that goes with it, a free port, and ranges of addresses that nobody
 * on this machine uses, so that it gets along with another Neargate.
 */
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pause } from '../api-client.ts';
import { CommandError, type Program } from '../command.ts';
import { overlaps, parseRange, routedRanges } from '../doctor/ip-ranges.ts';
import { type ReadyInfo, readReadyFile } from '../ready-info.ts';
import { DemoProcess } from './child-process.ts';

/** Not in /tmp: programs may not be run from there on some machines, and on others it is memory. */
const PARENT = '/var/lib';
const PREFIX = 'neargate-demo-';
const VPC_RANGES = ['172.31.0.0/16', '172.30.0.0/16', '172.29.0.0/16', '10.210.0.0/16', '10.211.0.0/16'];
/** Settings of this machine are for its own Neargate. */
const NO_SETTINGS = '/dev/null';
const READY_MS = 60_000;
const POLL_MS = 20;

export interface DemoPlatform {
  readonly info: ReadyInfo;
  readonly dataDir: string;
  /** Ends it with all that it has, and removes its data directory. May be repeated. */
  close(): Promise<void>;
}

/** What earlier demos left when they were killed; resolves with their directories. */
export async function removeAbandoned(program: Program): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(PARENT)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || program.processStartTime(Number(pid)) !== undefined) continue;
    const dataDir = join(PARENT, name);
    const info = await readReadyFile(join(dataDir, 'ready.json')).catch(() => undefined);
    if (info !== undefined && (await isUp(info))) await endOther(info.pid, program);
    await remove(dataDir, program);
    found.push(dataDir);
  }
  return found;
}

export async function makeDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(PARENT, `${PREFIX}${process.pid}-`));
  await chmod(dataDir, 0o700);
  return dataDir;
}

/** Resolves when it is ready. */
export async function startPlatform(
  dataDir: string,
  program: Program,
  signal: AbortSignal,
): Promise<DemoPlatform> {
  const readyFile = join(dataDir, 'demo-ready.json');
  const flags = [
    ...['--config', NO_SETTINGS, '--data-dir', dataDir, '--ready-file', readyFile],
    ...['--runtime-dir', runtimeDir(dataDir)],
    ...['--listen', '127.0.0.1:0', '--vpc-cidr', await freeRange()],
  ];
  const child = new DemoProcess('Neargate', [...program.selfCommand, 'up', ...flags]);
  const close = async (): Promise<void> => {
    await child.end();
    await remove(dataDir, program);
  };
  try {
    return { info: await child.during(untilReady(readyFile, signal)), dataDir, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const runtimeDir = (dataDir: string): string => join(dataDir, 'run');

async function remove(dataDir: string, program: Program): Promise<void> {
  const flags = { config: NO_SETTINGS, 'data-dir': dataDir, 'runtime-dir': runtimeDir(dataDir) };
  await program.cleanUp(flags, 'The demo is over');
  await rm(dataDir, { recursive: true, force: true });
}

async function untilReady(readyFile: string, signal: AbortSignal): Promise<ReadyInfo> {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    const info = await readReadyFile(readyFile);
    if (info !== undefined) return info;
    signal.throwIfAborted();
    if (performance.now() > deadline) throw new CommandError('Neargate is not ready after a minute.');
    await pause(POLL_MS, signal);
  }
}

async function freeRange(): Promise<string> {
  const routes = routedRanges(await readFile('/proc/net/route', 'utf8').catch(() => ''));
  const free = VPC_RANGES.find((cidr) => routes.every((route) => !overlaps(route, parseRange(cidr))));
  if (free === undefined)
    throw new CommandError(`All of ${VPC_RANGES.join(', ')} are in use on this machine.`);
  return free;
}

/** A pid may have gone to another program since. */
async function isUp({ pid, dataDir }: ReadyInfo): Promise<boolean> {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return commandLine.split('\0').includes(dataDir);
}

async function endOther(pid: number, program: Program): Promise<void> {
  const startTime = program.processStartTime(pid);
  if (startTime === undefined) return;
  process.kill(pid, 'SIGTERM');
  const signal = AbortSignal.timeout(READY_MS);
  while (program.processStartTime(pid) === startTime && !signal.aborted) await pause(POLL_MS, signal);
}
