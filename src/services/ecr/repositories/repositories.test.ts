import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import {
  EcrUnderTest,
  OTHER_ACCOUNT,
  refusesEcr,
  rootOf,
} from '../../../../test/support/ecr/ecr-under-test.ts';

let ecr: EcrUnderTest;
beforeEach(() => {
  ecr = new EcrUnderTest();
});

const names = async (request = {}) => {
  const { repositories = [], nextToken } = await ecr.client.describeRepositories(request);
  return { names: repositories.map(({ repositoryName }) => repositoryName), nextToken };
};

describe('CreateRepository', () => {
  it('says where to push, and shows the defaults', async () => {
    const { repository } = await ecr.client.createRepository({ repositoryName: 'team/web' });
    assert.deepEqual(repository, {
      repositoryArn: 'arn:aws:ecr:eu-west-1:000000000000:repository/team/web',
      registryId: '000000000000',
      repositoryName: 'team/web',
      repositoryUri: '000000000000.dkr.ecr.eu-west-1.amazonaws.com/team/web',
      createdAt: new Date(ecr.clock.now()),
      imageTagMutability: 'MUTABLE',
      imageScanningConfiguration: { scanOnPush: false },
      encryptionConfiguration: { encryptionType: 'AES256' },
    });
  });

  it('keeps what it is given', async () => {
    await ecr.client.createRepository({
      repositoryName: 'web',
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }],
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: 'KMS', kmsKey: 'alias/mine' },
      tags: [{ Key: 'team', Value: 'a' }],
    });
    const { repositories: [web] = [] } = await ecr.client.describeRepositories({ repositoryNames: ['web'] });
    assert.equal(web?.imageTagMutability, 'IMMUTABLE_WITH_EXCLUSION');
    assert.deepEqual(web?.imageTagMutabilityExclusionFilters, [{ filterType: 'WILDCARD', filter: 'dev-*' }]);
    assert.deepEqual(web?.imageScanningConfiguration, { scanOnPush: true });
    assert.deepEqual(web?.encryptionConfiguration, { encryptionType: 'KMS', kmsKey: 'alias/mine' });
    const { tags } = await ecr.client.listTagsForResource({ resourceArn: web?.repositoryArn });
    assert.deepEqual(tags, [{ Key: 'team', Value: 'a' }]);
  });

  it('refuses a name that is taken, in this account and region only', async () => {
    await ecr.client.createRepository({ repositoryName: 'web' });
    await refusesEcr(
      ecr.client.createRepository({ repositoryName: 'web' }),
      'RepositoryAlreadyExistsException',
      "The repository with name 'web' already exists in the registry with id '000000000000'",
    );
    await ecr.clientOf(OTHER_ACCOUNT).createRepository({ repositoryName: 'web' });
    await ecr.clientOf({ ...OTHER_ACCOUNT, region: 'us-east-1' }).createRepository({ repositoryName: 'web' });
  });

  const wrongNames = ['w', 'Web', 'web/', '/web', 'a//b', 'web:1', '../etc', 'a'.repeat(257), 'web_-x'];
  for (const repositoryName of wrongNames) {
    it(`refuses the name ${repositoryName.slice(0, 20)}`, () =>
      refusesEcr(
        ecr.client.createRepository({ repositoryName }),
        'InvalidParameterException',
        /^Invalid parameter at 'repositoryName' failed to satisfy constraint: '/,
      ));
  }

  it('refuses exclusions that go with no mutability, and mutabilities without theirs', async () => {
    const create = (more: object) => ecr.client.createRepository({ repositoryName: 'web', ...more });
    const filters = [{ filterType: 'WILDCARD' as const, filter: 'a*' }];
    for (const more of [
      { imageTagMutability: 'SOMETIMES' },
      { imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION' },
      { imageTagMutabilityExclusionFilters: filters },
      {
        imageTagMutability: 'MUTABLE_WITH_EXCLUSION',
        imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'a*b*c*' }],
      },
    ]) {
      await refusesEcr(create(more), 'InvalidParameterException', /^Invalid parameter at /);
    }
  });

  it('refuses to make one in another account', () =>
    refusesEcr(
      ecr.client.createRepository({ repositoryName: 'web', registryId: OTHER_ACCOUNT.account }),
      'AccessDeniedException',
      /^User: arn:aws:iam::000000000000:root is not authorized to perform: ecr:CreateRepository on resource: /,
    ));
});

