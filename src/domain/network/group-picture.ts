/**
 * A security group's record as a machine needs it: rules of the same direction, protocol and ports become one, prefix
 * lists become their ranges. IPv6 ranges have no effect, since interfaces have no IPv6 address.
 */
import { protocolNumber } from './protocols.ts';
import type { SecurityGroupRecord, SecurityGroupRuleRecord } from './records.ts';
import type { GroupPicture, RulePicture } from './vpc.ts';

/** `prefixListCidrs` answers the IPv4 ranges of a list; none for a list that is gone. */
export function groupPicture(
  { groupId, rules }: SecurityGroupRecord,
  prefixListCidrs: (prefixListId: string) => readonly string[],
): GroupPicture {
  const side = (egress: boolean): readonly RulePicture[] =>
    rulePictures(
      rules.filter(({ isEgress }) => isEgress === egress),
      prefixListCidrs,
    );
  return { groupId, ingress: side(false), egress: side(true) };
}

function rulePictures(
  rules: readonly SecurityGroupRuleRecord[],
  prefixListCidrs: (prefixListId: string) => readonly string[],
): readonly RulePicture[] {
  const byPorts = new Map<string, SecurityGroupRuleRecord[]>();
  for (const rule of rules) {
    const key = `${rule.ipProtocol} ${rule.fromPort} ${rule.toPort}`;
    byPorts.set(key, [...(byPorts.get(key) ?? []), rule]);
  }
  return [...byPorts.values()]
    .map((alike) => rulePicture(alike, prefixListCidrs))
    .filter(({ cidrs, groupIds }) => cidrs.length + groupIds.length > 0);
}

function rulePicture(
  alike: readonly SecurityGroupRuleRecord[],
  prefixListCidrs: (prefixListId: string) => readonly string[],
): RulePicture {
  const [first] = alike;
  const cidrs = alike.flatMap(({ peer }) => {
    if (peer.type === 'cidr') return [peer.cidr];
    return peer.type === 'prefix-list' ? prefixListCidrs(peer.prefixListId) : [];
  });
  const groupIds = alike.flatMap(({ peer }) => (peer.type === 'group' ? [peer.groupId] : []));
  return {
    protocol: protocolNumber(first?.ipProtocol ?? ''),
    ...(first?.fromPort === undefined ? {} : { fromPort: first.fromPort }),
    ...(first?.toPort === undefined ? {} : { toPort: first.toPort }),
    cidrs: [...new Set(cidrs)],
    groupIds: [...new Set(groupIds)],
  };
}
