/** Random tasks that RegisterTaskDefinition would take, and what their containers do; for tests of the laws of life. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ContainerDefinition } from '../../../src/domain/ecs/task-definition.ts';
import { efsVolumeOf } from '../efs/file-system-picture.ts';
import { aContainer, aTask } from './assignments.ts';
import { type Behaviour, FakeMachine } from './fake-machine.ts';
import { brokenLaws } from './lifecycle-laws.ts';
import { playTask } from './task-play.ts';
import { SEED } from '../../../src/ports/testing/seed.ts';
/** Of EFS: all its users share it. */
const VOLUME = 'shared';

export interface Drawn {
  readonly definition: ContainerDefinition & { name: string };
  readonly behaviour: Behaviour;
}

const ends = fc.record({
  code: fc.constantFrom(0, 0, 1, 3, 137, 139),
  afterMs: fc.integer({ min: 1, max: 90_000 }),
});
const behaviours: fc.Arbitrary<Behaviour> = fc.record(
  {
    exits: ends,
    ignoresSigterm: fc.constant(true as const),
    startTakesMs: fc.integer({ min: 1, max: 3_000 }),
    tellsTwice: fc.boolean(),
    createError: fc.constant('OCI runtime create failed'),
    health: fc.array(fc.constantFrom<number | 'hang'>(0, 0, 1, 'hang'), { minLength: 1, maxLength: 4 }),
    restarted: fc.record({ exits: ends }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);
/** Most containers can be made, or hardly a task would get anywhere. */
const mostlyMade = fc
  .tuple(behaviours, fc.nat(9))
  .map(([{ createError, ...behaviour }, chance]) =>
    chance === 0 && createError !== undefined ? { ...behaviour, createError } : behaviour,
  );

const draws = fc.record({
  essential: fc.boolean(),
  healthCheck: fc.option(
    fc.record({ interval: fc.integer({ min: 10, max: 60 }), retries: fc.integer({ min: 1, max: 3 }) }),
    { nil: undefined },
  ),
  startTimeout: fc.option(fc.integer({ min: 2, max: 120 }), { nil: undefined }),
  stopTimeout: fc.option(fc.integer({ min: 2, max: 5 }), { nil: undefined }),
  restartPolicy: fc.option(
    fc.record({
      enabled: fc.boolean(),
      ignoredExitCodes: fc.subarray([0, 3]),
      // The agent takes shorter ones than the API.
      restartAttemptPeriod: fc.constantFrom(1, 60),
    }),
    { nil: undefined },
  ),
  /** Which of those before it it waits for, and how: as many numbers as there can be containers. */
  waits: fc.array(fc.nat(11), { minLength: 9, maxLength: 9 }),
  volumesFrom: fc.nat(20),
  usesEfs: fc.boolean(),
  behaviour: mostlyMade,
});

/** Definitions that RegisterTaskDefinition takes: no circles, conditions that fit. */
export const drawnTasks: fc.Arbitrary<Drawn[]> = fc
  .tuple(fc.array(draws, { minLength: 1, maxLength: 10 }), fc.nat(9), fc.boolean())
  .map(([all, essentialOne, isReversed]) => {
    const made: Drawn[] = [];
    all.forEach((drawn, index) => {
      const name = `c${index}`;
      const { behaviour, waits, volumesFrom, usesEfs, healthCheck, ...rest } = drawn;
      const essential = drawn.essential || index === essentialOne % all.length;
      const dependsOn = made.flatMap(({ definition }, at) => conditionFor(definition, waits[at] ?? 0));
      const source = made[volumesFrom]?.definition.name;
      const definition = {
        ...defined({ ...rest, waits: undefined, volumesFrom: undefined }),
        name,
        essential,
        dependsOn,
        ...(healthCheck !== undefined && { healthCheck: { command: ['CMD', 'probe'], ...healthCheck } }),
        ...(usesEfs && { mountPoints: [{ sourceVolume: VOLUME, containerPath: '/shared' }] }),
        ...(source !== undefined && { volumesFrom: [{ sourceContainer: source }] }),
      };
      made.push({ definition, behaviour });
    });
    return isReversed ? made.toReversed() : made;
  });

function conditionFor(
  { name, essential, healthCheck }: Drawn['definition'],
  choice: number,
): { containerName: string; condition: string }[] {
  const dependency = (condition: string) => [{ containerName: name, condition }];
  if (choice === 0 || choice === 1) return dependency('START');
  if (choice === 2 && healthCheck !== undefined) return dependency('HEALTHY');
  if (choice === 3 && essential === false) return dependency('COMPLETE');
  return choice === 4 && essential === false ? dependency('SUCCESS') : [];
}

function defined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Partial<T>;
}

/** Plays so many random tasks, drawn by a seed, on fake machines; rejects with the smallest one that breaks a law. */
export async function holdLaws(cases: number, seed = SEED): Promise<void> {
  const stopAfter = fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 2_000, max: 150_000 }));
  await fc.assert(
    fc.asyncProperty(drawnTasks, stopAfter, async (drawn, stopAfterMs) => {
      const definitions = drawn.map(({ definition }) => definition);
      const machine = new FakeMachine(
        Object.fromEntries(drawn.map(({ definition, behaviour }) => [definition.name, behaviour])),
      );
      try {
        const containers = definitions.map((definition) => aContainer(definition.name, definition));
        const usesEfs = definitions.some(({ mountPoints }) => mountPoints !== undefined);
        const task = aTask(containers, usesEfs ? { volumes: [efsVolumeOf(VOLUME)] } : {});
        assert.deepEqual(brokenLaws(definitions, await playTask(machine, task, stopAfterMs)), []);
      } finally {
        await machine.close();
      }
    }),
    { numRuns: cases, seed, includeErrorInReport: true },
  );
}
