import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { EfsUnderTest, refusesEfs } from '../../../../test/support/efs/efs-under-test.ts';

const MOUNT = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'elasticfilesystem:ClientMount' };

const policyOf = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

describe('policies of file systems', () => {
  let efs: EfsUnderTest;
  let id: string;
  beforeEach(async () => {
    efs = new EfsUnderTest();
    id = await efs.fileSystem();
  });

  it('are shown as they were put, until they are deleted', async () => {
    const arn = `arn:aws:elasticfilesystem:eu-west-1:000000000000:file-system/${id}`;
    const policy = policyOf({ ...MOUNT, Resource: arn });
    const { $metadata: _, ...put } = await efs.client.putFileSystemPolicy({
      FileSystemId: id,
      Policy: policy,
    });
    assert.deepEqual(put, { FileSystemId: id, Policy: policy });
    const shown = await efs.client.describeFileSystemPolicy({ FileSystemId: id });
    assert.equal(shown.Policy, policy);
    await efs.client.deleteFileSystemPolicy({ FileSystemId: id });
    const nothing = efs.client.describeFileSystemPolicy({ FileSystemId: id });
    await refusesEfs(nothing, 'PolicyNotFound', `File system '${id}' has no policy.`, 404);
    await efs.client.deleteFileSystemPolicy({ FileSystemId: id });
  });

  const INVALID: readonly [name: string, policy: string, message: RegExp][] = [
    ['what is no JSON', '{', /not a valid policy document/],
    ['an unknown member', policyOf({ ...MOUNT, Effects: 'Allow' }), /not a valid policy document/],
    ['a statement without a principal', policyOf({ ...MOUNT, Principal: undefined }), /a principal/],
    ['an action of another service', policyOf({ ...MOUNT, Action: 's3:GetObject' }), /actions/],
    [
      'another file system',
      policyOf({
        ...MOUNT,
        Resource: 'arn:aws:elasticfilesystem:eu-west-1:000000000000:file-system/fs-01234567',
      }),
      /resources/,
    ],
  ];
  for (const [name, policy, message] of INVALID) {
    it(`refuse ${name}`, async () => {
      const request = { FileSystemId: id, Policy: policy };
      await refusesEfs(efs.client.putFileSystemPolicy(request), 'InvalidPolicyException', message);
    });
  }

  it('refuse a text that is too long', async () => {
    const request = { FileSystemId: id, Policy: ' '.repeat(20_001) };
    await refusesEfs(efs.client.putFileSystemPolicy(request), 'ValidationException', / at 'policy' /);
  });

  it('keep nobody from changing them later, unless he asks for that', async () => {
    const policy = policyOf(MOUNT, { ...MOUNT, Effect: 'Deny', Action: '*' });
    const request = { FileSystemId: id, Policy: policy };
    await refusesEfs(
      efs.client.putFileSystemPolicy(request),
      'InvalidPolicyException',
      /BypassPolicyLockoutSafetyCheck/,
    );
    await efs.client.putFileSystemPolicy({ ...request, BypassPolicyLockoutSafetyCheck: true });
  });

  it('may deny all that comes without TLS', async () => {
    const Policy = policyOf({
      ...{ ...MOUNT, Effect: 'Deny', Action: '*' },
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
    await efs.client.putFileSystemPolicy({ FileSystemId: id, Policy });
  });
});
