import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { RunTaskRequest } from '@aws-sdk/client-ecs';
import { keys } from '../../../domain/keys.ts';
import {
  aDefinition,
  aRunTask,
  EcsUnderTest,
  refuses,
  SCOPE,
  SUBNET,
} from '../../../../test/support/ecs/ecs-under-test.ts';

const INVALID = 'InvalidParameterException';
let ecs: EcsUnderTest;
beforeEach(() => {
  ecs = new EcsUnderTest();
});

describe('RunTask refuses', () => {
  const subnets = (...ids: string[]): Partial<RunTaskRequest> => ({
    networkConfiguration: { awsvpcConfiguration: { subnets: ids } },
  });
  const groups = (...securityGroups: string[]): Partial<RunTaskRequest> => ({
    networkConfiguration: { awsvpcConfiguration: { subnets: [SUBNET], securityGroups } },
  });
  const item = { capacityProvider: 'FARGATE', weight: 1 };
  const strategy = (...capacityProviderStrategy: (typeof item)[]): Partial<RunTaskRequest> => ({
    launchType: undefined,
    capacityProviderStrategy,
  });
  const pattern = (text: string) => new RegExp(`at '${text}' failed to satisfy constraint`);

  for (const [name, over, code, message] of [
    ['an unknown cluster', { cluster: 'none' }, 'ClusterNotFoundException', 'Cluster not found.'],
    ['an unknown definition', { taskDefinition: 'none' }, 'ClientException', 'TaskDefinition not found.'],
    ['a count of zero', { count: 0 }, INVALID, pattern('count')],
    ['a count of eleven', { count: 11 }, INVALID, pattern('count')],
    [
      'no network configuration',
      { networkConfiguration: undefined },
      INVALID,
      "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ],
    ['no subnets', subnets(), INVALID, 'subnets can not be empty.'],
    ['17 subnets', subnets(...Array(17).fill(SUBNET)), INVALID, 'subnets can have at most 16 items.'],
    [
      'an unknown subnet',
      subnets(SUBNET, 'subnet-x'),
      INVALID,
      `Error retrieving subnet information for [${SUBNET}, subnet-x]: The subnet ID 'subnet-x' does not exist (ErrorCode: InvalidSubnetID.NotFound)`,
    ],
    [
      'an unknown security group',
      groups('sg-x'),
      INVALID,
      "Error retrieving security group information for [sg-x]: The security group 'sg-x' does not exist (ErrorCode: InvalidGroup.NotFound)",
    ],
    [
      'six security groups',
      groups(...Array(6).fill('sg-x')),
      INVALID,
      'securityGroups can have at most 5 items.',
    ],
    [
      'an unknown platform version',
      { platformVersion: '1.4' },
      'PlatformUnknownException',
      'The specified platform does not exist.',
    ],
    ['launch type EC2', { launchType: 'EC2' }, INVALID, 'No Container Instances were found in your cluster.'],
    [
      'no launch type',
      { launchType: undefined },
      INVALID,
      'No Container Instances were found in your cluster.',
    ],
    ['a launch type that does not exist', { launchType: 'MOON' }, INVALID, pattern('launchType')],
    [
      'launch type with strategy',
      { capacityProviderStrategy: [item] },
      INVALID,
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    ],
    [
      'a provider that the cluster does not have',
      strategy(item),
      INVALID,
      'The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.',
    ],
    [
      'placement constraints',
      { placementConstraints: [{ type: 'distinctInstance' }] },
      INVALID,
      'Placement constraints are not supported with FARGATE launch type.',
    ],
    [
      'placement strategies',
      { placementStrategy: [{ type: 'spread' }] },
      INVALID,
      'Placement strategies are not supported with FARGATE launch type.',
    ],
    ['tags of a service', { propagateTags: 'SERVICE' }, INVALID, pattern('propagateTags')],
    ['a client token with a blank', { clientToken: 'a b' }, INVALID, pattern('clientToken')],
    ['a client token of 65', { clientToken: 'a'.repeat(65) }, INVALID, pattern('clientToken')],
    ['startedBy with a colon', { startedBy: 'a:b' }, INVALID, pattern('startedBy')],
    ['startedBy of 129', { startedBy: 'a'.repeat(129) }, INVALID, pattern('startedBy')],
    [
      'an override of no container',
      { overrides: { containerOverrides: [{ name: 'db' }] } },
      INVALID,
      'Override for container named db is not a container in the TaskDefinition.',
    ],
    [
      'overrides over 8192 characters',
      { overrides: { containerOverrides: [{ name: 'app', command: ['x'.repeat(8192)] }] } },
      INVALID,
      'Container Overrides length must be at most 8192.',
    ],
    [
      'an override to a size that does not exist',
      { overrides: { memory: '3GB' } },
      INVALID,
      'No Fargate configuration exists for given values: 256 CPU, 3072 memory. See the Amazon ECS documentation for the valid values.',
    ],
    [
      'an override to more than the task has',
      { overrides: { containerOverrides: [{ name: 'app', memory: 1024 }] } },
      INVALID,
      "The 'memory' setting for container 'app' is greater than for the task.",
    ],
    ['51 tags', { tags: Array.from({ length: 51 }, (_, n) => ({ key: `k${n}` })) }, INVALID, pattern('tags')],
    [
      'a definition of another account',
      { taskDefinition: 'arn:aws:ecs:eu-west-1:111111111111:task-definition/web:1' },
      'ClientException',
      'AccountIDs mismatch',
    ],
  ] as const) {
    it(name, async () => {
      await ecs.ready();
      await refuses(ecs.call('RunTask', aRunTask(over as Partial<RunTaskRequest>)), code, message);
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

  it('a definition that is not for Fargate', async () => {
    const request = await ecs.ready();
    const definition = aDefinition({
      requiresCompatibilities: ['EC2'],
      containerDefinitions: [{ name: 'app', image: 'app', privileged: true }],
    });
    await ecs.call('RegisterTaskDefinition', definition);
    await refuses(
      ecs.call('RunTask', request),
      INVALID,
      'Task definition does not support launch_type FARGATE.',
    );
  });

  for (const [name, definition] of [
    ['EFS', { volumes: [{ name: 'v', efsVolumeConfiguration: { fileSystemId: 'fs-1' } }] }],
    ['a shared process namespace', { pidMode: 'task' as const }],
    ['a larger disk', { ephemeralStorage: { sizeInGiB: 30 } }],
    ['eight vCPU', { cpu: '8192', memory: '16384' }],
  ] as const) {
    it(`1.3.0 for a definition with ${name}, and 1.4.0 takes it`, async () => {
      const request = await ecs.ready(definition as never);
      await refuses(
        ecs.call('RunTask', { ...request, platformVersion: '1.3.0' }),
        'PlatformTaskDefinitionIncompatibilityException',
        'One or more of the requested capabilities are not supported.',
      );
      await ecs.run({ ...request, platformVersion: 'LATEST' });
    });
  }
});