describe('DescribeRepositories', () => {
  it('shows all by name, a page at a time', async () => {
    for (const repositoryName of ['web', 'api', 'team/api', 'zoo', 'db']) {
      await ecr.client.createRepository({ repositoryName });
    }
    const first = await names({ maxResults: 2 });
    assert.deepEqual(first.names, ['api', 'db']);
    const second = await names({ maxResults: 3, nextToken: first.nextToken });
    assert.deepEqual(second, { names: ['team/api', 'web', 'zoo'], nextToken: undefined });
    assert.deepEqual((await ecr.clientOf(OTHER_ACCOUNT).describeRepositories({})).repositories, []);
  });

  it('refuses names that are not there, pages of named ones, and tokens that are not its own', async () => {
    await ecr.client.createRepository({ repositoryName: 'web' });
    const text = "The repository with name 'none' does not exist in the registry with id '000000000000'";
    await refusesEcr(names({ repositoryNames: ['web', 'none'] }), 'RepositoryNotFoundException', text);
    const bad = [{ repositoryNames: ['web'], maxResults: 1 }, { maxResults: 1001 }, { nextToken: 'x' }];
    for (const request of bad) await refusesEcr(names(request), 'InvalidParameterException', /./);
  });
});

describe('DeleteRepository', () => {
  it('goes on when the repository changes at the same moment', async () => {
    const { client } = ecr;
    await client.createRepository({ repositoryName: 'web' });
    const change = (imageTagMutability: 'IMMUTABLE' | 'MUTABLE') =>
      client.putImageTagMutability({ repositoryName: 'web', imageTagMutability }).catch(() => undefined);
    const changes = Array.from({ length: 10 }, (_, index) =>
      change(index % 2 === 0 ? 'IMMUTABLE' : 'MUTABLE'),
    );
    const [deleted] = await Promise.all([client.deleteRepository({ repositoryName: 'web' }), ...changes]);
    assert.equal(deleted.repository?.repositoryName, 'web');
  });

  it('says what it deleted; the name may be used again', async () => {
    const { repository } = await ecr.client.createRepository({ repositoryName: 'web' });
    const deleted = await ecr.client.deleteRepository({ repositoryName: 'web' });
    assert.deepEqual(deleted.repository, repository);
    await refusesEcr(
      ecr.client.deleteRepository({ repositoryName: 'web' }),
      'RepositoryNotFoundException',
      /'web' does not exist/,
    );
    await ecr.client.createRepository({ repositoryName: 'web' });
  });
});

describe('PutImageTagMutability and PutImageScanningConfiguration', () => {
  it('change the repository', async () => {
    await ecr.client.createRepository({ repositoryName: 'web' });
    const changed = await ecr.client.putImageTagMutability({
      repositoryName: 'web',
      imageTagMutability: 'IMMUTABLE',
    });
    assert.deepEqual(
      [changed.imageTagMutability, changed.registryId, changed.repositoryName],
      ['IMMUTABLE', '000000000000', 'web'],
    );
    await ecr.client.putImageScanningConfiguration({
      repositoryName: 'web',
      imageScanningConfiguration: { scanOnPush: true },
    });
    const { repositories: [web] = [] } = await ecr.client.describeRepositories({});
    assert.equal(web?.imageTagMutability, 'IMMUTABLE');
    assert.equal(web?.imageScanningConfiguration?.scanOnPush, true);
  });

  it('need a repository', () =>
    refusesEcr(
      ecr.client.putImageTagMutability({ repositoryName: 'none', imageTagMutability: 'MUTABLE' }),
      'RepositoryNotFoundException',
      /'none' does not exist/,
    ));
});

