import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { EcsUnderTest, refuses } from '../../../../test/support/ecs/ecs-under-test.ts';

let ecs: EcsUnderTest;
beforeEach(() => {
  ecs = new EcsUnderTest();
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
