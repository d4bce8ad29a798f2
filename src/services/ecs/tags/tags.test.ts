import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { EcsUnderTest, refuses } from '../../../../test/support/ecs/ecs-under-test.ts';

const INVALID = 'InvalidParameterException';
const ARN = 'arn:aws:ecs:eu-west-1:000000000000:';
let ecs: EcsUnderTest;
beforeEach(() => {
  ecs = new EcsUnderTest();
});

describe('tags', () => {
  it('are put on clusters, definitions and tasks, and taken away', async () => {
    const { taskArn = '' } = await ecs.run(await ecs.ready());
    for (const resourceArn of [`${ARN}cluster/default`, `${ARN}task-definition/web:1`, taskArn]) {
      const list = async () => (await ecs.call('ListTagsForResource', { resourceArn })).tags;
      await ecs.call('TagResource', {
        resourceArn,
        tags: [
          { key: 'a', value: '1' },
          { key: 'b', value: '2' },
        ],
      });
      await ecs.call('TagResource', { resourceArn, tags: [{ key: 'a', value: '3' }] });
      assert.deepEqual(await list(), [
        { key: 'a', value: '3' },
        { key: 'b', value: '2' },
      ]);
      await ecs.call('UntagResource', { resourceArn, tagKeys: ['a', 'none'] });
      assert.deepEqual(await list(), [{ key: 'b', value: '2' }]);
    }
  });

  it('are at most fifty', async () => {
    await ecs.ready();
    const resourceArn = `${ARN}cluster/default`;
    const some = (start: number, count: number) =>
      Array.from({ length: count }, (_, n) => ({ key: `k${start + n}`, value: '' }));
    await ecs.call('TagResource', { resourceArn, tags: some(0, 50) });
    await ecs.call('TagResource', { resourceArn, tags: some(0, 1) });
    await refuses(
      ecs.call('TagResource', { resourceArn, tags: some(50, 1) }),
      INVALID,
      /less than or equal to 50$/,
    );
  });

  for (const [name, resourceArn, code, message] of [
    ['an unknown cluster', `${ARN}cluster/none`, 'ClusterNotFoundException', 'Cluster not found.'],
    ['an unknown task', `${ARN}task/default/${'f'.repeat(32)}`, INVALID, /task is not found/],
    ['an unknown definition', `${ARN}task-definition/none:1`, INVALID, /does not exist/],
    ['a container', `${ARN}container/a/b/c`, INVALID, 'Unsupported resource type: container'],
    ['what is no ARN', 'default', INVALID, 'Invalid identifier: default'],
  ] as const) {
    it(`refuse ${name}`, async () => {
      await refuses(ecs.call('ListTagsForResource', { resourceArn }), code, message);
    });
  }

  it('refuse a cluster that was deleted', async () => {
    await ecs.call('CreateCluster', {});
    await ecs.call('DeleteCluster', { cluster: 'default' });
    await refuses(
      ecs.call('ListTagsForResource', { resourceArn: `${ARN}cluster/default` }),
      INVALID,
      'The specified cluster is inactive. Specify an active cluster and try again.',
    );
  });

  const member = /tags\.1\.member/;
  for (const [name, tag, message] of [
    ['without key', { value: 'v' }, member],
    ['with a key of 129', { key: 'k'.repeat(129) }, member],
    ['with a value of 257', { key: 'k', value: 'v'.repeat(257) }, member],
    ['with a strange character', { key: 'k*' }, /^Some tags contain invalid characters\./],
    ['of AWS', { key: 'AWS:k' }, member],
  ] as const) {
    it(`refuse one ${name}`, async () => {
      await ecs.call('CreateCluster', {});
      const input = { resourceArn: `${ARN}cluster/default`, tags: [tag] };
      await refuses(ecs.call('TagResource', input), INVALID, message);
    });
  }
});
