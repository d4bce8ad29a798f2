import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aContainer, anAssignment } from '../../../test/support/agent/assignments.ts';
import { ApiError, AppError } from '../../domain/errors.ts';
import type { ProtectionAnswer, WantedProtection } from '../../domain/metadata/task-protection.ts';
import { protectionAnswer } from './task-protection.ts';

const ROLE = { taskRoleArn: 'arn:aws:iam::000000000000:role/app' };

describe('the endpoint of task protection', () => {
  const { taskArn } = anAssignment([aContainer('web')]);
  const asked: (WantedProtection | 'shown')[] = [];

  const ask = async (
    request: { method?: string; body?: string; isKnown?: boolean },
    ecs: () => ProtectionAnswer = () => assert.fail('ECS was asked'),
    role: object = ROLE,
  ): Promise<[number, string]> => {
    const { status, body } = await protectionAnswer(
      { method: 'GET', body: '', isKnown: true, ...request },
      {
        assignment: anAssignment([aContainer('web')], role),
        roleCredentials: () => assert.fail('the client asks for them'),
        ecs: {
          protection: async () => {
            asked.push('shown');
            return ecs();
          },
          protect: async (_task, _credentials, wanted) => {
            asked.push(wanted);
            return ecs();
          },
        },
      },
    );
    return [status, body];
  };
  const put = (body: string) => ask({ method: 'PUT', body });
  const error = (code: string, message: string, arn?: string): string =>
    JSON.stringify({ error: { ...(arn !== undefined && { Arn: arn }), Code: code, Message: message } });

  it('passes on what ECS says of the task', async () => {
    const expiresAt = Date.UTC(2025, 0, 2, 5);
    const one = () => ({ tasks: [{ taskArn, protectionEnabled: true, expiresAt }], failures: [] });
    const body = '{"protectionenabled":true,"ExpiresInMinutes":60}';
    const protection = { ExpirationDate: '2025-01-02T05:00:00Z', ProtectionEnabled: true, TaskArn: taskArn };
    const on: [number, string] = [200, JSON.stringify({ protection })];
    assert.deepEqual(await ask({ method: 'PUT', body }, one), on);
    assert.deepEqual(asked.splice(0), [{ protectionEnabled: true, expiresInMinutes: 60 }]);
    assert.deepEqual(await ask({}, one), on);
    assert.deepEqual(asked.splice(0), ['shown']);
    const off = () => ({ tasks: [{ taskArn, protectionEnabled: false }], failures: [] });
    const none = { ExpirationDate: null, ProtectionEnabled: false, TaskArn: taskArn };
    assert.deepEqual(await ask({}, off), [200, JSON.stringify({ protection: none })]);
    const refused = () => ({ tasks: [], failures: [{ arn: taskArn, reason: 'TASK_NOT_VALID' }] });
    const failure = { Arn: taskArn, Detail: null, Reason: 'TASK_NOT_VALID' };
    assert.deepEqual(await ask({}, refused), [200, JSON.stringify({ failure })]);
  });

  it('refuses bodies that say nothing, or more than there is', async () => {
    const invalid = 'InvalidParameterException';
    const undecodable = error(invalid, 'UpdateTaskProtection: failed to decode request');
    for (const body of [
      '',
      'no json',
      '[]',
      'null',
      '{"ProtectionEnabled":true,"Other":1}',
      '{"ProtectionEnabled":"true"}',
      '{"ProtectionEnabled":true,"ExpiresInMinutes":1.5}',
    ]) {
      assert.deepEqual(await put(body), [400, undecodable], body.slice(0, 60));
    }
    const missing = error(invalid, "Invalid request: does not contain 'ProtectionEnabled' field");
    for (const body of ['{}', '{"ExpiresInMinutes":5}', '{"ProtectionEnabled":null}']) {
      assert.deepEqual(await put(body), [400, missing], body);
    }
  });

  it('is for GET and PUT, for containers that are there, of tasks with a role', async () => {
    for (const method of ['POST', 'DELETE', 'HEAD']) assert.deepEqual(await ask({ method }), [405, '']);
    assert.deepEqual(await ask({ isKnown: false }), [
      404,
      error('ResourceNotFoundException', 'Failed to find a task for the request'),
    ]);
    const words = 'Invalid Request: no task IAM role credentials available for task';
    const answer = await ask({}, undefined, {});
    assert.deepEqual(answer, [403, error('AccessDeniedException', words, taskArn)]);
  });

  it('tells how ECS could not be asked', async () => {
    const failing = (failure: Error) => ask({}, () => assert.fail(failure));
    const throttled = new ApiError('ThrottlingException', 'slow', {}, { status: 400, requestId: 'r-1' });
    const thrown = { Arn: taskArn, Code: 'ThrottlingException', Message: 'slow' };
    assert.deepEqual(await failing(throttled), [400, JSON.stringify({ requestID: 'r-1', error: thrown })]);
    assert.deepEqual(await failing(new AppError('deadline', 'late')), [
      504,
      error('RequestCanceled', 'Timed out calling ECS Task Protection API', taskArn),
    ]);
    const unexpected = error('ServerException', 'Unexpected error occurred', taskArn);
    assert.deepEqual(await failing(new AppError('unavailable', 'gone')), [500, unexpected]);
    const two = { taskArn, protectionEnabled: true };
    assert.deepEqual(await ask({}, () => ({ tasks: [two, two], failures: [] })), [500, unexpected]);
  });
});