describe('GetAuthorizationToken', () => {
  it('gives a password for twelve hours, and names the registries', async () => {
    const { authorizationData = [] } = await ecr.client.getAuthorizationToken({});
    const [data] = authorizationData;
    assert.equal(data?.proxyEndpoint, 'https://000000000000.dkr.ecr.eu-west-1.amazonaws.com');
    assert.equal(data?.expiresAt?.getTime(), ecr.clock.now() + 12 * 3_600_000);
    const [user, password = ''] = Buffer.from(data?.authorizationToken ?? '', 'base64')
      .toString()
      .split(':');
    assert.equal(user, 'AWS');
    assert.equal(ecr.tokens.verify(password)?.principalArn, rootOf({ account: '000000000000', region: '' }));
    const some = await ecr.client.getAuthorizationToken({ registryIds: ['222222222222', '333333333333'] });
    assert.deepEqual(
      some.authorizationData?.map(({ proxyEndpoint }) => proxyEndpoint),
      ['222222222222', '333333333333'].map((id) => `https://${id}.dkr.ecr.eu-west-1.amazonaws.com`),
    );
  });
});

describe('Policies and tags of repositories', () => {
  const policyText = JSON.stringify({ Version: '2008-10-17', Statement: [] });
  const lifecyclePolicyText = JSON.stringify({
    rules: [
      {
        rulePriority: 1,
        selection: { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 1 },
        action: { type: 'expire' },
      },
    ],
  });
  beforeEach(() => ecr.client.createRepository({ repositoryName: 'web' }));
  const web = { repositoryName: 'web' };

  it('are kept, shown and deleted: the repository policy', async () => {
    const missing = () =>
      refusesEcr(ecr.client.getRepositoryPolicy(web), 'RepositoryPolicyNotFoundException', /'web'/);
    await missing();
    await ecr.client.setRepositoryPolicy({ ...web, policyText });
    assert.equal((await ecr.client.getRepositoryPolicy(web)).policyText, policyText);
    assert.equal((await ecr.client.deleteRepositoryPolicy(web)).policyText, policyText);
    await missing();
  });

  it('are kept, shown and deleted: the lifecycle policy', async () => {
    const missing = () =>
      refusesEcr(ecr.client.getLifecyclePolicy(web), 'LifecyclePolicyNotFoundException', /'web'/);
    await missing();
    await ecr.client.putLifecyclePolicy({ ...web, lifecyclePolicyText });
    assert.equal((await ecr.client.getLifecyclePolicy(web)).lifecyclePolicyText, lifecyclePolicyText);
    assert.equal((await ecr.client.deleteLifecyclePolicy(web)).lifecyclePolicyText, lifecyclePolicyText);
    await missing();
  });

  it('are refused when they are no policies', async () => {
    for (const text of ['no JSON', '[]', '{"Statement":1}', '{}']) {
      await refusesEcr(
        ecr.client.setRepositoryPolicy({ ...web, policyText: text }),
        'InvalidParameterException',
        /Invalid repository policy provided/,
      );
    }
    await refusesEcr(
      ecr.client.putLifecyclePolicy({ ...web, lifecyclePolicyText: ' '.repeat(100) }),
      'InvalidParameterException',
      /not valid JSON/,
    );
  });

  it('tags are added, replaced and taken away', async () => {
    const resourceArn = 'arn:aws:ecr:eu-west-1:000000000000:repository/web';
    const tag = (...tags: { Key: string; Value: string }[]) => ecr.client.tagResource({ resourceArn, tags });
    await tag({ Key: 'a', Value: '1' }, { Key: 'b', Value: '2' });
    await tag({ Key: 'a', Value: '3' });
    await ecr.client.untagResource({ resourceArn, tagKeys: ['b', 'c'] });
    assert.deepEqual((await ecr.client.listTagsForResource({ resourceArn })).tags, [
      { Key: 'a', Value: '3' },
    ]);
    const many = Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}`, Value: '' }));
    await refusesEcr(tag(...many), 'TooManyTagsException', /at most 50 tags/);
    await refusesEcr(
      ecr.client.listTagsForResource({ resourceArn: resourceArn.replace('web', 'none') }),
      'RepositoryNotFoundException',
      /'none'/,
    );
  });
});
