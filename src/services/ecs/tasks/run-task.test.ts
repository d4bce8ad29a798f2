import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { assignedContainers } from '../../../domain/ecs/assigned-containers.ts';
import { EcsUnderTest, SUBNET, VPC } from '../../../../test/support/ecs/ecs-under-test.ts';

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
