import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aContainer, anAssignment } from '../../../test/support/agent/assignments.ts';
import { ApiError, AppError } from '../../domain/errors.ts';
import { goJson } from '../../domain/metadata/go-json.ts';
import { taskResponseV2, taskResponseV4 } from '../../domain/metadata/task-response.ts';
import type { AskedTags, MetadataTask } from '../../domain/metadata/task-view.ts';
import { askTags } from './task-tags.ts';

const ROLE = { executionRoleArn: 'arn:aws:iam::000000000000:role/execution' };

describe("a task's tags at its endpoint", () => {
  const assignment = anAssignment([aContainer('web')], ROLE);
  const task: MetadataTask = {
    ...{ assignment, desiredStatus: 'RUNNING', knownStatus: 'RUNNING', containers: [] },
  };
  const noCredentials = () => assert.fail('the client asks for them');
  const asking = (tags: () => Record<string, string>): Promise<AskedTags> =>
    askTags(assignment, { tags: async () => tags() }, noCredentials);
  const v4 = (asked: AskedTags) => JSON.parse(goJson(taskResponseV4(task, {}, asked))) as object;

  it('are in the order of their keys, and left out where there are none', async () => {
    const asked = await asking(() => ({ team: 'blue', app: 'shop' }));
    assert.match(
      goJson(taskResponseV4(task, {}, asked)),
      /"TaskTags":\{"app":"shop","team":"blue"\},"LaunchType"/,
    );
    assert.match(goJson(taskResponseV2(task, asked)), /"TaskTags":\{"app":"shop","team":"blue"\}\}$/);
    assert.ok(!('TaskTags' in v4(await asking(() => ({})))));
  });

  it('say in v4 why they could not be had, and are left out before', async () => {
    const refusal = new ApiError('AccessDeniedException', 'no', {}, { status: 400, requestId: 'r-1' });
    const denied = await asking(() => assert.fail(refusal));
    assert.deepEqual((v4(denied) as { Errors: object[] }).Errors, [
      {
        ErrorField: 'TaskTags',
        ErrorCode: 'AccessDeniedException',
        ErrorMessage: 'no',
        StatusCode: 400,
        RequestId: 'r-1',
        ResourceARN: assignment.taskArn,
      },
    ]);
    assert.ok(!goJson(taskResponseV2(task, denied)).includes('Errors'));
    const broken = await asking(() => assert.fail(new AppError('unavailable', 'gone')));
    assert.deepEqual('error' in broken && broken.error, { code: 'RequestError', message: 'gone' });
  });

  it('cannot be had without an execution role', async () => {
    const { executionRoleArn: _, ...without } = assignment;
    const asked = await askTags(without, { tags: noCredentials }, noCredentials);
    assert.deepEqual('error' in asked && asked.error, {
      ...{ code: 'NoCredentialProviders', message: 'unable to find execution role credentials' },
    });
  });
});
