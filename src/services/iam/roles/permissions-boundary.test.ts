import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  GetPolicyCommand,
  GetRoleCommand,
  type IAMClient,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListRolesCommand,
  PutRolePermissionsBoundaryCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam';
import {
  allowing,
  IamUnderTest,
  refusedBy,
  TASKS_TRUST,
} from '../../../../test/support/iam/iam-under-test.ts';

const LOGS = 'arn:aws:iam::aws:policy/CloudWatchLogsFullAccess';
const OWN = 'arn:aws:iam::111122223333:policy/own';

async function withPolicy(): Promise<IAMClient> {
  const iam = new IamUnderTest().client();
  await iam.send(new CreatePolicyCommand({ PolicyName: 'own', PolicyDocument: allowing('s3:*') }));
  return iam;
}

const make = (iam: IAMClient, over: object = {}) =>
  iam.send(new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: TASKS_TRUST, ...over }));
const put = (iam: IAMClient, PermissionsBoundary: string, RoleName = 'app') =>
  iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));
const remove = (iam: IAMClient) => iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'app' }));
const shown = async (iam: IAMClient) =>
  (await iam.send(new GetRoleCommand({ RoleName: 'app' }))).Role?.PermissionsBoundary;

describe('a permissions boundary', () => {
  it('is given with the role, and told with it', async () => {
    const iam = await withPolicy();
    const boundary = { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: OWN };
    const { Role } = await make(iam, { PermissionsBoundary: OWN });
    assert.deepEqual(Role?.PermissionsBoundary, boundary);
    assert.deepEqual(await shown(iam), boundary);
    const { Roles = [] } = await iam.send(new ListRolesCommand({}));
    assert.equal(
      Roles.some(({ PermissionsBoundary }) => PermissionsBoundary !== undefined),
      false,
    );
  });

  it('is put, put again, kept by other changes, taken away', async () => {
    const iam = await withPolicy();
    await make(iam);
    assert.equal(await shown(iam), undefined);
    await put(iam, OWN);
    await put(iam, LOGS);
    await iam.send(new UpdateRoleCommand({ RoleName: 'app', Description: 'bounded' }));
    assert.equal((await shown(iam))?.PermissionsBoundaryArn, LOGS);
    await remove(iam);
    await remove(iam);
    assert.equal(await shown(iam), undefined);
  });

  it('is a policy that there is, of a role that is the user’s own', async () => {
    const iam = await withPolicy();
    await refusedBy(put(iam, OWN), 'NoSuchEntity', 404, 'The role with name app cannot be found.');
    await make(iam);
    await refusedBy(put(iam, 'own'), 'InvalidInput', 400, 'ARN own is not valid.');
    const none = `${OWN}2`;
    const words = `Scope ARN: ${none} does not exist or is not attachable.`;
    await refusedBy(put(iam, none), 'NoSuchEntity', 404, words);
    await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: 'ecs.amazonaws.com' }));
    await refusedBy(
      put(iam, OWN, 'AWSServiceRoleForECS'),
      'UnmodifiableEntity',
      400,
      /only modifiable by AWS$/,
    );
  });

  it('keeps its policy from being deleted', async () => {
    const iam = await withPolicy();
    await make(iam, { PermissionsBoundary: OWN });
    const deletion = () => iam.send(new DeletePolicyCommand({ PolicyArn: OWN }));
    await refusedBy(deletion(), 'DeleteConflict', 409, 'Cannot delete a policy attached to entities.');
    await iam.send(new DeleteRoleCommand({ RoleName: 'app' }));
    await deletion();
  });

  it('is counted and listed apart from attached policies', async () => {
    const iam = await withPolicy();
    await make(iam, { PermissionsBoundary: OWN });
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: OWN }));
    assert.deepEqual([Policy?.AttachmentCount, Policy?.PermissionsBoundaryUsageCount], [0, 1]);
    const listed = async (input: object) =>
      (await iam.send(new ListPoliciesCommand(input))).Policies?.map(({ PolicyName }) => PolicyName);
    assert.deepEqual(await listed({ PolicyUsageFilter: 'PermissionsBoundary' }), ['own']);
    assert.deepEqual(await listed({ Scope: 'Local', OnlyAttached: true }), []);
    const roles = async (over: object = {}) => {
      const input = { PolicyArn: OWN, ...over };
      const { PolicyRoles = [] } = await iam.send(new ListEntitiesForPolicyCommand(input));
      return PolicyRoles.map(({ RoleName }) => RoleName);
    };
    assert.deepEqual(await roles(), ['app']);
    assert.deepEqual(await roles({ PolicyUsageFilter: 'PermissionsBoundary' }), ['app']);
    assert.deepEqual(await roles({ PolicyUsageFilter: 'PermissionsPolicy' }), []);
  });
});
