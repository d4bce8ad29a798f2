/** What can befall an instance. */
import { execFile } from 'node:child_process';
import { rename, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { type Blow, breakWay, during, hasNotRun } from './blow.ts';
import type { Draw } from './draw.ts';
import { FaultyWay } from './faulty-way.ts';
import type { Field } from './field.ts';
import type { Fleet } from './fleet.ts';
import { FREEZES } from './freezes.ts';
import { KILLS } from './kills.ts';
import { shortKind } from './kinds.ts';
import { leftOnMachine } from './left-on-machine.ts';
import { cutPower } from './power-cut.ts';

const PROBE_EVERY_MS = 500;

const coldStart: Blow = {
  name: 'power cut',
  sort: 'cold start',
  async strike({ field: { scene }, fleet, draw }) {
    const keepsRun = draw.percent(50);
    const { neargate } = scene;
    const down = neargate.killControlPlane();
    await cutPower(neargate.dataDir, { keepsRun });
    await down;
    // Who was answered before is here, too.
    fleet.harm('power');
    await neargate.startAgain();
    return keepsRun ? 'with the files of the run directories left' : 'with the run directories gone';
  },
};

const down: Blow = {
  name: 'down with all tasks',
  sort: 'down',
  async strike({ field: { scene }, fleet, draw }) {
    const { neargate } = scene;
    const isKilled = draw.percent(60);
    await during(
      () => fleet.harm('down'),
      async () => {
        if (isKilled) await neargate.killControlPlane();
        await delay(isKilled ? draw.below(3000) : 0);
        await neargate.downWithTasks();
        const left = await leftOnMachine(neargate.dataDir);
        fleet.broken.push(...left.map((what) => `after down --tasks is left: ${what}`));
        await neargate.startAgain();
      },
    );
    return isKilled ? 'after a kill of the control plane' : '';
  },
};

const fullDisk: Blow = {
  name: 'full disk',
  sort: 'full disk',
  async strike({ field, fleet, draw }) {
    const { disk } = field;
    const forMs = draw.between(1000, 8000);
    const leave = draw.pick([0, 0, 64 * 1024, 2 ** 20]);
    const ballast = join(disk, 'ballast');
    // Some are refused at once; and word of a look at the full disk may come later.
    fleet.harmComing('disk');
    await during(
      () => fleet.harm('disk'),
      async () => {
        const { bavail, bsize } = await statfs(disk);
        const size = Math.max(bsize, bavail * bsize - leave);
        await promisify(execFile)('fallocate', ['-l', String(size), ballast]).catch(() => undefined);
        await delay(forMs);
        await rm(ballast, { force: true });
        await untilPlaced(field, fleet, draw);
      },
    );
    return `for ${forMs} ms, ${leave} bytes free`;
  },
};

/** The machine looks at its disk now and then, and takes no task while it was full when it last did. */
async function untilPlaced(field: Field, fleet: Fleet, draw: Draw): Promise<void> {
  for (;;) {
    const { scene, fileSystem, accessPointId, ecrImage } = field;
    const kind = shortKind({ scene, fileSystem, accessPointId, ecrImage, draw });
    const task = await fleet.launch(kind, `probe-${draw.below(2 ** 32)}`);
    const { seen } = await fleet.untilTask(task, ({ lastStatus }) => lastStatus !== 'PROVISIONING');
    if (seen.stoppedReason?.startsWith('Capacity is unavailable') !== true) return;
    await delay(PROBE_EVERY_MS);
  }
}

const registryFails: Blow = {
  name: 'registry fails',
  sort: 'broken way',
  async strike({ field: { registryWay }, fleet, draw }) {
    return await breakWay(registryWay, draw, () => fleet.harm('registry', hasNotRun));
  },
};

/** Of the agent's ways to the control plane, which are sockets in its run directory. */
function brokenSocket(name: string, file: string, harm: string | undefined): Blow {
  return {
    name,
    sort: 'broken way',
    async strike({ field: { scene }, fleet, draw }) {
      const path = join(scene.neargate.dataDir, 'run', file);
      const way = await FaultyWay.inPlaceOf(path);
      try {
        // Its connections of before do not lead through it.
        await scene.neargate.killAgent();
        return await breakWay(way, draw, () => {
          if (harm !== undefined) fleet.harm(harm, hasNotRun);
        });
      } finally {
        await way.leave(path);
      }
    },
  };
}

const clockJump: Blow = {
  name: 'clock jumps',
  sort: 'clock jump',
  async strike({ field: { clockFile }, fleet, draw }) {
    const jumps: number[] = [];
    await during(
      () => fleet.harm('clock'),
      async () => {
        for (let left = draw.between(1, 3); left > 0; left -= 1) {
          const minutes = draw.pick([-20, -4, 4, 20]);
          jumps.push(minutes);
          await setClocks(clockFile, minutes);
          // Nobody's clock is set twice while a request is on its way.
          await delay(draw.between(1500, 5000));
        }
        await setClocks(clockFile, 0);
      },
    );
    return `by ${jumps.join(', ')} minutes and back`;
  },
};

/** All at the same moment: nobody sees the file half written. */
async function setClocks(clockFile: string, minutes: number): Promise<void> {
  await writeFile(`${clockFile}.new`, String(minutes * 60_000));
  await rename(`${clockFile}.new`, clockFile);
}

/** Each once, whatever its kind. */
export const BLOWS: readonly [Blow, ...Blow[]] = [
  ...KILLS,
  ...FREEZES,
  ...[coldStart, down, fullDisk, clockJump],
  registryFails,
  brokenSocket('link is broken', 'link.sock', undefined),
  brokenSocket('services fail', 'services.sock', 'services'),
];
