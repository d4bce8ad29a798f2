/** The laws of a task's life, held against random definitions with real containers. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import type { ContainerDefinition } from '../../src/domain/ecs/task-definition.ts';
import type { DesiredTask } from '../../src/domain/task/assignment.ts';
import { aContainer, aTask, stopped } from '../support/agent/assignments.ts';
import { type Drawn, drawnTasks } from '../support/agent/drawn-tasks.ts';
import { brokenLaws } from '../support/agent/lifecycle-laws.ts';
import { noteActs } from '../support/agent/noted-runtime.ts';
import { type RealMachine, startRealMachine } from '../support/agent/real-machine.ts';
import { SEED } from '../../src/ports/testing/seed.ts';
import { randomBytes } from 'node:crypto';

const TASKS = 50;
const AT_ONCE = 5;
const FIRST_HOST = 10;

interface Scene {
  readonly definitions: readonly (ContainerDefinition & { readonly name: string })[];
  readonly task: DesiredTask;
  readonly stopAfterMs: number;
}

describe('The lives of 50 random tasks with real containers', () => {
  const notes = noteActs();
  const idsOfRun = randomBytes(12).toString('hex');
  let machine: RealMachine;

  before(async () => {
    machine = await startRealMachine(undefined, notes.wrap);
  });

  after(async () => {
    await machine?.close();
  });

  const sceneOf = (drawn: readonly Drawn[], index: number): Scene => {
    const definitions = drawn.map(realDefinition);
    const taskId = `${idsOfRun}${index.toString(16).padStart(8, '0')}`;
    const containers = definitions.map((definition) => {
      const { containerArn, ...made } = aContainer(definition.name, definition);
      return { ...made, containerArn, definition: { ...made.definition, image: machine.image } };
    });
    const task = machine.inVpc(aTask(containers, { taskId }), FIRST_HOST + index);
    return { definitions, task, stopAfterMs: 300 + ((index * 797) % 5_000) };
  };

  /** Resolves with the laws that it broke. */
  const play = async ({ definitions, task, stopAfterMs }: Scene): Promise<string[]> => {
    const { taskId } = task.assignment;
    const ending = new AbortController();
    const ended = machine.until(taskId, 'STOPPED');
    const stop = delay(stopAfterMs, undefined, { signal: ending.signal }).then(
      async () => {
        notes.actsOf(taskId).push('stop');
        await machine.agent.upsert(stopped(task));
      },
      () => undefined,
    );
    await machine.agent.upsert(task);
    await ended;
    ending.abort();
    await stop;
    const reports = machine.reports.filter((report) => report.taskId === taskId);
    const leftovers = (await machine.leftovers()).filter((left) => left.includes(taskId));
    return brokenLaws(definitions, { reports, acts: notes.actsOf(taskId), leftovers });
  };

  it('keep the laws of order, monotony and essential containers, and end with nothing left', async () => {
    const scenes = fc.sample(drawnTasks, { numRuns: TASKS, seed: SEED }).map(sceneOf);
    const broken: string[] = [];
    const waiting = [...scenes.entries()];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, scene] = next;
        const laws = await play(scene);
        if (laws.length === 0) continue;
        const acts = notes.actsOf(scene.task.assignment.taskId);
        broken.push(
          `seed ${SEED}, task ${index}: ${laws.join('; ')}\n${JSON.stringify(scene.definitions)}\n${acts.join(', ')}`,
        );
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    assert.deepEqual(broken, []);
    assert.deepEqual(await machine.leftovers(), []);
  });
});

/** The same container as a shell script, with times that a test has. The agent takes shorter ones than the API. */
function realDefinition({ definition, behaviour }: Drawn): Scene['definitions'][number] {
  const { healthCheck, restartPolicy, startTimeout } = definition;
  const isHealthy = (behaviour.health?.[0] ?? 0) === 0;
  return {
    ...definition,
    command: behaviour.createError === undefined ? ['sh', '-c', script(behaviour)] : ['no-such-program'],
    stopTimeout: 2,
    ...(startTimeout !== undefined && { startTimeout: 2 }),
    ...(healthCheck !== undefined && {
      healthCheck: { command: ['CMD', isHealthy ? 'true' : 'false'], interval: 1, timeout: 2, retries: 2 },
    }),
    ...(restartPolicy !== undefined && { restartPolicy: { ...restartPolicy, restartAttemptPeriod: 1 } }),
  };
}

function script({ exits, ignoresSigterm }: Drawn['behaviour']): string {
  const trap = ignoresSigterm === true ? 'trap "" TERM' : 'trap "exit 143" TERM';
  if (exits === undefined) return `${trap}; while :; do sleep 0.1; done`;
  const tenths = 1 + (exits.afterMs % 20);
  return `${trap}; i=0; while [ $i -lt ${tenths} ]; do sleep 0.1; i=$((i+1)); done; exit ${exits.code}`;
}
