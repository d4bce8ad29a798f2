/** Which VPCs' private addresses the host reaches: a host has one way to an address, so ranges may not meet. */
import { rangesMeet } from './asked-range.ts';
import type { VpcRecord } from './records.ts';

/** A VPC that was asked for but cannot be reached, since another one has addresses of its range. */
export interface RouteClash {
  readonly vpcId: string;
  readonly with: string;
}

export interface HostRoutes {
  readonly routed: ReadonlySet<string>;
  readonly clashes: readonly RouteClash[];
}

export interface HostRouteWish {
  readonly defaultVpc: boolean;
  /** Ids, or names by the tag `Name`; of VPCs whose ranges meet, the first is reached. */
  readonly others: readonly string[];
}

/** `vpcs` are those of the home account and region. */
export function chooseHostRoutes(vpcs: readonly VpcRecord[], wish: HostRouteWish): HostRoutes {
  const wanted = [
    ...vpcs.filter(({ isDefault }) => isDefault && wish.defaultVpc),
    ...wish.others.flatMap((name) => vpcs.filter(({ vpcId, tags }) => [vpcId, tags['Name']].includes(name))),
  ];
  const routed = new Map<string, VpcRecord>();
  const clashes: RouteClash[] = [];
  for (const vpc of wanted) {
    if (routed.has(vpc.vpcId)) continue;
    const other = [...routed.values()].find(({ cidr }) => rangesMeet(cidr, vpc.cidr));
    if (other === undefined) routed.set(vpc.vpcId, vpc);
    else clashes.push({ vpcId: vpc.vpcId, with: other.vpcId });
  }
  return { routed: new Set(routed.keys()), clashes };
}
