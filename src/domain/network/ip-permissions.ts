/**
 * The two forms that EC2's API has for rules: an IpPermission is a protocol with ports and any number of peers, a rule
 * has one peer. Names are the API's. IPv6 ranges are kept and shown; they have no effect, since no interface has an
 * IPv6 address.
 */
import { ApiError } from '../errors.ts';
import { formatCidr, parseIpv4 } from './cidr.ts';
import { canonicalIpv6Cidr } from './ipv6-cidr.ts';
import { rulePorts } from './rule-ports.ts';
import { type RuleDraft, ruleDescription } from './security-group-rules.ts';

export interface GroupPair {
  readonly Description?: string | undefined;
  readonly UserId?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly GroupId?: string | undefined;
}

export interface IpPermission {
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly UserIdGroupPairs?: readonly GroupPair[] | undefined;
  readonly IpRanges?:
    | readonly { readonly CidrIp?: string | undefined; readonly Description?: string | undefined }[]
    | undefined;
  readonly Ipv6Ranges?:
    | readonly { readonly CidrIpv6?: string | undefined; readonly Description?: string | undefined }[]
    | undefined;
  readonly PrefixListIds?:
    | readonly { readonly PrefixListId?: string | undefined; readonly Description?: string | undefined }[]
    | undefined;
}

type Peer = RuleDraft['peer'];

/** Makes a peer of what names a group or a list; throws when it does not exist. */
export interface PeerLookup {
  group(pair: GroupPair): Peer;
  prefixList(prefixListId: string): Peer;
}

/** The rules that permissions stand for. Throws InvalidParameterValue, MissingParameter, and what the lookup throws. */
export function rulesOfPermissions(
  permissions: readonly IpPermission[],
  isEgress: boolean,
  lookup: PeerLookup,
): RuleDraft[] {
  return permissions.flatMap((permission) => {
    const ports = rulePorts(permission);
    const peers = peersOf(permission, lookup);
    if (peers.length === 0) {
      throw new ApiError(
        'MissingParameter',
        `${isEgress ? 'Destination' : 'Source'} must be specified: an IPv4 or IPv6 range, a security group or a prefix list`,
      );
    }
    return peers.map(([peer, description]) => ({
      isEgress,
      ...ports,
      peer,
      ...ruleDescription(description),
    }));
  });
}

function peersOf(permission: IpPermission, lookup: PeerLookup): [Peer, string | undefined][] {
  const { IpRanges = [], Ipv6Ranges = [], UserIdGroupPairs = [], PrefixListIds = [] } = permission;
  return [
    ...IpRanges.map(({ CidrIp, Description }): [Peer, string | undefined] => [ipv4Peer(CidrIp), Description]),
    ...Ipv6Ranges.map(({ CidrIpv6, Description }): [Peer, string | undefined] => [
      ipv6Peer(CidrIpv6),
      Description,
    ]),
    ...UserIdGroupPairs.map((pair): [Peer, string | undefined] => [lookup.group(pair), pair.Description]),
    ...PrefixListIds.map(({ PrefixListId, Description }): [Peer, string | undefined] => [
      lookup.prefixList(PrefixListId ?? ''),
      Description,
    ]),
  ];
}

/** The range as AWS stores it, without bits behind the prefix. Throws InvalidParameterValue for one that is none. */
export function ipv4Peer(text = ''): Peer {
  const [address = '', bits = '', ...rest] = text.split('/');
  const base = parseIpv4(address);
  if (base === undefined || rest.length > 0 || !/^(3[0-2]|[12]?\d)$/.test(bits)) throw malformed(text);
  const size = 2 ** (32 - Number(bits));
  return { type: 'cidr', cidr: formatCidr({ base: Math.floor(base / size) * size, bits: Number(bits) }) };
}

export function ipv6Peer(text = ''): Peer {
  const cidr = canonicalIpv6Cidr(text);
  if (cidr === undefined) throw malformed(text);
  return { type: 'cidr-ipv6', cidr };
}

const malformed = (text: string): ApiError =>
  new ApiError('InvalidParameterValue', `CIDR block ${text} is malformed`);

/** What DescribeSecurityGroups shows for rules of one direction: one permission for each protocol with ports. */
export function permissionsOfRules(rules: readonly RuleDraft[]) {
  const byPorts = new Map<string, RuleDraft[]>();
  for (const rule of rules) {
    const key = `${rule.ipProtocol} ${rule.fromPort} ${rule.toPort}`;
    byPorts.set(key, [...(byPorts.get(key) ?? []), rule]);
  }
  return [...byPorts.values()].map(permissionOf);
}

function permissionOf(alike: readonly RuleDraft[]) {
  const [first] = alike;
  return {
    IpProtocol: first?.ipProtocol,
    FromPort: first?.fromPort,
    ToPort: first?.toPort,
    IpRanges: alike.flatMap(({ peer, description }) =>
      peer.type === 'cidr' ? [{ CidrIp: peer.cidr, Description: description }] : [],
    ),
    Ipv6Ranges: alike.flatMap(({ peer, description }) =>
      peer.type === 'cidr-ipv6' ? [{ CidrIpv6: peer.cidr, Description: description }] : [],
    ),
    PrefixListIds: alike.flatMap(({ peer, description }) =>
      peer.type === 'prefix-list' ? [{ PrefixListId: peer.prefixListId, Description: description }] : [],
    ),
    UserIdGroupPairs: alike.flatMap(({ peer, description }) =>
      peer.type === 'group'
        ? [{ GroupId: peer.groupId, UserId: peer.account, Description: description }]
        : [],
    ),
  };
}
