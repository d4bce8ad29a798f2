/** What is on the machine when no task is: as much as before, and nothing that a task had. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { patient } from '../../src/ports/testing/patience.ts';
import { takeCensus } from '../support/neargate/census.ts';
import { processesOf } from './processes.ts';

/** What an earlier failure left is looked for every minute. */
const SWEPT_MS = patient(90_000);
const LOOK_EVERY_MS = 500;
/** NFS servers end when they have been idle for a while, and begin when they are needed. */
const COME_AND_GO = new Set(['ganesha']);

/** Names of everything, by kind. */
export type HostCensus = Readonly<Record<string, readonly string[]>>;

export async function takeHostCensus(dataDir: string): Promise<HostCensus> {
  const { snapshots, ...census } = await takeCensus(dataDir);
  const processes = (await processesOf(dataDir))
    .map(({ role }) => role)
    .filter((role) => !COME_AND_GO.has(role));
  return {
    ...census,
    // With their kinds and parents, as a table with a head.
    snapshots: snapshots.map((line) => line.split(/\s+/)[0] ?? ''),
    processes: processes.toSorted((a, b) => a.localeCompare(b)),
    leases: await ctr(dataDir, ['leases', 'ls', '-q']),
    content: await ctr(dataDir, ['content', 'ls', '-q']),
  };
}

/** Resolves with what is there that was not, and the other way round, once that is nothing or nobody takes it away. */
export async function hostDifferences(dataDir: string, before: HostCensus): Promise<string[]> {
  const deadline = performance.now() + SWEPT_MS;
  for (;;) {
    const differences = await takeHostCensus(dataDir).then(
      (now) => compare(before, now),
      (error: unknown) => [`no census: ${String(error)}`],
    );
    if (differences.length === 0 || performance.now() > deadline) return differences;
    await delay(LOOK_EVERY_MS);
  }
}

function compare(before: HostCensus, now: HostCensus): string[] {
  return Object.entries(now).flatMap(([kind, names]) => {
    const expected = [...(before[kind] ?? [])];
    const added = names.filter((name) => {
      const at = expected.indexOf(name);
      if (at >= 0) expected.splice(at, 1);
      return at < 0;
    });
    return [
      ...added.map((name) => `${kind}: ${name} is there`),
      ...expected.map((name) => `${kind}: ${name} has gone`),
    ];
  });
}

async function ctr(dataDir: string, args: readonly string[]): Promise<string[]> {
  const socket = join(dataDir, 'containerd', 'c.sock');
  const { stdout } = await promisify(execFile)('ctr', ['-a', socket, '-n', 'neargate', ...args]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .toSorted((a, b) => a.localeCompare(b));
}
