import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  type IAMClient,
  ListInstanceProfilesForRoleCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from '@aws-sdk/client-iam';
import {
  allowing,
  IAM_NOW,
  IamUnderTest,
  refusedBy,
  TASKS_TRUST,
  trusting,
} from '../../../../test/support/iam/iam-under-test.ts';

const NONE = 'arn:aws:iam::111122223333:policy/none';
const LOGS = 'arn:aws:iam::aws:policy/CloudWatchLogsFullAccess';

function make(iam: IAMClient, over: object = {}) {
  return iam.send(new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: TASKS_TRUST, ...over }));
}

describe('roles of IAM', () => {
  it('are made and told with all that was given', async () => {
    const iam = new IamUnderTest().client();
    const { Role: made } = await make(iam, {
      Path: '/team/',
      Description: 'of the app',
      MaxSessionDuration: 7200,
      Tags: [{ Key: 'team', Value: 'blue' }],
    });
    assert.match(made?.RoleId ?? '', /^AROA[A-Z2-7]{17}$/);
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'app' }));
    assert.deepEqual(Role, {
      Path: '/team/',
      RoleName: 'app',
      RoleId: made?.RoleId,
      Arn: 'arn:aws:iam::111122223333:role/team/app',
      CreateDate: new Date(IAM_NOW),
      AssumeRolePolicyDocument: encodeURIComponent(TASKS_TRUST),
      Description: 'of the app',
      MaxSessionDuration: 7200,
      Tags: [{ Key: 'team', Value: 'blue' }],
      RoleLastUsed: {},
    });
  });

  it('are refused with what is wrong in them', async () => {
    const iam = new IamUnderTest().client();
    await make(iam);
    const refused = (over: object, code: string, status: number, message: RegExp | string) =>
      refusedBy(make(iam, over), code, status, message);
    await refused({}, 'EntityAlreadyExists', 409, 'Role with name app already exists.');
    await refused({ RoleName: 'APP' }, 'EntityAlreadyExists', 409, 'Role with name APP already exists.');
    await refused(
      { RoleName: 'a b' },
      'ValidationError',
      400,
      /^The specified value for roleName is invalid/,
    );
    await refused({ RoleName: 'a'.repeat(65) }, 'ValidationError', 400, /length less than or equal to 64$/);
    await refused({ Path: 'team' }, 'ValidationError', 400, /^The specified value for path is invalid/);
    await refused({ Path: '/aws-service-role/' }, 'ValidationError', 400, /path is invalid/);
    await refused({ MaxSessionDuration: 3599 }, 'ValidationError', 400, /greater than or equal to 3600$/);
    await refused({ MaxSessionDuration: 43_201 }, 'ValidationError', 400, /less than or equal to 43200$/);
    await refused({ Description: 'x'.repeat(1001) }, 'ValidationError', 400, /less than or equal to 1000$/);
    await refused(
      { RoleName: 'other', PermissionsBoundary: NONE },
      'NoSuchEntity',
      404,
      `Scope ARN: ${NONE} does not exist or is not attachable.`,
    );
    await refused(
      { RoleName: 'other', PermissionsBoundary: 'logs' },
      'InvalidInput',
      400,
      'ARN logs is not valid.',
    );
    const document = (text: string, message: string) =>
      refused({ RoleName: 'other', AssumeRolePolicyDocument: text }, 'MalformedPolicyDocument', 400, message);
    await document('{', 'This policy contains invalid Json');
    await document(allowing('sts:AssumeRole'), 'Has prohibited field Resource');
    const long = trusting({ AWS: Array.from({ length: 150 }, (_, n) => String(100_000_000_000 + n)) });
    await refused(
      { RoleName: 'other', AssumeRolePolicyDocument: long },
      'LimitExceeded',
      409,
      'Cannot exceed quota for ACLSizePerRole: 2048',
    );
  });

  it('are of an account', async () => {
    const iam = new IamUnderTest();
    await make(iam.client());
    const other = iam.client('444455556666');
    await refusedBy(
      other.send(new GetRoleCommand({ RoleName: 'app' })),
      'NoSuchEntity',
      404,
      'The role with name app cannot be found.',
    );
  });

  it('are listed by path, page by page, with the one that is there from the start', async () => {
    const iam = new IamUnderTest().client();
    for (const n of [1, 2, 3]) await make(iam, { RoleName: `r${n}`, Path: n < 3 ? '/a/' : '/b/' });
    const names = async (input: object) => {
      const { Roles = [], IsTruncated, Marker } = await iam.send(new ListRolesCommand(input));
      return { names: Roles.map(({ RoleName }) => RoleName), IsTruncated, Marker };
    };
    assert.deepEqual((await names({})).names, ['ecsTaskExecutionRole', 'r1', 'r2', 'r3']);
    assert.deepEqual((await names({ PathPrefix: '/a' })).names, ['r1', 'r2']);
    const first = await names({ MaxItems: 3 });
    assert.deepEqual([first.names.length, first.IsTruncated], [3, true]);
    const { Marker } = first;
    assert.deepEqual(await names({ MaxItems: 3, Marker }), {
      names: ['r3'],
      IsTruncated: false,
      Marker: undefined,
    });
    await refusedBy(names({ Marker: 'x' }), 'ValidationError', 400, 'Invalid token.');
    await refusedBy(names({ MaxItems: 1001 }), 'ValidationError', 400, /'maxItems' failed/);
  });

  it('are changed: description, longest session, trust', async () => {
    const iam = new IamUnderTest().client();
    await make(iam, { Description: 'one' });
    await iam.send(new UpdateRoleCommand({ RoleName: 'app', MaxSessionDuration: 5000 }));
    const trust = trusting({ AWS: '111122223333' });
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'app', PolicyDocument: trust }));
    const described = { RoleName: 'app', Description: 'two' };
    const { Role } = await iam.send(new UpdateRoleDescriptionCommand(described));
    assert.deepEqual([Role?.Description, Role?.MaxSessionDuration], ['two', 5000]);
    assert.equal(Role?.AssumeRolePolicyDocument, encodeURIComponent(trust));
    await refusedBy(
      iam.send(new UpdateRoleCommand({ RoleName: 'none', Description: 'x' })),
      'NoSuchEntity',
      404,
      'The role with name none cannot be found.',
    );
  });

  it('have tags', async () => {
    const iam = new IamUnderTest().client();
    await make(iam, { Tags: [{ Key: 'a', Value: '1' }] });
    const tag = (Tags: { Key: string; Value: string }[]) =>
      iam.send(new TagRoleCommand({ RoleName: 'app', Tags }));
    await tag([
      { Key: 'a', Value: '2' },
      { Key: 'b', Value: '' },
    ]);
    await iam.send(new UntagRoleCommand({ RoleName: 'app', TagKeys: ['c', 'b'] }));
    const { Tags, IsTruncated } = await iam.send(new ListRoleTagsCommand({ RoleName: 'app' }));
    assert.deepEqual([Tags, IsTruncated], [[{ Key: 'a', Value: '2' }], false]);
    await refusedBy(tag([{ Key: 'aws:x', Value: '' }]), 'ValidationError', 400, /reserved prefix aws:/);
    const many = Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}`, Value: '' }));
    await refusedBy(tag(many), 'ValidationError', 400, /'tags' failed/);
  });

  it('go only without policies', async () => {
    const iam = new IamUnderTest().client();
    await make(iam);
    const attached = { RoleName: 'app', PolicyArn: LOGS };
    const inline = { RoleName: 'app', PolicyName: 'own' };
    await iam.send(new AttachRolePolicyCommand(attached));
    await iam.send(new PutRolePolicyCommand({ ...inline, PolicyDocument: allowing('s3:*') }));
    const remove = () => iam.send(new DeleteRoleCommand({ RoleName: 'app' }));
    await refusedBy(remove(), 'DeleteConflict', 409, 'Cannot delete entity, must detach all policies first.');
    await iam.send(new DetachRolePolicyCommand(attached));
    await refusedBy(remove(), 'DeleteConflict', 409, 'Cannot delete entity, must delete policies first.');
    await iam.send(new DeleteRolePolicyCommand(inline));
    const profiles = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName: 'app' }));
    assert.deepEqual([profiles.InstanceProfiles, profiles.IsTruncated], [[], false]);
    await remove();
    await refusedBy(remove(), 'NoSuchEntity', 404, 'The role with name app cannot be found.');
  });

  it('of the service ECS are made once, and not changed by users', async () => {
    const iam = new IamUnderTest().client();
    const link = (AWSServiceName: string) => iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName }));
    const { Role } = await link('ecs.amazonaws.com');
    assert.equal(
      Role?.Arn,
      'arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS',
    );
    await refusedBy(link('ecs.amazonaws.com'), 'InvalidInput', 400, /has been taken in this account/);
    await refusedBy(link('rds.amazonaws.com'), 'InvalidInput', 400, /not supported here/);
    await refusedBy(
      iam.send(new DeleteRoleCommand({ RoleName: 'AWSServiceRoleForECS' })),
      'UnmodifiableEntity',
      400,
      /protected role 'AWSServiceRoleForECS'/,
    );
  });
});
