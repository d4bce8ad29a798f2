import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AssignmentRecord } from '../domain/task/assignment-record.ts';
import { accountRoles } from './aws-account.ts';

const NO_SETTINGS = {
  roleCredentialsProfile: undefined,
  roleCredentialsEndpoint: undefined,
  secretsProfile: undefined,
  secretsEndpoint: undefined,
};

function assigned(taskRoleArn?: string): AssignmentRecord {
  const role = taskRoleArn === undefined ? {} : { taskRoleArn };
  return { assignment: { taskId: '0123', region: 'us-east-1', ...role } } as AssignmentRecord;
}

describe('roles of an AWS account', () => {
  const warnings: unknown[] = [];
  const logger = { warn: (...words: unknown[]) => warnings.push(words) };
  const roles = (roleCredentialsProfile?: string) =>
    accountRoles({ ...NO_SETTINGS, roleCredentialsProfile }, logger, new AbortController().signal);

  it('are none without a profile', () => {
    assert.equal(roles(), undefined);
  });

  it('have no credentials, and a line in the log, when the profile is not there', async () => {
    const give = roles('neargate-has-no-such-profile') ?? assert.fail();
    assert.equal(await give(assigned()), undefined);
    assert.deepEqual(warnings, []);
    const both = [give(assigned('arn:aws:iam::123456789012:role/app')), give(assigned('arn:…'))];
    assert.deepEqual(await Promise.all(both), [undefined, undefined]);
    assert.equal(warnings.length, 1, 'asked once for a task at a time');
  });
});
