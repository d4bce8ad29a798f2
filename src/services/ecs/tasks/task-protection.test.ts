import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EcsUnderTest, refuses } from '../../../../test/support/ecs/ecs-under-test.ts';

const INVALID = 'InvalidParameterException';

describe('The protection of tasks', () => {
  it('is not for tasks that were run by themselves, nor for tasks that are not there', async () => {
    const ecs = new EcsUnderTest();
    const { taskArn = '' } = await ecs.run(await ecs.ready());
    const unknown = taskArn.replace(/[^/]+$/, 'f'.repeat(32));
    const failures = [
      { arn: taskArn, reason: 'TASK_NOT_VALID' },
      { arn: unknown, reason: 'MISSING' },
    ];
    const tasks = [taskArn, 'f'.repeat(32)];
    const updated = await ecs.call('UpdateTaskProtection', {
      ...{ cluster: 'default', tasks, protectionEnabled: true, expiresInMinutes: 60 },
    });
    assert.deepEqual([updated.protectedTasks, updated.failures], [[], failures]);
    const shown = await ecs.call('GetTaskProtection', { cluster: 'default', tasks });
    assert.deepEqual([shown.protectedTasks, shown.failures], [[], failures]);
  });

  it('is refused for too many tasks, none, and times out of range', async () => {
    const ecs = new EcsUnderTest();
    await ecs.ready();
    const update = { cluster: 'default', tasks: ['f'.repeat(32)], protectionEnabled: true };
    for (const change of [
      { tasks: [] },
      { tasks: Array.from({ length: 11 }, (_, index) => String(index).padStart(32, '0')) },
      { expiresInMinutes: 0 },
      { expiresInMinutes: 2881 },
    ]) {
      await refuses(ecs.call('UpdateTaskProtection', { ...update, ...change }), INVALID, /^/);
    }
    await refuses(
      ecs.call('GetTaskProtection', { cluster: 'default', tasks: [] }),
      INVALID,
      'Tasks cannot be empty.',
    );
    const elsewhere = { cluster: 'none', tasks: ['f'.repeat(32)] };
    await refuses(ecs.call('GetTaskProtection', elsewhere), 'ClusterNotFoundException', /^/);
  });
});
