import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { TaskEni } from '../../../domain/ecs/records.ts';
import { aDefinition, EcsUnderTest, refuses, SUBNET } from '../../../../test/support/ecs/ecs-under-test.ts';

const INVALID = 'InvalidParameterException';
let ecs: EcsUnderTest;
beforeEach(() => {
  ecs = new EcsUnderTest();
});

const idOf = (arn: string | undefined): string => arn?.slice(arn.lastIndexOf('/') + 1) ?? '';

describe('DescribeTasks', () => {
  it('shows a running task with its interface and its times', async () => {
    const { taskArn, attachments } = await ecs.run(await ecs.ready());
    const record = await ecs.record(taskArn);
    const now = ecs.clock.now();
    const eni: TaskEni = {
      attachmentId: record.attachmentId,
      attachmentStatus: 'ATTACHED',
      eniId: 'eni-0123456789abcdef0',
      subnetId: SUBNET,
      availabilityZone: 'eu-west-1a',
      macAddress: '0a:00:00:00:00:01',
      privateIpv4Address: '172.31.0.4',
      privateDnsName: 'ip-172-31-0-4.eu-west-1.compute.internal',
    };
    const [container] = record.containers;
    assert.ok(container);
    await ecs.change(taskArn, {
      lastStatus: 'RUNNING',
      eni,
      connectivity: 'CONNECTED',
      connectivityAt: now + 1,
      pullStartedAt: now + 2,
      pullStoppedAt: now + 3,
      startedAt: now + 4,
      containers: [{ ...container, lastStatus: 'RUNNING', runtimeId: 'r1', imageDigest: 'sha256:1' }],
    });
    const { tasks, failures } = await ecs.call('DescribeTasks', { tasks: [taskArn ?? ''] });
    assert.deepEqual(failures, []);
    const [task] = tasks ?? [];
    assert.deepEqual(task?.attachments, [
      {
        id: attachments?.[0]?.id,
        type: 'ElasticNetworkInterface',
        status: 'ATTACHED',
        details: [
          { name: 'subnetId', value: SUBNET },
          { name: 'networkInterfaceId', value: 'eni-0123456789abcdef0' },
          { name: 'macAddress', value: '0a:00:00:00:00:01' },
          { name: 'privateDnsName', value: 'ip-172-31-0-4.eu-west-1.compute.internal' },
          { name: 'privateIPv4Address', value: '172.31.0.4' },
        ],
      },
    ]);
    assert.equal(task?.availabilityZone, 'eu-west-1a');
    assert.equal(task?.connectivity, 'CONNECTED');
    assert.equal(task?.startedAt?.getTime(), now + 4);
    assert.equal(task?.stoppedAt, undefined);
    const [shown] = task?.containers ?? [];
    assert.deepEqual(shown?.networkInterfaces, [
      { attachmentId: record.attachmentId, privateIpv4Address: '172.31.0.4' },
    ]);
    assert.equal(shown?.runtimeId, 'r1');
    assert.equal(shown?.imageDigest, 'sha256:1');
    assert.equal(shown?.exitCode, undefined);
  });

  it('finds tasks by id and by ARN, and lists a MISSING failure for an unknown one', async () => {
    const { taskArn = '' } = await ecs.run(await ecs.ready());
    const unknown = 'f'.repeat(32);
    const { tasks, failures } = await ecs.call('DescribeTasks', { tasks: [idOf(taskArn), taskArn, unknown] });
    assert.deepEqual(
      tasks?.map((task) => task.taskArn),
      [taskArn],
    );
    assert.deepEqual(failures, [
      { arn: `arn:aws:ecs:eu-west-1:000000000000:task/default/${unknown}`, reason: 'MISSING' },
    ]);
  });

  it('shows tags only if asked', async () => {
    const tags = [{ key: 'k', value: 'v' }];
    const { taskArn = '' } = await ecs.run({ ...(await ecs.ready()), tags });
    const plain = await ecs.call('DescribeTasks', { tasks: [taskArn] });
    assert.deepEqual(plain.tasks?.[0]?.tags, []);
    const full = await ecs.call('DescribeTasks', { tasks: [taskArn], include: ['TAGS'] });
    assert.deepEqual(full.tasks?.[0]?.tags, tags);
  });

  for (const [name, input, code, message] of [
    ['no tasks', { tasks: [] }, INVALID, 'Tasks cannot be empty.'],
    ['101 tasks', { tasks: Array(101).fill('a') }, INVALID, /100/],
    [
      'an unknown cluster',
      { cluster: 'none', tasks: ['a'] },
      'ClusterNotFoundException',
      'Cluster not found.',
    ],
    [
      'a task of another cluster',
      { tasks: ['arn:aws:ecs:eu-west-1:000000000000:task/other/a'] },
      INVALID,
      'Invalid identifier: Identifier is for cluster other. Your cluster is default',
    ],
    [
      'a cluster where a task should be',
      { tasks: ['arn:aws:ecs:eu-west-1:000000000000:cluster/default'] },
      INVALID,
      'Unsupported resource type: cluster',
    ],
    ['an id that is too long', { tasks: ['a'.repeat(37)] }, INVALID, 'taskId longer than 36.'],
    ['an id with strange characters', { tasks: ['a/b'] }, INVALID, 'Task Identifier is invalid'],
    ['an unknown field', { tasks: ['a'], include: ['ALL'] }, INVALID, /enum value set/],
  ] as const) {
    it(`refuses ${name}`, async () => {
      await ecs.ready();
      await refuses(ecs.call('DescribeTasks', input as never), code, message);
    });
  }
});

