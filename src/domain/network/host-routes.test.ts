import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseHostRoutes } from './host-routes.ts';
import type { VpcRecord } from './records.ts';

const vpc = (vpcId: string, cidr: string, name?: string, isDefault = false): VpcRecord => ({
  ...{ vpcId, cidr, isDefault, enableDnsSupport: true, enableDnsHostnames: false, createdAt: 0 },
  ...{ dhcpOptionsId: '', mainRouteTableId: '', defaultSecurityGroupId: '', defaultNetworkAclId: '' },
  tags: name === undefined ? {} : { Name: name },
});
const VPCS = [
  vpc('vpc-1', '172.31.0.0/16', undefined, true),
  vpc('vpc-2', '10.0.0.0/16', 'shop'),
  vpc('vpc-3', '10.0.128.0/20', 'shop'),
  vpc('vpc-4', '172.31.16.0/20'),
];

describe('The host reaches', () => {
  it('the default VPC, if it is to', () => {
    assert.deepEqual([...chooseHostRoutes(VPCS, { defaultVpc: true, others: [] }).routed], ['vpc-1']);
    assert.deepEqual([...chooseHostRoutes(VPCS, { defaultVpc: false, others: [] }).routed], []);
  });

  it('others by id or name, of those whose ranges meet the first', () => {
    const { routed, clashes } = chooseHostRoutes(VPCS, {
      defaultVpc: true,
      others: ['vpc-4', 'shop', 'vpc-2', 'gone'],
    });
    assert.deepEqual([...routed], ['vpc-1', 'vpc-2']);
    assert.deepEqual(clashes, [
      { vpcId: 'vpc-4', with: 'vpc-1' },
      { vpcId: 'vpc-3', with: 'vpc-2' },
    ]);
  });
});
