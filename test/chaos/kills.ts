/** SIGKILL of one process of an instance, or of several. */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { taskIdOf } from '../support/neargate/arn.ts';
import { containerdAnswers, killContainerd } from '../support/neargate/faults.ts';
import { type FoundProcess, withRole } from '../support/neargate/processes.ts';
import { type Blow, during, hasNotRun } from './blow.ts';
import type { Draw } from './draw.ts';
import type { Fleet } from './fleet.ts';

const agent: Blow = {
  name: 'kill agent',
  sort: 'kill',
  async strike({ field }) {
    await field.scene.neargate.killAgent();
    return '';
  },
};

const controlPlane: Blow = {
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

const both: Blow = {
  name: 'kill control plane and agent',
  sort: 'kill',
  async strike({ field: { scene } }) {
    await scene.neargate.killControlPlane();
    await scene.neargate.killAgent();
    await scene.neargate.startAgain();
    return '';
  },
};

const runtime: Blow = {
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

const shim: Blow = {
  name: 'kill a shim',
  sort: 'kill',
  async strike({ field, fleet, draw }) {
    const found = await oneWithRole(field.scene.neargate.dataDir, 'shim', draw);
    if (found === undefined) return 'there was none';
    const task = await taskOf(found, fleet);
    if (task === undefined) return 'its task had gone';
    fleet.harm('shim', ({ arn }) => arn === task);
    process.kill(found.pid, 'SIGKILL');
    return `of ${taskIdOf(task)}`;
  },
};

/** The one behind ECR. */
const registry: Blow = {
  name: 'kill the registry of ECR',
  sort: 'kill',
  async strike({ field, fleet, draw }) {
    const found = await oneWithRole(field.scene.neargate.dataDir, 'registry', draw);
    if (found === undefined) return 'there was none';
    // What is being pulled from it may break off.
    fleet.harm('registry', hasNotRun);
    process.kill(found.pid, 'SIGKILL');
    return '';
  },
};

const nfsServer: Blow = {
  name: 'kill an NFS server',
  sort: 'kill',
  async strike({ field, draw }) {
    const found = await oneWithRole(field.scene.neargate.dataDir, 'ganesha', draw);
    if (found === undefined) return 'there was none';
    process.kill(found.pid, 'SIGKILL');
    return `after ${field.nfsWriter.committed} files`;
  },
};

export const KILLS: readonly [Blow, ...Blow[]] = [
  ...([agent, controlPlane, both, runtime, shim, registry, nfsServer] as const),
];

async function oneWithRole(dataDir: string, role: string, draw: Draw): Promise<FoundProcess | undefined> {
  const [first, ...others] = await withRole(dataDir, role);
  return first === undefined ? undefined : draw.pick([first, ...others]);
}

/** Of a shim, by the id of its group, which is on its command line. */
async function taskOf({ pid }: FoundProcess, fleet: Fleet): Promise<string | undefined> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return fleet.tasks.find(({ arn }) => line.includes(taskIdOf(arn)))?.arn;
}
