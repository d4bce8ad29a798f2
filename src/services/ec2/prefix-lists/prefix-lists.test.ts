import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Ec2UnderTest, refusesEc2 } from '../../../../test/support/ec2/ec2-under-test.ts';

let ec2: Ec2UnderTest;
beforeEach(() => {
  ec2 = new Ec2UnderTest();
});

const create = async (more = {}) => {
  const { PrefixList } = await ec2.client.createManagedPrefixList({
    ...{ PrefixListName: 'offices', AddressFamily: 'IPv4', MaxEntries: 3 },
    Entries: [{ Cidr: '10.1.0.0/16', Description: 'one' }],
    ...more,
  });
  return PrefixList?.PrefixListId ?? '';
};
const entries = async (PrefixListId: string) =>
  (await ec2.client.getManagedPrefixListEntries({ PrefixListId })).Entries;

describe('The prefix list of S3', () => {
  it('has the public address of the service', async () => {
    const { PrefixLists = [] } = await ec2.client.describePrefixLists({
      Filters: [{ Name: 'prefix-list-name', Values: ['com.amazonaws.*.s3'] }],
    });
    const [list, ...more] = PrefixLists;
    assert.deepEqual(more, []);
    assert.deepEqual(list?.Cidrs, ['198.18.255.14/32']);
    assert.deepEqual(await entries(list?.PrefixListId ?? ''), [{ Cidr: '198.18.255.14/32' }]);
    const { PrefixLists: managed = [] } = await ec2.client.describeManagedPrefixLists({});
    assert.deepEqual(managed, [
      {
        PrefixListId: list?.PrefixListId,
        PrefixListName: 'com.amazonaws.eu-west-1.s3',
        PrefixListArn: `arn:aws:ec2:eu-west-1:aws:prefix-list/${list?.PrefixListId}`,
        ...{ OwnerId: 'AWS', AddressFamily: 'IPv4', State: 'create-complete', Tags: [] },
      },
    ]);
  });

  it('cannot be changed', async () => {
    const { PrefixLists: [list] = [] } = await ec2.client.describePrefixLists({});
    await refusesEc2(
      ec2.client.deleteManagedPrefixList({ PrefixListId: list?.PrefixListId }),
      'OperationNotPermitted',
      /is managed by AWS/,
    );
  });
});

describe('Prefix lists of the account', () => {
  it('are made, changed by versions, and deleted', async () => {
    const PrefixListId = await create();
    const modify = (more: object) => ec2.client.modifyManagedPrefixList({ PrefixListId, ...more });
    await modify({
      CurrentVersion: 1,
      AddEntries: [{ Cidr: '10.2.0.0/16' }],
      RemoveEntries: [{ Cidr: '10.1.0.0/16' }],
    });
    assert.deepEqual(await entries(PrefixListId), [{ Cidr: '10.2.0.0/16' }]);
    await modify({ PrefixListName: 'sites', MaxEntries: 5 });
    const { PrefixLists: [list] = [] } = await ec2.client.describeManagedPrefixLists({
      PrefixListIds: [PrefixListId],
    });
    assert.deepEqual(
      [list?.PrefixListName, list?.MaxEntries, list?.Version, list?.State, list?.OwnerId],
      ['sites', 5, 2, 'modify-complete', '000000000000'],
    );
    await refusesEc2(
      modify({ CurrentVersion: 1, AddEntries: [{ Cidr: '10.3.0.0/16' }] }),
      'PrefixListVersionMismatch',
      'The prefix list has the incorrect version number.',
    );
    await ec2.client.deleteManagedPrefixList({ PrefixListId });
    await refusesEc2(
      entries(PrefixListId),
      'InvalidPrefixListID.NotFound',
      `The prefix list ID '${PrefixListId}' does not exist`,
    );
  });

  it('count in a group by their size, and stay while a rule names them', async () => {
    const PrefixListId = await create({ MaxEntries: 60 });
    const { GroupId } = await ec2.client.createSecurityGroup({ GroupName: 'g', Description: 'd' });
    const rule = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, PrefixListIds: [{ PrefixListId }] };
    await ec2.client.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [rule] });
    const more = { ...rule, PrefixListIds: [], IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    const tooMany = [
      ec2.client.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [more] }),
      ec2.client.modifyManagedPrefixList({ PrefixListId, MaxEntries: 61 }),
    ];
    for (const call of tooMany)
      await refusesEc2(call, 'RulesPerSecurityGroupLimitExceeded', /maximum number/);
    await refusesEc2(
      ec2.client.deleteManagedPrefixList({ PrefixListId }),
      'DependencyViolation',
      `resource ${PrefixListId} has a dependent object`,
    );
    await ec2.client.revokeSecurityGroupIngress({ GroupId, IpPermissions: [rule] });
    await ec2.client.deleteManagedPrefixList({ PrefixListId });
  });

  it('refuse too many entries, ranges that are none, and IPv6', async () => {
    await refusesEc2(
      create({ MaxEntries: 1, Entries: [{ Cidr: '10.0.0.0/8' }, { Cidr: '11.0.0.0/8' }] }),
      'PrefixListMaxEntriesExceeded',
      "You've reached the maximum number of entries for the prefix list.",
    );
    await refusesEc2(
      create({ Entries: [{ Cidr: '10.0.0.1/8' }] }),
      'InvalidParameterValue',
      "The CIDR '10.0.0.1/8' is invalid.",
    );
    await refusesEc2(create({ AddressFamily: 'IPv6' }), 'UnsupportedOperation', /IPv6/);
  });
});
