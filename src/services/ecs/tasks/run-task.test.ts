import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { RunTaskRequest } from '@aws-sdk/client-ecs';
import { assignedContainers } from '../../../domain/ecs/assigned-containers.ts';
import { keys } from '../../../domain/keys.ts';
import {
  aDefinition,
  aRunTask,
  EcsUnderTest,
  refuses,
  SCOPE,
  SUBNET,
  VPC,
} from '../../../../test/support/ecs/ecs-under-test.ts';

const INVALID = 'InvalidParameterException';
let ecs: EcsUnderTest;
beforeEach(() => {
  ecs = new EcsUnderTest();
});

describe('RunTask', () => {
  it('answers with a task in PROVISIONING, all defaults filled in', async () => {
    const task = await ecs.run(await ecs.ready());
    const [, cluster, id] = task.taskArn?.split('/') ?? [];
    assert.equal(cluster, 'default');
    assert.match(id ?? '', /^[0-9a-f]{32}$/);
    const { containerArn } = task.containers?.[0] ?? {};
    assert.match(containerArn ?? '', new RegExp(`:container/default/${id}/[0-9a-f-]{36}$`));
    assert.deepEqual(task, {
      attachments: [
        {
          id: task.attachments?.[0]?.id,
          type: 'ElasticNetworkInterface',
          status: 'PRECREATED',
          details: [{ name: 'subnetId', value: SUBNET }],
        },
      ],
      attributes: [{ name: 'ecs.cpu-architecture', value: 'x86_64' }],
      clusterArn: 'arn:aws:ecs:eu-west-1:000000000000:cluster/default',
      containers: [
        {
          containerArn,
          taskArn: task.taskArn,
          name: 'app',
          image: 'localhost:5000/sample:1',
          lastStatus: 'PENDING',
          networkBindings: [],
          networkInterfaces: [],
          healthStatus: 'UNKNOWN',
          cpu: '0',
        },
      ],
      cpu: '256',
      createdAt: new Date(ecs.clock.now()),
      desiredStatus: 'RUNNING',
      enableExecuteCommand: false,
      ephemeralStorage: { sizeInGiB: 20 },
      fargateEphemeralStorage: { sizeInGiB: 20 },
      group: 'family:web',
      healthStatus: 'UNKNOWN',
      inferenceAccelerators: [],
      lastStatus: 'PROVISIONING',
      launchType: 'FARGATE',
      memory: '512',
      overrides: { containerOverrides: [{ name: 'app' }], inferenceAcceleratorOverrides: [] },
      platformFamily: 'Linux',
      platformVersion: '1.4.0',
      tags: [],
      taskArn: task.taskArn,
      taskDefinitionArn: 'arn:aws:ecs:eu-west-1:000000000000:task-definition/web:1',
      version: 1,
    });
  });

  it('keeps where the task is to run, with the default security group', async () => {
    const task = await ecs.run(await ecs.ready());
    assert.deepEqual((await ecs.record(task.taskArn)).networkConfiguration, {
      subnets: [SUBNET],
      securityGroups: [VPC.securityGroupId],
      assignPublicIp: 'DISABLED',
    });
  });

  it('runs ten tasks at once, each with ids of its own', async () => {
    const { tasks = [] } = await ecs.call('RunTask', { ...(await ecs.ready()), count: 10 });
    assert.equal(new Set(tasks.map(({ taskArn }) => taskArn)).size, 10);
    assert.equal(new Set(tasks.map(({ containers }) => containers?.[0]?.containerArn)).size, 10);
  });

  it('applies overrides and shows them', async () => {
    const request = await ecs.ready({
      containerDefinitions: [
        { name: 'app', image: 'app', environment: [{ name: 'A', value: '1' }], command: ['a'] },
        { name: 'side', image: 'side', essential: false },
      ],
    });
    const task = await ecs.run({
      ...request,
      overrides: {
        cpu: '1 vCPU',
        memory: '2GB',
        ephemeralStorage: { sizeInGiB: 40 },
        taskRoleArn: 'arn:aws:iam::000000000000:role/other',
        containerOverrides: [
          {
            name: 'app',
            cpu: 512,
            memory: 1024,
            command: ['b'],
            environment: [
              { name: 'A', value: '2' },
              { name: 'B', value: '3' },
            ],
          },
        ],
      },
    });
    assert.equal(task.cpu, '1024');
    assert.equal(task.memory, '2048');
    assert.deepEqual(task.ephemeralStorage, { sizeInGiB: 40 });
    assert.equal(task.containers?.[0]?.cpu, '512');
    assert.equal(task.containers?.[0]?.memory, '1024');
    assert.deepEqual(task.overrides?.containerOverrides?.[1], { name: 'side' });
    assert.equal(task.overrides?.taskRoleArn, 'arn:aws:iam::000000000000:role/other');
    const record = await ecs.record(task.taskArn);
    const containers = [
      { name: 'app', image: 'app', environment: [{ name: 'A', value: '1' }], command: ['a'] },
      { name: 'side', image: 'side', essential: false },
    ];
    const [app, side] = assignedContainers(record, { containerDefinitions: containers });
    assert.deepEqual(app?.definition.command, ['b']);
    assert.deepEqual(app?.definition.environment, [
      { name: 'A', value: '2' },
      { name: 'B', value: '3' },
    ]);
    assert.equal(app?.containerArn, task.containers?.[0]?.containerArn);
    assert.equal(side?.definition.essential, false);
  });

  it('gives the tags of the request, of the definition and of ECS', async () => {
    const request = await ecs.ready({
      tags: [
        { key: 'a', value: 'definition' },
        { key: 'b', value: 'definition' },
      ],
    });
    const plain = await ecs.run({ ...request, tags: [{ key: 'a', value: 'task' }] });
    assert.deepEqual(plain.tags, [{ key: 'a', value: 'task' }]);
    const all = await ecs.run({
      ...request,
      tags: [{ key: 'a', value: 'task' }],
      propagateTags: 'TASK_DEFINITION',
      enableECSManagedTags: true,
    });
    assert.deepEqual(all.tags, [
      { key: 'a', value: 'task' },
      { key: 'b', value: 'definition' },
      { key: 'aws:ecs:clusterName', value: 'default' },
    ]);
  });

  it('takes group, startedBy and platform version from the request', async () => {
    const request = await ecs.ready();
    const task = await ecs.run({
      ...request,
      group: 'mine',
      startedBy: 'ci/job_1-2',
      platformVersion: '1.3.0',
    });
    assert.equal(task.group, 'mine');
    assert.equal(task.startedBy, 'ci/job_1-2');
    assert.equal(task.platformVersion, '1.3.0');
  });

  it('spreads tasks over capacity providers by base and weight', async () => {
    const { launchType: _, ...request } = await ecs.ready();
    await ecs.call('PutClusterCapacityProviders', {
      cluster: 'default',
      capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
      defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
    });
    const { tasks = [] } = await ecs.call('RunTask', {
      ...request,
      count: 10,
      capacityProviderStrategy: [
        { capacityProvider: 'FARGATE', base: 2, weight: 1 },
        { capacityProvider: 'FARGATE_SPOT', weight: 3 },
      ],
    });
    const names = tasks.map(({ capacityProviderName }) => capacityProviderName);
    assert.equal(names.filter((name) => name === 'FARGATE').length, 4);
    assert.equal(names.filter((name) => name === 'FARGATE_SPOT').length, 6);
    const byDefault = await ecs.run(request);
    assert.equal(byDefault.capacityProviderName, 'FARGATE_SPOT');
    assert.equal(byDefault.launchType, 'FARGATE');
  });
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

describe("RunTask's client token", () => {
  const HOUR = 3_600_000;

  it('gives the same tasks for the same request', async () => {
    const request = { ...(await ecs.ready()), clientToken: 't1', count: 2 };
    const first = await ecs.call('RunTask', request);
    const second = await ecs.call('RunTask', request);
    assert.deepEqual(second, first);
  });

  it('gives the same tasks when requests come at once', async () => {
    const request = { ...(await ecs.ready()), clientToken: 't1' };
    const answers = await Promise.all(Array.from({ length: 5 }, () => ecs.run(request)));
    assert.equal(new Set(answers.map(({ taskArn }) => taskArn)).size, 1);
  });

  it('conflicts with another request, and names the tasks', async () => {
    const request = { ...(await ecs.ready()), clientToken: 't1' };
    const { taskArn } = await ecs.run(request);
    const fields = await refuses(
      ecs.call('RunTask', { ...request, startedBy: 'x' }),
      'ConflictException',
      /token/i,
    );
    assert.deepEqual(fields, { resourceIds: [taskArn] });
  });

  it('belongs to its cluster', async () => {
    const request = { ...(await ecs.ready()), clientToken: 't1' };
    await ecs.call('CreateCluster', { clusterName: 'other' });
    const first = await ecs.run(request);
    const second = await ecs.run({ ...request, cluster: 'other' });
    assert.notEqual(first.taskArn, second.taskArn);
  });

  it('is free again after a day, or an hour after the end of its tasks', async () => {
    const request = { ...(await ecs.ready()), clientToken: 't1' };
    const first = await ecs.run(request);
    ecs.clock.advance(23 * HOUR);
    assert.equal((await ecs.run(request)).taskArn, first.taskArn);
    ecs.clock.advance(HOUR);
    const second = await ecs.run(request);
    assert.notEqual(second.taskArn, first.taskArn);
    await ecs.change(second.taskArn, { lastStatus: 'STOPPED', stoppedAt: ecs.clock.now() });
    ecs.clock.advance(HOUR - 1);
    assert.equal((await ecs.run(request)).taskArn, second.taskArn);
    ecs.clock.advance(1);
    assert.notEqual((await ecs.run({ ...request, startedBy: 'x' })).taskArn, second.taskArn);
  });
});
