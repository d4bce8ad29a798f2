import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { Tag } from '@aws-sdk/client-efs';
import { EfsUnderTest, refusesEfs } from '../../../../test/support/efs/efs-under-test.ts';

describe('tags of EFS', () => {
  let efs: EfsUnderTest;
  let fileSystem: string;
  beforeEach(async () => {
    efs = new EfsUnderTest();
    fileSystem = await efs.fileSystem();
  });

  const tagsOf = async (id: string): Promise<Tag[]> =>
    (await efs.client.listTagsForResource({ ResourceId: id })).Tags ?? [];

  it('are given to file systems and access points, by id and ARN', async () => {
    const { AccessPointId: point = '', AccessPointArn: arn = '' } = await efs.client.createAccessPoint({
      FileSystemId: fileSystem,
    });
    const fileSystemArn = `arn:aws:elasticfilesystem:eu-west-1:000000000000:file-system/${fileSystem}`;
    for (const [id, other] of [
      [fileSystem, fileSystemArn],
      [point, arn],
    ] as const) {
      await efs.client.tagResource({ ResourceId: id, Tags: [{ Key: 'a', Value: '1' }] });
      await efs.client.tagResource({
        ResourceId: other,
        Tags: [
          { Key: 'a', Value: '2' },
          { Key: 'Name', Value: 'x y' },
        ],
      });
      const both = [
        { Key: 'Name', Value: 'x y' },
        { Key: 'a', Value: '2' },
      ];
      assert.deepEqual(await tagsOf(id), both);
      assert.deepEqual(await tagsOf(other), both);
      await efs.client.untagResource({ ResourceId: id, TagKeys: ['a', 'b'] });
      assert.deepEqual(await tagsOf(id), both.slice(0, 1));
    }
    const [shown] = (await efs.client.describeFileSystems({})).FileSystems ?? [];
    assert.equal(shown?.Name, 'x y');
  });

  it('are given by the old operations, too', async () => {
    const created = await efs.client.createTags({
      FileSystemId: fileSystem,
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '' },
      ],
    });
    assert.equal(created.$metadata.httpStatusCode, 204);
    const first = await efs.client.describeTags({ FileSystemId: fileSystem, MaxItems: 1 });
    assert.deepEqual(first.Tags, [{ Key: 'a', Value: '1' }]);
    const marker = first.NextMarker ?? assert.fail('there is no second page');
    const second = await efs.client.describeTags({ FileSystemId: fileSystem, Marker: marker });
    assert.deepEqual([second.Tags, second.NextMarker], [[{ Key: 'b', Value: '' }], undefined]);
    await efs.client.deleteTags({ FileSystemId: fileSystem, TagKeys: ['a'] });
    assert.deepEqual(await tagsOf(fileSystem), [{ Key: 'b', Value: '' }]);
  });

  it('come in pages, whatever their keys', async () => {
    const keys = ['ä'.repeat(128), 'b'.repeat(128)].sort();
    await efs.client.tagResource({ ResourceId: fileSystem, Tags: keys.map((Key) => ({ Key, Value: '' })) });
    const first = await efs.client.listTagsForResource({ ResourceId: fileSystem, MaxResults: 1 });
    const second = await efs.client.listTagsForResource({
      ResourceId: fileSystem,
      NextToken: first.NextToken,
    });
    const seen = [...(first.Tags ?? []), ...(second.Tags ?? [])].map(({ Key }) => Key);
    assert.deepEqual(seen, keys);
  });

  const REFUSED: readonly [name: string, tags: Tag[], code: string, message: RegExp][] = [
    ['a key of AWS', [{ Key: 'aws:x', Value: '' }], 'ValidationException', / at 'tags.1.member.key' /],
    ['an empty key', [{ Key: '', Value: '' }], 'ValidationException', / at 'tags.1.member.key' /],
    ['a long key', [{ Key: 'x'.repeat(129), Value: '' }], 'ValidationException', / or equal to 128$/],
    ['a long value', [{ Key: 'x', Value: 'x'.repeat(257) }], 'ValidationException', / or equal to 256$/],
    ['odd characters', [{ Key: 'x', Value: '<' }], 'ValidationException', / at 'tags.1.member.value' /],
    ['no value', [{ Key: 'x' } as Tag], 'ValidationException', /Value null at 'tags.1.member.value'/],
    [
      'a key twice',
      [
        { Key: 'x', Value: '1' },
        { Key: 'x', Value: '2' },
      ],
      'BadRequest',
      /Duplicate/,
    ],
    [
      'the 51st tag',
      Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: '' })),
      'BadRequest',
      /at most 50 tags/,
    ],
  ];
  for (const [name, tags, code, message] of REFUSED) {
    it(`refuses ${name}`, async () => {
      const request = { ResourceId: fileSystem, Tags: tags };
      await refusesEfs(efs.client.tagResource(request), code, message);
      await refusesEfs(efs.client.createFileSystem({ CreationToken: 'other', Tags: tags }), code, message);
      assert.deepEqual(await tagsOf(fileSystem), []);
    });
  }

  it('refuses a 51st tag beside fifty', async () => {
    const Tags = Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}`, Value: '' }));
    await efs.client.tagResource({ ResourceId: fileSystem, Tags });
    await refusesEfs(
      efs.client.tagResource({ ResourceId: fileSystem, Tags: [{ Key: 'one more', Value: '' }] }),
      'BadRequest',
      /at most 50 tags/,
    );
    await efs.client.tagResource({ ResourceId: fileSystem, Tags: [{ Key: 'k1', Value: 'new' }] });
  });

  it('refuses what is not there', async () => {
    await refusesEfs(
      efs.client.listTagsForResource({ ResourceId: 'fsap-01234567' }),
      'AccessPointNotFound',
      "Access point 'fsap-01234567' does not exist.",
      404,
    );
    await refusesEfs(
      efs.client.tagResource({ ResourceId: 'vpc-1', Tags: [] }),
      'ValidationException',
      / Value 'vpc-1' at 'resourceId' /,
    );
  });
});
