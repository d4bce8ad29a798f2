/** SIGSTOP of processes, and SIGCONT: a connection to what is frozen is taken by the kernel, and nobody answers. */
import { setTimeout as delay } from 'node:timers/promises';
import { processesOf, withRole } from '../support/neargate/processes.ts';
import type { Blow } from './blow.ts';
import type { Field } from './field.ts';

export const FREEZES: readonly [Blow, ...Blow[]] = [
  freeze('the agent', async ({ scene }) => [await scene.neargate.agentPid()], 15_000),
  freeze('the control plane', ({ scene }) => Promise.resolve([scene.neargate.pid]), 12_000),
  freeze('containerd', pidsWithRole('containerd'), 10_000),
  freeze('the shims', pidsWithRole('shim'), 5000),
  freeze('the registry of ECR', pidsWithRole('registry'), 8000),
  freeze('the NFS servers', pidsWithRole('ganesha'), 8000),
  freeze(
    'everything',
    async ({ scene }) => (await processesOf(scene.neargate.dataDir)).map(({ pid }) => pid),
    8000,
  ),
];

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

function pidsWithRole(role: string): (field: Field) => Promise<number[]> {
  return async ({ scene }) => (await withRole(scene.neargate.dataDir, role)).map(({ pid }) => pid);
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
