import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  type IAMClient,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListPolicyTagsCommand,
  ListPolicyVersionsCommand,
  SetDefaultPolicyVersionCommand,
  TagPolicyCommand,
  UntagPolicyCommand,
} from '@aws-sdk/client-iam';
import { AWS_MANAGED_POLICIES } from '../../../domain/iam/aws-managed-policies.ts';
import { policyFault } from '../../../domain/iam/check-policy.ts';
import { allowing, IAM_NOW, IamUnderTest, refusedBy } from '../../../../test/support/iam/iam-under-test.ts';

const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess';
const OWN = 'arn:aws:iam::111122223333:policy/own';

const make = (iam: IAMClient, over: object = {}) =>
  iam.send(new CreatePolicyCommand({ PolicyName: 'own', PolicyDocument: allowing('s3:*'), ...over }));

const addVersion = (iam: IAMClient, action: string, SetAsDefault?: boolean) =>
  iam.send(
    new CreatePolicyVersionCommand({
      PolicyArn: OWN,
      PolicyDocument: allowing(action),
      ...(SetAsDefault !== undefined && { SetAsDefault }),
    }),
  );

describe('managed policies', () => {
  it('are made, told, deleted', async () => {
    const iam = new IamUnderTest().client();
    const { Policy: made } = await make(iam, { Description: 'mine', Tags: [{ Key: 'a', Value: 'b' }] });
    assert.match(made?.PolicyId ?? '', /^ANPA[A-Z2-7]{17}$/);
    const get = () => iam.send(new GetPolicyCommand({ PolicyArn: OWN }));
    assert.deepEqual((await get()).Policy, {
      PolicyName: 'own',
      PolicyId: made?.PolicyId,
      Arn: OWN,
      Path: '/',
      DefaultVersionId: 'v1',
      AttachmentCount: 0,
      PermissionsBoundaryUsageCount: 0,
      IsAttachable: true,
      Description: 'mine',
      CreateDate: new Date(IAM_NOW),
      UpdateDate: new Date(IAM_NOW),
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    await iam.send(new DeletePolicyCommand({ PolicyArn: OWN }));
    await refusedBy(get(), 'NoSuchEntity', 404, `Policy ${OWN} was not found.`);
  });

  it('are refused with what is wrong in them', async () => {
    const iam = new IamUnderTest().client();
    await make(iam);
    await refusedBy(
      make(iam, { PolicyName: 'OWN', Path: '/x/' }),
      'EntityAlreadyExists',
      409,
      'A policy called OWN already exists. Duplicate names are not allowed.',
    );
    await refusedBy(make(iam, { PolicyDocument: '{' }), 'MalformedPolicyDocument', 400, /^Syntax errors/);
    await refusedBy(make(iam, { PolicyName: 'a'.repeat(129) }), 'ValidationError', 400, /to 128$/);
    const long = allowing('s3:GetObject', `arn:aws:s3:::${'b'.repeat(6144)}`);
    await refusedBy(
      make(iam, { PolicyName: 'long', PolicyDocument: long }),
      'LimitExceeded',
      409,
      'Cannot exceed quota for PolicySize: 6144',
    );
  });

  it('have versions, of which one counts', async () => {
    const iam = new IamUnderTest().client();
    await make(iam);
    const second = await addVersion(iam, 'ssm:*', true);
    assert.deepEqual([second.PolicyVersion?.VersionId, second.PolicyVersion?.IsDefaultVersion], ['v2', true]);
    const version = async (VersionId: string) => {
      const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn: OWN, VersionId }));
      return [decodeURIComponent(PolicyVersion?.Document ?? ''), PolicyVersion?.IsDefaultVersion];
    };
    assert.deepEqual(await version('v1'), [allowing('s3:*'), false]);
    assert.deepEqual(await version('v2'), [allowing('ssm:*'), true]);
    await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn: OWN, VersionId: 'v1' }));
    assert.deepEqual(await version('v1'), [allowing('s3:*'), true]);
    const remove = (VersionId: string) =>
      iam.send(new DeletePolicyVersionCommand({ PolicyArn: OWN, VersionId }));
    await refusedBy(remove('v1'), 'DeleteConflict', 409, 'Cannot delete the default version of a policy.');
    await refusedBy(
      iam.send(new DeletePolicyCommand({ PolicyArn: OWN })),
      'DeleteConflict',
      409,
      /^This policy has more than one version\./,
    );
    await remove('v2');
    await refusedBy(
      version('v2'),
      'NoSuchEntity',
      404,
      `Policy ${OWN} version v2 does not exist or is not attachable.`,
    );
    await refusedBy(version('2'), 'ValidationError', 400, /'versionId' failed/);
    assert.equal(
      (await addVersion(iam, 's3:*')).PolicyVersion?.VersionId,
      'v3',
      'numbers are not used again',
    );
    const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn: OWN }));
    assert.deepEqual(
      Versions.map(({ VersionId }) => VersionId),
      ['v3', 'v1'],
    );
  });

  it('have five versions at most', async () => {
    const iam = new IamUnderTest().client();
    await make(iam);
    for (let n = 2; n <= 5; n += 1) await addVersion(iam, 's3:*');
    await refusedBy(
      addVersion(iam, 's3:*'),
      'LimitExceeded',
      409,
      /^A managed policy can have up to 5 versions\./,
    );
  });

  it('of AWS are told with their documents, and changed by nobody', async () => {
    const iam = new IamUnderTest().client();
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: ADMINISTRATOR }));
    const { PolicyVersion } = await iam.send(
      new GetPolicyVersionCommand({ PolicyArn: ADMINISTRATOR, VersionId: Policy?.DefaultVersionId ?? '' }),
    );
    assert.equal(decodeURIComponent(PolicyVersion?.Document ?? ''), allowing('*'));
    await refusedBy(
      iam.send(new DeletePolicyCommand({ PolicyArn: ADMINISTRATOR })),
      'AccessDenied',
      403,
      'Policy is outside your own account.',
    );
    for (const { policyName, document } of AWS_MANAGED_POLICIES) {
      assert.equal(policyFault(document, 'identity'), undefined, policyName);
    }
  });

  it('are listed by whose they are, and whether roles have them', async () => {
    const iam = new IamUnderTest().client();
    await make(iam);
    const names = async (input: object) =>
      (await iam.send(new ListPoliciesCommand(input))).Policies?.map(({ PolicyName }) => PolicyName);
    assert.deepEqual(await names({ Scope: 'Local' }), ['own']);
    assert.equal((await names({ Scope: 'AWS' }))?.includes('ReadOnlyAccess'), true);
    assert.deepEqual(await names({ OnlyAttached: true }), ['AmazonECSTaskExecutionRolePolicy']);
    assert.deepEqual(await names({ PolicyUsageFilter: 'PermissionsBoundary' }), []);
    const all: (string | undefined)[] = [];
    for (let Marker: string | undefined, more = true; more; ) {
      const page = await iam.send(new ListPoliciesCommand({ MaxItems: 7, ...(Marker && { Marker }) }));
      all.push(...(page.Policies ?? []).map(({ Arn }) => Arn));
      Marker = page.Marker;
      more = page.IsTruncated ?? false;
    }
    assert.equal(new Set(all).size, AWS_MANAGED_POLICIES.length + 1);
    await refusedBy(names({ Scope: 'Mine' }), 'ValidationError', 400, /enum value set: \[AWS, All, Local\]/);
  });

  it('say which roles have them', async () => {
    const iam = new IamUnderTest().client();
    await make(iam);
    const attached = { RoleName: 'ecsTaskExecutionRole', PolicyArn: OWN };
    await iam.send(new AttachRolePolicyCommand(attached));
    const entities = (over: object = {}) =>
      iam.send(new ListEntitiesForPolicyCommand({ PolicyArn: OWN, ...over }));
    const { PolicyRoles = [], PolicyUsers, PolicyGroups } = await entities();
    assert.deepEqual(
      PolicyRoles.map(({ RoleName }) => RoleName),
      ['ecsTaskExecutionRole'],
    );
    assert.deepEqual([PolicyUsers, PolicyGroups], [[], []]);
    assert.deepEqual((await entities({ EntityFilter: 'User' })).PolicyRoles, []);
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: OWN }));
    assert.equal(Policy?.AttachmentCount, 1);
  });

  it('have tags', async () => {
    const iam = new IamUnderTest().client();
    await make(iam);
    const tags = [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ];
    await iam.send(new TagPolicyCommand({ PolicyArn: OWN, Tags: tags }));
    await iam.send(new UntagPolicyCommand({ PolicyArn: OWN, TagKeys: ['a'] }));
    const { Tags } = await iam.send(new ListPolicyTagsCommand({ PolicyArn: OWN }));
    assert.deepEqual(Tags, [{ Key: 'b', Value: '2' }]);
  });
});