describe('StopTask', () => {
  it('asks for the end with the reason of the user', async () => {
    const { taskArn = '' } = await ecs.run(await ecs.ready());
    const { task } = await ecs.call('StopTask', { task: taskArn, reason: 'enough' });
    assert.equal(task?.desiredStatus, 'STOPPED');
    assert.equal(task?.lastStatus, 'PROVISIONING');
    assert.equal(task?.stopCode, 'UserInitiated');
    assert.equal(task?.stoppedReason, 'enough');
    assert.equal(task?.version, 2);
  });

  it('has words of its own, and keeps the first reason', async () => {
    const { taskArn } = await ecs.run(await ecs.ready());
    const first = await ecs.call('StopTask', { task: idOf(taskArn) });
    assert.equal(first.task?.stoppedReason, 'Task stopped by user');
    const second = await ecs.call('StopTask', { task: idOf(taskArn), reason: 'again' });
    assert.deepEqual(second, first);
  });

  it('refuses what is not there', async () => {
    await ecs.ready();
    const unknown = ecs.call('StopTask', { task: 'f'.repeat(32) });
    await refuses(unknown, INVALID, 'The referenced task was not found.');
    const elsewhere = ecs.call('StopTask', { task: 'a', cluster: 'none' });
    await refuses(elsewhere, 'ClusterNotFoundException', 'Cluster not found.');
    await refuses(ecs.call('StopTask', { task: 'a', reason: 'x'.repeat(256) }), INVALID, /'reason'/);
  });
});

describe('ListTasks', () => {
  it('filters by family, starter, desired status and launch type', async () => {
    const request = await ecs.ready();
    await ecs.call('RegisterTaskDefinition', aDefinition({ family: 'web-2' }));
    const [first, second, third] = [
      await ecs.run(request),
      await ecs.run({ ...request, startedBy: 'me' }),
      await ecs.run({ ...request, taskDefinition: 'web-2' }),
    ];
    await ecs.call('StopTask', { task: first.taskArn });
    const list = async (input: object) => new Set((await ecs.call('ListTasks', input)).taskArns);
    const arns = (...tasks: { taskArn?: string | undefined }[]) =>
      new Set(tasks.map(({ taskArn }) => taskArn));
    assert.deepEqual(await list({}), arns(second, third));
    assert.deepEqual(await list({ desiredStatus: 'STOPPED' }), arns(first));
    assert.deepEqual(await list({ desiredStatus: 'PENDING' }), arns());
    assert.deepEqual(await list({ family: 'web' }), arns(second));
    assert.deepEqual(await list({ startedBy: 'me' }), arns(second));
    assert.deepEqual(await list({ launchType: 'FARGATE' }), arns(second, third));
    assert.deepEqual(await list({ launchType: 'EC2' }), arns());
  });

  it('gives every task once over its pages', async () => {
    const request = await ecs.ready();
    for (let n = 0; n < 3; n += 1) await ecs.call('RunTask', { ...request, count: 10 });
    const seen: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await ecs.call('ListTasks', { maxResults: 7, nextToken });
      seen.push(...(page.taskArns ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    assert.equal(seen.length, 30);
    assert.equal(new Set(seen).size, 30);
  });

  it('refuses what does not go together or is not there', async () => {
    await ecs.ready();
    await refuses(ecs.call('ListTasks', { startedBy: 'a', family: 'b' }), INVALID, /startedBy/);
    await refuses(
      ecs.call('ListTasks', { serviceName: 's' }),
      'ServiceNotFoundException',
      'Service not found.',
    );
    await refuses(
      ecs.call('ListTasks', { cluster: 'none' }),
      'ClusterNotFoundException',
      'Cluster not found.',
    );
  });
});
