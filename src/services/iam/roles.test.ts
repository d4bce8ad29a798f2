import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluatePolicy } from '../../domain/iam/evaluate-policy.ts';
import type { PolicyRecord, RoleRecord } from '../../domain/iam/records.ts';
import { keys } from '../../domain/keys.ts';
import { MemoryStore } from '../../drivers/store-memory/memory-store.ts';
import { randomIds } from '../../drivers/system/random-ids.ts';
import { Roles } from './roles.ts';

const ACCOUNT = '111122223333';

function rolesUnderTest(): { roles: Roles; store: MemoryStore } {
  const store = new MemoryStore();
  return { roles: new Roles({ store, clock: { now: () => 1_000 }, ids: randomIds }), store };
}

const document = (action: string): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: action, Resource: '*' } });

const asked = (action: string) => ({ action, resource: '*', context: {} });

describe('roles', () => {
  it('have one in each account from the start, with which tasks pull images and write logs', async () => {
    const { roles } = rolesUnderTest();
    const role = await roles.find(ACCOUNT, 'ecsTaskExecutionRole');
    assert.equal(role?.arn, `arn:aws:iam::${ACCOUNT}:role/ecsTaskExecutionRole`);
    assert.match(role.roleId, /^AROA[A-Z2-7]{17}$/);
    const { identity: policy } = await roles.policies(ACCOUNT, 'ecsTaskExecutionRole');
    assert.equal(evaluatePolicy(policy, asked('logs:PutLogEvents')), 'allow');
    assert.equal(evaluatePolicy(policy, asked('logs:CreateLogGroup')), 'none');
    const service = { type: 'Service', id: 'ecs-tasks.amazonaws.com' } as const;
    const trust = { ...asked('sts:AssumeRole'), principal: service };
    assert.equal(evaluatePolicy(roles.trustPolicy(role), trust), 'allow');
  });

  it('do not get the first one again when it was deleted', async () => {
    const { roles, store } = rolesUnderTest();
    await roles.find(ACCOUNT, 'any');
    await store.transact([], [{ delete: keys.role(ACCOUNT, 'ecsTaskExecutionRole') }]);
    const later = new Roles({ store, clock: { now: () => 2_000 }, ids: randomIds });
    assert.equal(await later.find(ACCOUNT, 'ecsTaskExecutionRole'), undefined);
    assert.deepEqual(await later.policies(ACCOUNT, 'ecsTaskExecutionRole'), { identity: [] });
  });

  it('are found by their names as they are written', async () => {
    const { roles } = rolesUnderTest();
    assert.equal(await roles.find(ACCOUNT, 'ECSTaskExecutionRole'), undefined);
  });

  it('may what their inline policies and the default versions of attached ones say', async () => {
    const { roles, store } = rolesUnderTest();
    const first = await roles.find(ACCOUNT, 'ecsTaskExecutionRole');
    assert.ok(first);
    const arn = `arn:aws:iam::${ACCOUNT}:policy/team/own`;
    const role: RoleRecord = {
      ...first,
      roleName: 'app',
      inlinePolicies: { one: document('s3:*') },
      attachedPolicies: [arn, 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy'],
    };
    const policy: PolicyRecord = {
      policyName: 'own',
      policyId: 'ANPA',
      arn,
      path: '/team/',
      tags: [],
      createdAt: 1,
      changedAt: 1,
      versions: [
        { versionId: 'v2', document: document('ssm:*'), createdAt: 1 },
        { versionId: 'v1', document: document('sqs:*'), createdAt: 1 },
      ],
      defaultVersionId: 'v1',
      lastVersion: 2,
    };
    await store.transact(
      [],
      [
        { put: keys.role(ACCOUNT, 'app'), value: role },
        { put: keys.policy(ACCOUNT, 'own'), value: policy },
      ],
    );
    const { identity: statements } = await roles.policies(ACCOUNT, 'app');
    const verdicts = ['s3:GetObject', 'sqs:Send', 'ssm:GetParameter', 'ecr:BatchGetImage'].map((action) =>
      evaluatePolicy(statements, asked(action)),
    );
    assert.deepEqual(verdicts, ['allow', 'allow', 'none', 'allow']);
  });
});
