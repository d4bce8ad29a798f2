import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { keys } from '../../../domain/keys.ts';
import { aRunTask, EcsUnderTest, refuses, SCOPE } from '../../../../test/support/ecs/ecs-under-test.ts';
import { RUN_TASK_REFUSALS } from '../../../../test/support/ecs/refusals/run-task.ts';

const INVALID = 'InvalidParameterException';
let ecs: EcsUnderTest;
beforeEach(() => {
  ecs = new EcsUnderTest();
});

describe('RunTask refuses', () => {
  for (const { name, definition, request, code, message } of RUN_TASK_REFUSALS) {
    it(name, async () => {
      await ecs.ready(definition);
      await ecs.addForeignVpc();
      await refuses(ecs.call('RunTask', aRunTask(request)), code, message);
      assert.deepEqual(await ecs.store.range({ prefix: keys.tasks(SCOPE, 'default') }), []);
    });
  }

  it('a definition that is INACTIVE', async () => {
    const request = await ecs.ready();
    await ecs.call('DeregisterTaskDefinition', { taskDefinition: 'web:1' });
    await refuses(
      ecs.call('RunTask', { ...request, taskDefinition: 'web:1' }),
      INVALID,
      'TaskDefinition is inactive',
    );
  });

  it('a cluster that was deleted', async () => {
    const request = await ecs.ready();
    await ecs.call('DeleteCluster', { cluster: 'default' });
    await refuses(
      ecs.call('RunTask', request),
      'ClusterNotFoundException',
      'The referenced cluster was inactive.',
    );
  });

  for (const [name, strategy, message] of [
    [
      'two providers with a base',
      [
        { capacityProvider: 'FARGATE', weight: 1, base: 1 },
        { capacityProvider: 'FARGATE_SPOT', weight: 1, base: 1 },
      ],
      'There are multiple capacity providers in the specified capacity provider strategy with a base value greater than zero. Only one capacity provider can have a base value greater than zero. Specify a valid capacity provider strategy and try again.',
    ],
    [
      'a strategy without weight',
      [{ capacityProvider: 'FARGATE' }, { capacityProvider: 'FARGATE_SPOT', weight: 0 }],
      'There are no capacity providers in the capacity provider strategy with a weight value greater than zero. Specify a weight value greater than zero for at least one capacity provider and try again.',
    ],
    [
      'a provider twice',
      [
        { capacityProvider: 'FARGATE', weight: 1 },
        { capacityProvider: 'FARGATE', weight: 1 },
      ],
      'The capacity provider strategy cannot contain a capacity provider twice.',
    ],
  ] as const) {
    it(name, async () => {
      const { launchType: _, ...request } = await ecs.ready();
      await ecs.call('PutClusterCapacityProviders', {
        cluster: 'default',
        capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
        defaultCapacityProviderStrategy: [],
      });
      const call = ecs.call('RunTask', { ...request, capacityProviderStrategy: [...strategy] });
      await refuses(call, INVALID, message);
    });
  }
});
