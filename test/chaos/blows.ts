/** What can befall an instance. Each blow ends with everything there again, as far as that is not Neargate's own work. */
import { execFile } from 'node:child_process';
import { readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { taskIdOf } from '../support/neargate/arn.ts';
import { containerdAnswers, killContainerd } from '../support/neargate/faults.ts';
import type { Draw } from './draw.ts';
import { type Fault, FaultyWay } from './faulty-way.ts';
import type { Field } from './field.ts';
import type { Fleet } from './fleet.ts';
import { leftOnMachine } from './left-on-machine.ts';
import { cutPower } from './power-cut.ts';
import { type FoundProcess, processesOf, withRole } from '../support/neargate/processes.ts';

const CUT_EVERY_MS = 1000;
const HARM_EVERY_MS = 50;

export interface Target {
  readonly field: Field;
  readonly fleet: Fleet;
  readonly draw: Draw;
}

export type BlowSort = 'kill' | 'freeze' | 'cold start' | 'down' | 'full disk' | 'broken way' | 'clock jump';

export interface Blow {
  readonly name: string;
  readonly sort: BlowSort;
  /** Resolves with more words on what was done, when it is over. */
  strike(target: Target): Promise<string>;
}

const killAgent: Blow = {
  name: 'kill agent',
  sort: 'kill',
  async strike({ field }) {
    await field.scene.neargate.killAgent();
    return '';
  },
};

const killControlPlane: Blow = {
  name: 'kill control plane',
  sort: 'kill',
  async strike({ field, draw }) {
    const awayMs = draw.between(0, 4000);
    await field.scene.neargate.killControlPlane();
    await delay(awayMs);
    await field.scene.neargate.startAgain();
    return `for ${awayMs} ms`;
  },
};

const killBoth: Blow = {
  name: 'kill control plane and agent',
  sort: 'kill',
  async strike({ field: { scene } }) {
    await scene.neargate.killControlPlane();
    await scene.neargate.killAgent();
    await scene.neargate.startAgain();
    return '';
  },
};

const killRuntime: Blow = {
  name: 'kill containerd',
  sort: 'kill',
  async strike({ field: { scene }, fleet }) {
    // What is being made is not made again: ContainerRuntimeError, as on Fargate. What runs goes on.
    await during(
      () => fleet.harm('runtime', hasNotRun),
      async () => {
        await killContainerd(scene.neargate.dataDir);
        await delay(100);
        await containerdAnswers(scene.neargate.dataDir);
      },
    );
    return '';
  },
};

const killShim: Blow = {
  name: 'kill a shim',
  sort: 'kill',
  async strike({ field, fleet, draw }) {
    const shims = await withRole(field.scene.neargate.dataDir, 'shim');
    const [first, ...others] = shims;
    if (first === undefined) return 'there was none';
    const shim = draw.pick([first, ...others]);
    const task = await taskOf(shim, fleet);
    if (task === undefined) return 'its task had gone';
    fleet.harm('shim', ({ arn }) => arn === task);
    process.kill(shim.pid, 'SIGKILL');
    return `of ${taskIdOf(task)}`;
  },
};

/** Frozen for a while; a connection to what is frozen is taken by the kernel, and nobody answers. */
function freeze(name: string, find: (field: Field) => Promise<number[]>, longestMs: number): Blow {
  return {
    name: `freeze ${name}`,
    sort: 'freeze',
    async strike({ field, draw }) {
      const forMs = draw.between(200, longestMs);
      const pids = await find(field);
      const frozen = pids.filter((pid) => signal(pid, 'SIGSTOP'));
      try {
        await delay(forMs);
      } finally {
        for (const pid of frozen) signal(pid, 'SIGCONT');
      }
      return `for ${forMs} ms (${frozen.length})`;
    },
  };
}

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
  async strike({ field: { disk }, fleet, draw }) {
    const forMs = draw.between(1000, 8000);
    const leave = draw.pick([0, 0, 64 * 1024, 2 ** 20]);
    const ballast = join(disk, 'ballast');
    await during(
      () => fleet.harm('disk'),
      async () => {
        const { bavail, bsize } = await statfs(disk);
        const size = Math.max(bsize, bavail * bsize - leave);
        await promisify(execFile)('fallocate', ['-l', String(size), ballast]).catch(() => undefined);
        await delay(forMs);
        await rm(ballast, { force: true });
      },
    );
    return `for ${forMs} ms, ${leave} bytes free`;
  },
};

const brokenRegistry: Blow = {
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
          await writeFile(clockFile, String(minutes * 60_000));
          await delay(draw.between(500, 4000));
        }
        await writeFile(clockFile, '0');
      },
    );
    return `by ${jumps.join(', ')} minutes and back`;
  },
};

/** Oftener than once where it is more likely in life, or cheap. */
export const BLOWS: readonly [Blow, ...Blow[]] = [
  killAgent,
  killAgent,
  killControlPlane,
  killBoth,
  killRuntime,
  killShim,
  freeze('the agent', async ({ scene }) => [await scene.neargate.agentPid()], 15_000),
  freeze('the control plane', ({ scene }) => Promise.resolve([scene.neargate.pid]), 12_000),
  freeze('containerd', ({ scene }) => pidsOf(scene.neargate.dataDir, 'containerd'), 10_000),
  freeze('the shims', ({ scene }) => pidsOf(scene.neargate.dataDir, 'shim'), 5_000),
  freeze(
    'everything',
    async ({ scene }) => (await processesOf(scene.neargate.dataDir)).map(({ pid }) => pid),
    8_000,
  ),
  coldStart,
  down,
  fullDisk,
  brokenRegistry,
  brokenSocket('link is broken', 'link.sock', undefined),
  brokenSocket('services fail', 'services.sock', 'services'),
  clockJump,
];

async function breakWay(way: FaultyWay, draw: Draw, harm: () => void): Promise<string> {
  const fault = draw.pick<Fault>(['refuse', 'hang', { delayMs: 200 }, { delayMs: 1500 }]);
  const forMs = draw.between(500, 8000);
  way.fault = fault;
  try {
    await during(harm, async () => {
      for (let left = forMs; left > 0; left -= CUT_EVERY_MS) {
        await delay(Math.min(left, CUT_EVERY_MS));
        if (draw.percent(30)) way.cut();
      }
    });
  } finally {
    way.fault = 'none';
  }
  const words = typeof fault === 'object' ? `holds up for ${fault.delayMs} ms` : fault;
  return `${words} for ${forMs} ms`;
}

/** Whoever is there before, meanwhile or right after it is harmed by it. */
async function during(harm: () => void, work: () => Promise<void>): Promise<void> {
  harm();
  const often = setInterval(harm, HARM_EVERY_MS);
  try {
    await work();
  } finally {
    clearInterval(often);
    harm();
  }
}

function hasNotRun({ seen }: Fleet['tasks'][number]): boolean {
  return seen.startedAt === undefined;
}

/** Of a shim, by the id of its group, which is on its command line. */
async function taskOf({ pid }: FoundProcess, fleet: Fleet): Promise<string | undefined> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return fleet.tasks.find(({ arn }) => line.includes(taskIdOf(arn)))?.arn;
}

async function pidsOf(dataDir: string, role: string): Promise<number[]> {
  return (await withRole(dataDir, role)).map(({ pid }) => pid);
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
