import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { awsPrefixListId, awsPrefixLists } from './aws-prefix-lists.ts';
import { groupPicture } from './group-picture.ts';
import type { SecurityGroupRecord, SecurityGroupRuleRecord } from './records.ts';

const group = (...rules: Partial<SecurityGroupRuleRecord>[]): SecurityGroupRecord => ({
  groupId: 'sg-1',
  groupName: 'g',
  description: 'g',
  vpcId: 'vpc-1',
  rules: rules.map((rule, index) => ({
    ruleId: `sgr-${index}`,
    isEgress: false,
    ipProtocol: 'tcp',
    peer: { type: 'cidr', cidr: '10.0.0.0/8' },
    tags: {},
    ...rule,
  })),
  createdAt: 0,
  tags: {},
});

describe('groupPicture', () => {
  it('puts peers of the same protocol and ports into one rule, and the directions apart', () => {
    const ssh = { fromPort: 22, toPort: 22 };
    const record = group(
      { ...ssh, peer: { type: 'cidr', cidr: '10.0.0.0/8' } },
      { ...ssh, peer: { type: 'group', groupId: 'sg-2', account: '000000000000' } },
      { ...ssh, peer: { type: 'cidr', cidr: '192.168.0.0/16' } },
      { ipProtocol: 'icmp', fromPort: 8, toPort: -1 },
      { isEgress: true, ipProtocol: '-1', peer: { type: 'cidr', cidr: '0.0.0.0/0' } },
    );
    assert.deepEqual(
      groupPicture(record, () => []),
      {
        groupId: 'sg-1',
        ingress: [
          { protocol: '6', ...ssh, cidrs: ['10.0.0.0/8', '192.168.0.0/16'], groupIds: ['sg-2'] },
          { protocol: '1', fromPort: 8, toPort: -1, cidrs: ['10.0.0.0/8'], groupIds: [] },
        ],
        egress: [{ protocol: '-1', cidrs: ['0.0.0.0/0'], groupIds: [] }],
      },
    );
  });

  it('takes the ranges of prefix lists, each once', () => {
    const { ingress } = groupPicture(
      group({ peer: { type: 'prefix-list', prefixListId: 'pl-1' } }, {}),
      (id) => (id === 'pl-1' ? ['10.0.0.0/8', '10.9.0.0/16'] : []),
    );
    assert.deepEqual(ingress, [{ protocol: '6', cidrs: ['10.0.0.0/8', '10.9.0.0/16'], groupIds: [] }]);
  });

  it('has no rule left of IPv6 ranges and of lists that are gone', () => {
    const record = group(
      { peer: { type: 'cidr-ipv6', cidr: '::/0' } },
      { peer: { type: 'prefix-list', prefixListId: 'pl-gone' } },
    );
    assert.deepEqual(groupPicture(record, () => []).ingress, []);
  });
});

describe('awsPrefixLists', () => {
  it('has the public address of S3, by an id that differs by region', () => {
    const [list, ...rest] = awsPrefixLists('eu-west-1', '100.64.0.0/24');
    assert.deepEqual(rest, []);
    assert.equal(list?.name, 'com.amazonaws.eu-west-1.s3');
    assert.deepEqual(list?.cidrs, ['100.64.0.14/32']);
    assert.match(list?.prefixListId ?? '', /^pl-[0-9a-f]{8}$/);
    assert.notEqual(list?.prefixListId, awsPrefixListId('eu-west-2', 's3'));
  });
});
