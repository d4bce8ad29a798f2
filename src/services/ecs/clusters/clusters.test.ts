import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { EcsUnderTest, refuses } from '../../../../test/support/ecs/ecs-under-test.ts';
import { expireEcsRecords } from '../retention.ts';

const ARN = 'arn:aws:ecs:eu-west-1:000000000000:cluster/';
let ecs: EcsUnderTest;
beforeEach(() => {
  ecs = new EcsUnderTest();
});

describe('CreateCluster', () => {
  it('makes `default` when no name is given', async () => {
    const { cluster } = await ecs.call('CreateCluster', {});
    assert.deepEqual(cluster, {
      clusterArn: `${ARN}default`,
      clusterName: 'default',
      status: 'ACTIVE',
      registeredContainerInstancesCount: 0,
      runningTasksCount: 0,
      pendingTasksCount: 0,
      activeServicesCount: 0,
      statistics: [],
      tags: [],
      settings: [{ name: 'containerInsights', value: 'disabled' }],
      capacityProviders: [],
      defaultCapacityProviderStrategy: [],
    });
  });

  it('answers with the cluster that is there, and refuses to make it another', async () => {
    const input = { clusterName: 'c', capacityProviders: ['FARGATE'] };
    const first = await ecs.call('CreateCluster', input);
    assert.deepEqual(await ecs.call('CreateCluster', input), first);
    assert.deepEqual(await ecs.call('CreateCluster', { clusterName: 'c' }), first);
    await refuses(
      ecs.call('CreateCluster', { clusterName: 'c', capacityProviders: ['FARGATE_SPOT'] }),
      'InvalidParameterException',
      'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
    );
  });

  it('takes Container Insights from the account setting', async () => {
    await ecs.call('PutAccountSettingDefault', { name: 'containerInsights', value: 'enhanced' });
    const { cluster } = await ecs.call('CreateCluster', {});
    assert.deepEqual(cluster?.settings, [{ name: 'containerInsights', value: 'enhanced' }]);
    await ecs.call('PutAccountSettingDefault', { name: 'containerInsights', value: 'on' });
    const other = await ecs.call('CreateCluster', { clusterName: 'other' });
    assert.equal(other.cluster?.settings?.[0]?.value, 'enabled', 'which is what on means');
  });

  for (const [name, input, message] of [
    ['a name with a dot', { clusterName: 'a.b' }, /^Cluster must match/],
    [
      'a provider that does not exist',
      { capacityProviders: ['mine'] },
      /^The specified capacity provider could not be found/,
    ],
    ['a value of a setting', { settings: [{ name: 'containerInsights', value: 'x' }] }, /enum value set/],
    ['a tag of AWS', { tags: [{ key: 'aws:x', value: '1' }] }, /reserved prefix/],
  ] as const) {
    it(`refuses ${name}`, async () => {
      await refuses(ecs.call('CreateCluster', input as never), 'InvalidParameterException', message);
    });
  }
});

describe('DescribeClusters', () => {
  it('shows what is asked for, and a failure for what is not there', async () => {
    await ecs.call('CreateCluster', { tags: [{ key: 'k', value: 'v' }] });
    const plain = await ecs.call('DescribeClusters', {});
    assert.deepEqual(plain.clusters?.[0]?.tags, []);
    assert.deepEqual(plain.clusters?.[0]?.settings, []);
    const { clusters, failures } = await ecs.call('DescribeClusters', {
      clusters: ['default', `${ARN}none`],
      include: ['TAGS', 'SETTINGS', 'STATISTICS'],
    });
    assert.deepEqual(clusters?.[0]?.tags, [{ key: 'k', value: 'v' }]);
    assert.equal(clusters?.[0]?.settings?.length, 1);
    assert.ok(clusters?.[0]?.statistics?.some(({ name }) => name === 'runningFargateTasksCount'));
    assert.deepEqual(failures, [{ arn: `${ARN}none`, reason: 'MISSING' }]);
  });

  it('counts tasks by their status', async () => {
    const request = await ecs.ready();
    const first = await ecs.run(request);
    await ecs.run(request);
    await ecs.change(first.taskArn, { lastStatus: 'RUNNING' });
    const { clusters } = await ecs.call('DescribeClusters', {});
    assert.equal(clusters?.[0]?.runningTasksCount, 1);
    assert.equal(clusters?.[0]?.pendingTasksCount, 1);
  });

  it('refuses a cluster of another account', async () => {
    const other = 'arn:aws:ecs:eu-west-1:111111111111:cluster/default';
    await refuses(
      ecs.call('DescribeClusters', { clusters: [other] }),
      'InvalidParameterException',
      'AccountIDs mismatch',
    );
  });
});

describe('ListClusters', () => {
  it('gives pages, and refuses tokens of other lists', async () => {
    for (const clusterName of ['a', 'b', 'c']) await ecs.call('CreateCluster', { clusterName });
    const first = await ecs.call('ListClusters', { maxResults: 2 });
    assert.deepEqual(first.clusterArns, [`${ARN}a`, `${ARN}b`]);
    const second = await ecs.call('ListClusters', { maxResults: 2, nextToken: first.nextToken });
    assert.deepEqual(second, { clusterArns: [`${ARN}c`] });
    for (const nextToken of ['x', 'bm90aGluZyBvZiB0aGUga2luZA', first.nextToken?.slice(0, -6)]) {
      await refuses(ecs.call('ListClusters', { nextToken }), 'InvalidParameterException', 'Invalid token.');
    }
    await refuses(ecs.call('ListClusters', { maxResults: 101 }), 'InvalidParameterException', /maxResults/);
    await refuses(ecs.call('ListClusters', { maxResults: 0 }), 'InvalidParameterException', /maxResults/);
  });
});

