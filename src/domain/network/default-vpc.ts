/**
 * The VPC that every account has in every region: one subnet in each of three Availability Zones. Its ids are
 * derived from account and region, so that they need no record and never change.
 */
import type { Scope } from '../arn.ts';
import { nthSubnet, parseCidr } from './cidr.ts';
import type { SubnetSpec } from './vpc.ts';
import { zonesOf } from './zones.ts';

export interface DefaultVpc {
  readonly vpcId: string;
  readonly cidr: string;
  readonly subnets: readonly SubnetSpec[];
  /** The VPC's own group, which tasks get when they name none. */
  readonly securityGroupId: string;
  readonly internetGatewayId: string;
  readonly mainRouteTableId: string;
  readonly networkAclId: string;
}

/** AWS's default subnets are /20 of a /16: four bits longer. */
const SUBNET_BITS_DEEPER = 4;
const ID_DIGITS = 17;

/**
 * `cidr` is the VPC's range, e.g. `172.31.0.0/16` (at most /24, so that a subnet has 16 addresses).
 * `hash` gives at least 16 hexadecimal digits and must not change between versions, e.g. SHA-256.
 */
export function defaultVpc(scope: Scope, cidr: string, hash: (text: string) => string): DefaultVpc {
  const range = parseCidr(cidr);
  if (range === undefined || range.bits > 24) throw new RangeError(`not a VPC's range: ${cidr}`);
  const id = (kind: string, name: string): string =>
    `${kind}-0${hash(`${scope.account}/${scope.region}/default/${kind}/${name}`).slice(0, ID_DIGITS - 1)}`;
  return {
    vpcId: id('vpc', ''),
    cidr,
    subnets: zonesOf(scope.region).map(({ zoneName }, index) => ({
      subnetId: id('subnet', zoneName.slice(-1)),
      cidr: nthSubnet(cidr, range.bits + SUBNET_BITS_DEEPER, index),
      availabilityZone: zoneName,
    })),
    securityGroupId: id('sg', ''),
    internetGatewayId: id('igw', ''),
    mainRouteTableId: id('rtb', ''),
    networkAclId: id('acl', ''),
  };
}
