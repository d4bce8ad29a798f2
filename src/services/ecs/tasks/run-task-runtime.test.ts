import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { EcsUnderTest, refuses } from '../../../../test/support/ecs/ecs-under-test.ts';

const tags = (value: string) => [{ key: 'neargate:runtime', value }];
let ecs: EcsUnderTest;
beforeEach(() => {
  ecs = new EcsUnderTest({ runtimes: ['runc', 'gvisor'] });
});

/** The runtime that the control plane keeps for the task of this request. */
async function runtimeOf(request: Parameters<EcsUnderTest['run']>[0]): Promise<string | undefined> {
  const task = await ecs.run(request);
  return (await ecs.record(task.taskArn)).runtimeHandler;
}

describe("RunTask's tag neargate:runtime", () => {
  it('chooses a runtime, and stays on the task as any other tag', async () => {
    const task = await ecs.run({ ...(await ecs.ready()), tags: tags('gvisor') });
    assert.equal((await ecs.record(task.taskArn)).runtimeHandler, 'gvisor');
    assert.deepEqual(task.tags, tags('gvisor'));
  });

  it('counts on the task definition, too, whether or not the task inherits its tags', async () => {
    const request = await ecs.ready({ tags: tags('gvisor') });
    const task = await ecs.run(request);
    assert.deepEqual(task.tags, []);
    assert.equal((await ecs.record(task.taskArn)).runtimeHandler, 'gvisor');
    assert.equal(await runtimeOf({ ...request, propagateTags: 'TASK_DEFINITION' }), 'gvisor');
  });

  it('wins on the request over the task definition', async () => {
    const request = await ecs.ready({ tags: tags('gvisor') });
    assert.equal(await runtimeOf({ ...request, tags: tags('runc') }), 'runc');
  });

  it('is left open without a tag, which means the default', async () => {
    assert.equal(await runtimeOf(await ecs.ready()), undefined);
  });

  for (const value of ['kata', '', 'RUNC']) {
    it(`is refused with the value '${value}', in words that name the others`, async () => {
      const request = await ecs.ready();
      const message = `'${value}' is not a runtime of this Neargate. The tag neargate:runtime must be one of [runc,gvisor]`;
      await refuses(
        ecs.call('RunTask', { ...request, tags: tags(value) }),
        'InvalidParameterException',
        message,
      );
      await ecs.call('TagResource', {
        resourceArn: 'arn:aws:ecs:eu-west-1:000000000000:task-definition/web:1',
        tags: tags(value),
      });
      await refuses(ecs.call('RunTask', request), 'InvalidParameterException', message);
    });
  }
});
