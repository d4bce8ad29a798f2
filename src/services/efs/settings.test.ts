/** What else is kept with a file system: lifecycle, backups, protection, replication; and the account's preferences. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { LifecyclePolicy } from '@aws-sdk/client-efs';
import { EfsUnderTest, refusesEfs } from '../../../test/support/efs/efs-under-test.ts';

describe('settings of file systems', () => {
  let efs: EfsUnderTest;
  let id: string;
  beforeEach(async () => {
    efs = new EfsUnderTest();
    id = await efs.fileSystem();
  });

  it('have a lifecycle configuration, first an empty one', async () => {
    const described = async () =>
      (await efs.client.describeLifecycleConfiguration({ FileSystemId: id })).LifecyclePolicies;
    assert.deepEqual(await described(), []);
    const policies: LifecyclePolicy[] = [
      { TransitionToIA: 'AFTER_30_DAYS' },
      { TransitionToArchive: 'AFTER_90_DAYS' },
      { TransitionToPrimaryStorageClass: 'AFTER_1_ACCESS' },
    ];
    const request = { FileSystemId: id, LifecyclePolicies: policies };
    assert.deepEqual((await efs.client.putLifecycleConfiguration(request)).LifecyclePolicies, policies);
    assert.deepEqual(await described(), policies);
    await efs.client.putLifecycleConfiguration({ FileSystemId: id, LifecyclePolicies: [] });
    assert.deepEqual(await described(), []);
  });

  const WRONG_POLICIES: readonly [policies: object[], code: string, message: RegExp][] = [
    [
      [{ TransitionToIA: 'AFTER_8_DAYS' }],
      'ValidationException',
      /^1 validation error detected: Value 'AFTER_8_DAYS' at 'lifecyclePolicies.1.member.transitionToIA' failed to satisfy constraint: Member must satisfy enum value set: \[/,
    ],
    [[{}], 'BadRequest', /exactly one transition/],
    [
      [{ TransitionToIA: 'AFTER_7_DAYS', TransitionToPrimaryStorageClass: 'AFTER_1_ACCESS' }],
      'BadRequest',
      /exactly one transition/,
    ],
    [
      [{ TransitionToIA: 'AFTER_7_DAYS' }, { TransitionToIA: 'AFTER_14_DAYS' }],
      'BadRequest',
      /each transition once/,
    ],
    [
      [{ TransitionToIA: 'AFTER_90_DAYS' }, { TransitionToArchive: 'AFTER_30_DAYS' }],
      'BadRequest',
      /fewer days/,
    ],
  ];
  for (const [policies, code, message] of WRONG_POLICIES) {
    it(`refuse the lifecycle policies ${JSON.stringify(policies)}`, async () => {
      const request = { FileSystemId: id, LifecyclePolicies: policies as LifecyclePolicy[] };
      await refusesEfs(efs.client.putLifecycleConfiguration(request), code, message);
    });
  }

  it('have a backup policy once somebody has said something of it', async () => {
    const described = async (fileSystem: string) =>
      (await efs.client.describeBackupPolicy({ FileSystemId: fileSystem })).BackupPolicy?.Status;
    await refusesEfs(described(id), 'PolicyNotFound', `File system '${id}' has no backup policy.`, 404);
    const on = await efs.client.putBackupPolicy({ FileSystemId: id, BackupPolicy: { Status: 'ENABLED' } });
    assert.equal(on.BackupPolicy?.Status, 'ENABLING');
    assert.equal(await described(id), 'ENABLED');
    const tags = await efs.client.listTagsForResource({ ResourceId: id });
    assert.deepEqual(tags.Tags, [{ Key: 'aws:elasticfilesystem:default-backup', Value: 'enabled' }]);
    const off = await efs.client.putBackupPolicy({ FileSystemId: id, BackupPolicy: { Status: 'DISABLED' } });
    assert.equal(off.BackupPolicy?.Status, 'DISABLING');
    assert.equal(await described(id), 'DISABLED');
    assert.deepEqual((await efs.client.listTagsForResource({ ResourceId: id })).Tags, []);
    await refusesEfs(
      efs.client.putBackupPolicy({ FileSystemId: id, BackupPolicy: { Status: 'ENABLING' } }),
      'BadRequest',
      /ENABLED or DISABLED/,
    );
    for (const [token, input] of Object.entries({
      asked: { Backup: true },
      zonal: { AvailabilityZoneName: 'eu-west-1b' },
    })) {
      const made = await efs.client.createFileSystem({ CreationToken: token, ...input });
      assert.equal(await described(made.FileSystemId ?? ''), 'ENABLED');
    }
  });

  it('are protected from being overwritten, until that is switched off', async () => {
    const answer = await efs.client.updateFileSystemProtection({
      FileSystemId: id,
      ReplicationOverwriteProtection: 'DISABLED',
    });
    assert.equal(answer.ReplicationOverwriteProtection, 'DISABLED');
    const [shown] = (await efs.client.describeFileSystems({})).FileSystems ?? [];
    assert.deepEqual(shown?.FileSystemProtection, { ReplicationOverwriteProtection: 'DISABLED' });
    await refusesEfs(
      efs.client.updateFileSystemProtection({
        FileSystemId: id,
        ReplicationOverwriteProtection: 'REPLICATING',
      }),
      'BadRequest',
      /ENABLED or DISABLED/,
    );
  });

  it('are not replicated', async () => {
    const text = `File system '${id}' does not have a replication configuration.`;
    await refusesEfs(
      efs.client.describeReplicationConfigurations({ FileSystemId: id }),
      'ReplicationNotFound',
      text,
      404,
    );
    assert.deepEqual((await efs.client.describeReplicationConfigurations({})).Replications, []);
    const request = { SourceFileSystemId: id };
    await refusesEfs(efs.client.deleteReplicationConfiguration(request), 'ReplicationNotFound', text, 404);
    await refusesEfs(
      efs.client.createReplicationConfiguration({ ...request, Destinations: [{ Region: 'eu-west-1' }] }),
      'BadRequest',
      /not supported/,
    );
  });

  it('have long ids in every account', async () => {
    const preference = { ResourceIdType: 'LONG_ID', Resources: ['FILE_SYSTEM', 'MOUNT_TARGET'] };
    const shown = await efs.client.describeAccountPreferences({});
    assert.deepEqual(shown.ResourceIdPreference, preference);
    const put = await efs.client.putAccountPreferences({ ResourceIdType: 'LONG_ID' });
    assert.deepEqual(put.ResourceIdPreference, preference);
    await refusesEfs(
      efs.client.putAccountPreferences({ ResourceIdType: 'SHORT_ID' }),
      'BadRequest',
      /Short resource IDs/,
    );
  });
});
