/** What is on the machine when no task is: as much as before, and nothing that a task had. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { patient } from '../../src/ports/testing/patience.ts';
import { Names } from '../../src/drivers/network-linux/names.ts';
import { takeCensus } from '../support/neargate/census.ts';
import { processesOf } from '../support/neargate/processes.ts';

/** What an earlier failure left is looked for every minute. */
const SWEPT_MS = patient(90_000);
const LOOK_EVERY_MS = 500;
/** NFS servers end when they have been idle for a while, and begin when they are needed. */
const COME_AND_GO = new Set(['ganesha']);
/** Begins when it is needed first. */
const MAY_BE_MISSING = new Set(['registry']);
/** Mounts that stay: made with the first secret, and the view of an access point with its first task. */
const OF_INSTANCE = /\/containerd\/specs$|\/efs-views\/[^/]+$/;

/** Names of everything, by kind. */
export type HostCensus = Readonly<Record<string, readonly string[]>>;

export async function takeHostCensus(dataDir: string): Promise<HostCensus> {
  const { namespaces, links, routes, firewallTables, mounts, loopDevices, cgroups, ...census } =
    await takeCensus(dataDir);
  const names = new Names(dataDir);
  // Others may use the machine meanwhile.
  const own = (all: readonly string[]): string[] =>
    all.filter((name) => name.includes(names.vpcPrefix) || name.includes(names.hostTable));
  const processes = (await processesOf(dataDir)).map(({ role }) => role);
  return {
    ...{ namespaces: own(namespaces), links: own(links), routes: own(routes).map(withoutTransit) },
    ...{ firewallTables: own(firewallTables), loopDevices, cgroups },
    mounts: mounts.filter((path) => !OF_INSTANCE.test(path)),
    ...{ containers: census.containers, files: census.files },
    // With their kinds and parents, as a table with a head.
    snapshots: census.snapshots.map((line) => line.split(/\s+/)[0] ?? ''),
    processes: sorted(processes.filter((role) => !COME_AND_GO.has(role))),
    leases: await ctr(dataDir, ['leases', 'ls', '-q']),
  };
}

/** Resolves with what is there that was not, and with processes that are missing, once that is nothing or stays. */
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
      ...(kind === 'processes' ? expected.filter((name) => !MAY_BE_MISSING.has(name)) : []).map(
        (name) => `${kind}: ${name} has gone`,
      ),
    ];
  });
}

/** Uplinks take what of this range is free, and others may have come or gone meanwhile. */
function withoutTransit(route: string): string {
  return route.replaceAll(/169\.254\.\d+\.\d+/g, 'transit');
}

async function ctr(dataDir: string, args: readonly string[]): Promise<string[]> {
  const socket = join(dataDir, 'containerd', 'c.sock');
  const { stdout } = await promisify(execFile)('ctr', ['-a', socket, '-n', 'neargate', ...args]);
  return sorted(stdout.split('\n').filter((line) => line !== ''));
}

function sorted(names: readonly string[]): string[] {
  return names.toSorted((a, b) => a.localeCompare(b));
}
