import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRolePolicyCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  allowing,
  IamUnderTest,
  refusedBy,
  TASKS_TRUST,
} from '../../../../test/support/iam/iam-under-test.ts';

const LOGS = 'arn:aws:iam::aws:policy/CloudWatchLogsFullAccess';

async function withRole(): Promise<IAMClient> {
  const iam = new IamUnderTest().client();
  await iam.send(new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: TASKS_TRUST }));
  return iam;
}

describe('inline policies of roles', () => {
  const put = (iam: IAMClient, PolicyName: string, PolicyDocument: string) =>
    iam.send(new PutRolePolicyCommand({ RoleName: 'app', PolicyName, PolicyDocument }));
  const get = (iam: IAMClient, PolicyName: string) =>
    iam.send(new GetRolePolicyCommand({ RoleName: 'app', PolicyName }));

  it('are put, put again, told, listed, deleted', async () => {
    const iam = await withRole();
    await put(iam, 'two', allowing('s3:*'));
    await put(iam, 'one', allowing('s3:*'));
    await put(iam, 'one', allowing('ssm:*'));
    const { RoleName, PolicyName, PolicyDocument } = await get(iam, 'one');
    assert.deepEqual([RoleName, PolicyName], ['app', 'one']);
    assert.equal(decodeURIComponent(PolicyDocument ?? ''), allowing('ssm:*'));
    const list = (over: object) => iam.send(new ListRolePoliciesCommand({ RoleName: 'app', ...over }));
    const first = await list({ MaxItems: 1 });
    assert.deepEqual([first.PolicyNames, first.IsTruncated], [['one'], true]);
    assert.deepEqual((await list({ MaxItems: 1, Marker: first.Marker })).PolicyNames, ['two']);
    const remove = () => iam.send(new DeleteRolePolicyCommand({ RoleName: 'app', PolicyName: 'one' }));
    await remove();
    await refusedBy(remove(), 'NoSuchEntity', 404, 'The role policy with name one cannot be found.');
    await refusedBy(get(iam, 'one'), 'NoSuchEntity', 404, 'The role policy with name one cannot be found.');
  });

  it('may have any name that IAM allows', async () => {
    const iam = await withRole();
    await refusedBy(get(iam, 'constructor'), 'NoSuchEntity', 404, /constructor cannot be found/);
    await put(iam, '__proto__', allowing('s3:*'));
    const { PolicyNames } = await iam.send(new ListRolePoliciesCommand({ RoleName: 'app' }));
    assert.deepEqual(PolicyNames, ['__proto__']);
    assert.equal(decodeURIComponent((await get(iam, '__proto__')).PolicyDocument ?? ''), allowing('s3:*'));
  });

  it('are refused when they are not valid, or too long together', async () => {
    const iam = await withRole();
    await refusedBy(put(iam, 'x', '{}'), 'MalformedPolicyDocument', 400, /must be version 2012-10-17/);
    await refusedBy(put(iam, 'x', TASKS_TRUST), 'MalformedPolicyDocument', 400, /not specify a principal/);
    await refusedBy(
      put(iam, 'a/b', allowing('*')),
      'ValidationError',
      400,
      /value for policyName is invalid/,
    );
    const long = allowing('s3:GetObject', `arn:aws:s3:::${'b'.repeat(6000)}`);
    await put(iam, 'x', long);
    await put(iam, 'x', long);
    await refusedBy(
      put(iam, 'y', long),
      'LimitExceeded',
      409,
      'Maximum policy size of 10240 bytes exceeded for role app',
    );
  });
});

describe('managed policies of roles', () => {
  const attach = (iam: IAMClient, PolicyArn: string) =>
    iam.send(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn }));
  const list = (iam: IAMClient, over: object = {}) =>
    iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'app', ...over }));

  it('are attached once, listed, detached', async () => {
    const iam = await withRole();
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: 'own', Path: '/team/', PolicyDocument: allowing('s3:*') }),
    );
    const own = Policy?.Arn ?? '';
    await attach(iam, LOGS);
    await attach(iam, own);
    await attach(iam, LOGS);
    assert.deepEqual((await list(iam)).AttachedPolicies, [
      { PolicyName: 'CloudWatchLogsFullAccess', PolicyArn: LOGS },
      { PolicyName: 'own', PolicyArn: own },
    ]);
    const { AttachedPolicies: ofTeam } = await list(iam, { PathPrefix: '/team/' });
    assert.deepEqual(ofTeam, [{ PolicyName: 'own', PolicyArn: own }]);
    await refusedBy(
      iam.send(new DeletePolicyCommand({ PolicyArn: own })),
      'DeleteConflict',
      409,
      'Cannot delete a policy attached to entities.',
    );
    const detach = () => iam.send(new DetachRolePolicyCommand({ RoleName: 'app', PolicyArn: own }));
    await detach();
    await refusedBy(detach(), 'NoSuchEntity', 404, `Policy ${own} was not found.`);
    await iam.send(new DeletePolicyCommand({ PolicyArn: own }));
  });

  it('must be there', async () => {
    const iam = await withRole();
    for (const arn of ['arn:aws:iam::aws:policy/None', 'arn:aws:iam::111122223333:policy/none']) {
      const message = `Policy ${arn} does not exist or is not attachable.`;
      await refusedBy(attach(iam, arn), 'NoSuchEntity', 404, message);
    }
    await refusedBy(
      attach(iam, 'arn:aws:iam::aws:role/AdministratorAccess'),
      'InvalidInput',
      400,
      'ARN arn:aws:iam::aws:role/AdministratorAccess is not valid.',
    );
  });

  it('are twenty at most', async () => {
    const iam = await withRole();
    for (let n = 0; n <= 20; n += 1) {
      const input = { PolicyName: `p${n}`, PolicyDocument: allowing('s3:*') };
      const { Policy } = await iam.send(new CreatePolicyCommand(input));
      const attached = attach(iam, Policy?.Arn ?? '');
      if (n < 20) await attached;
      else await refusedBy(attached, 'LimitExceeded', 409, 'Cannot exceed quota for PoliciesPerRole: 20');
    }
  });
});