describe('UpdateCluster', () => {
  it('changes settings, configuration and namespace', async () => {
    await ecs.call('CreateCluster', {});
    const configuration = { executeCommandConfiguration: { logging: 'DEFAULT' as const } };
    const { cluster } = await ecs.call('UpdateCluster', {
      cluster: 'default',
      settings: [{ name: 'containerInsights', value: 'enabled' }],
      configuration,
      serviceConnectDefaults: { namespace: 'ns' },
    });
    assert.deepEqual(cluster?.configuration, configuration);
    assert.deepEqual(cluster?.serviceConnectDefaults, { namespace: 'ns' });
    const settings = [{ name: 'containerInsights' as const, value: 'disabled' }];
    const updated = await ecs.call('UpdateClusterSettings', { cluster: `${ARN}default`, settings });
    assert.deepEqual(updated.cluster?.settings, settings);
    assert.deepEqual(updated.cluster?.configuration, configuration);
  });

  it('refuses an unknown cluster', async () => {
    await refuses(
      ecs.call('UpdateCluster', { cluster: 'none' }),
      'ClusterNotFoundException',
      'Cluster not found.',
    );
  });
});

describe('DeleteCluster', () => {
  it('refuses while a task is active, then shows INACTIVE for a while', async () => {
    const task = await ecs.run(await ecs.ready());
    await refuses(
      ecs.call('DeleteCluster', { cluster: 'default' }),
      'ClusterContainsTasksException',
      'The Cluster cannot be deleted while Tasks are active.',
    );
    await ecs.change(task.taskArn, { lastStatus: 'STOPPED' });
    assert.equal((await ecs.call('DeleteCluster', { cluster: 'default' })).cluster?.status, 'INACTIVE');
    assert.equal((await ecs.call('DescribeClusters', {})).clusters?.[0]?.status, 'INACTIVE');
    assert.deepEqual(await ecs.call('ListClusters', {}), { clusterArns: [] });
    ecs.clock.advance(3_600_000);
    assert.equal((await ecs.call('DescribeClusters', {})).failures?.[0]?.reason, 'MISSING');
    assert.equal(await expireEcsRecords(ecs, ecs.clock.now()), 1);
  });

  it('never leaves a task in a deleted cluster when both come at once', async () => {
    const request = await ecs.ready();
    for (let n = 0; n < 20; n += 1) {
      await ecs.call('CreateCluster', {});
      const [deleted, ran] = await Promise.allSettled([
        ecs.call('DeleteCluster', { cluster: 'default' }),
        ecs.run(request),
      ]);
      assert.ok(deleted.status === 'rejected' || ran.status === 'rejected');
      if (ran.status === 'fulfilled') await ecs.change(ran.value.taskArn, { lastStatus: 'STOPPED' });
    }
  });

  it('lets a cluster of the same name come back', async () => {
    await ecs.call('CreateCluster', { tags: [{ key: 'old', value: '' }] });
    await ecs.call('DeleteCluster', { cluster: 'default' });
    const { cluster } = await ecs.call('CreateCluster', {});
    assert.equal(cluster?.status, 'ACTIVE');
    assert.deepEqual(cluster?.tags, []);
  });
});

describe('capacity providers', () => {
  it('are put on a cluster with a default strategy', async () => {
    await ecs.call('CreateCluster', {});
    const { cluster } = await ecs.call('PutClusterCapacityProviders', {
      cluster: 'default',
      capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
      defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }],
    });
    assert.deepEqual(cluster?.capacityProviders, ['FARGATE', 'FARGATE_SPOT']);
    assert.deepEqual(cluster?.defaultCapacityProviderStrategy, [
      { capacityProvider: 'FARGATE', weight: 1, base: 0 },
    ]);
    await refuses(
      ecs.call('PutClusterCapacityProviders', {
        cluster: 'default',
        capacityProviders: ['FARGATE'],
        defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
      }),
      'InvalidParameterException',
      /^The specified capacity provider strategy cannot contain a capacity provider that is not associated/,
    );
  });

  it('are described, with failures for others', async () => {
    const all = await ecs.call('DescribeCapacityProviders', {});
    assert.deepEqual(
      all.capacityProviders?.map(({ name, status }) => [name, status]),
      [
        ['FARGATE', 'ACTIVE'],
        ['FARGATE_SPOT', 'ACTIVE'],
      ],
    );
    const some = await ecs.call('DescribeCapacityProviders', { capacityProviders: ['FARGATE', 'mine'] });
    assert.equal(some.capacityProviders?.length, 1);
    assert.deepEqual(some.failures, [
      { arn: 'arn:aws:ecs:eu-west-1:000000000000:capacity-provider/mine', reason: 'MISSING' },
    ]);
    const first = await ecs.call('DescribeCapacityProviders', { maxResults: 1 });
    const rest = await ecs.call('DescribeCapacityProviders', { maxResults: 1, nextToken: first.nextToken });
    assert.equal(rest.capacityProviders?.[0]?.name, 'FARGATE_SPOT');
    assert.equal(rest.nextToken, undefined);
  });
});
