import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryStore } from '../../drivers/store-memory/memory-store.ts';
import { createAuthorization } from './authorization.ts';

const SCOPE = { account: '000000000000', region: 'us-east-1' };
const EXECUTION = `arn:aws:iam::${SCOPE.account}:role/ecsTaskExecutionRole`;
const OF_AWS = 'arn:aws:iam::123456789012:role/app';

describe('roles that tasks may have', () => {
  const authorization = (iam: 'enforce' | 'permissive', roleCredentialsProfile?: string) =>
    createAuthorization({ iam, roleCredentialsProfile }, new MemoryStore());

  it('must be there and trust tasks', async () => {
    const { mayAssume } = authorization('enforce');
    assert.equal(await mayAssume?.(EXECUTION, SCOPE, 'executionRoleArn'), true);
    assert.equal(await mayAssume?.(OF_AWS, SCOPE, 'taskRoleArn'), false);
  });

  it('are not looked for here when AWS gives their credentials, execution roles excepted', async () => {
    const { mayAssume } = authorization('enforce', 'dev');
    assert.equal(await mayAssume?.(OF_AWS, SCOPE, 'taskRoleArn'), true);
    assert.equal(await mayAssume?.(OF_AWS, SCOPE, 'executionRoleArn'), false);
    assert.equal(await mayAssume?.(EXECUTION, SCOPE, 'executionRoleArn'), true);
  });

  it('need not exist where everything is allowed', () => {
    const { mayAssume, authorizer } = authorization('permissive');
    assert.deepEqual([mayAssume, authorizer], [undefined, undefined]);
  });
});
