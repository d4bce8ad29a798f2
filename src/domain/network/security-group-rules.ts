/**
 * The rules of a security group: what makes two the same, how many there may be, how they come and go. A rule is one
 * direction, one protocol with ports, one peer; its description and tags are no part of what it is.
 */
import { ApiError } from '../errors.ts';
import { hasPorts, isIcmp } from './protocols.ts';
import type { SecurityGroupRuleRecord } from './records.ts';

/** A rule that has no id yet. */
export type RuleDraft = Omit<SecurityGroupRuleRecord, 'ruleId' | 'tags'>;

/** AWS's default quota, for each direction and each address family. */
const MAX_RULES = 60;
const MAX_DESCRIPTION = 255;

/** What is the same for rules that are the same. */
export function ruleIdentity({ isEgress, ipProtocol, fromPort, toPort, peer }: RuleDraft): string {
  return [isEgress, ipProtocol, fromPort, toPort, peer.type, peerText(peer)].join(' ');
}

/** Throws InvalidParameterValue for a rule that is asked for twice, and what `checkRules` throws. */
export function checkNewRules(
  present: readonly SecurityGroupRuleRecord[],
  drafts: readonly RuleDraft[],
  listEntries: (prefixListId: string) => number,
): void {
  checkNoneTwice(drafts);
  checkRules([...present, ...drafts], listEntries);
}

/**
 * All rules that a group is to have. Throws InvalidPermission.Duplicate when two are the same,
 * RulesPerSecurityGroupLimitExceeded for too many. `listEntries` says how many rules a prefix list counts for.
 */
export function checkRules(rules: readonly RuleDraft[], listEntries: (prefixListId: string) => number): void {
  const seen = new Set<string>();
  for (const rule of rules) {
    const identity = ruleIdentity(rule);
    if (seen.has(identity)) {
      throw new ApiError(
        'InvalidPermission.Duplicate',
        `the specified rule "${ruleText(rule)}" already exists`,
      );
    }
    seen.add(identity);
  }
  for (const egress of [false, true]) {
    const ofDirection = rules.filter(({ isEgress }) => isEgress === egress);
    const counts = [
      ruleCount(ofDirection, 'cidr', listEntries),
      ruleCount(ofDirection, 'cidr-ipv6', () => 0),
    ];
    if (Math.max(...counts) > MAX_RULES) {
      throw new ApiError(
        'RulesPerSecurityGroupLimitExceeded',
        'The maximum number of rules per security group has been reached.',
      );
    }
  }
}

/** How many rules of one address family these are: groups count for both, prefix lists by their entries. */
function ruleCount(
  rules: readonly RuleDraft[],
  family: 'cidr' | 'cidr-ipv6',
  listEntries: (prefixListId: string) => number,
): number {
  return rules
    .map(({ peer }): number => {
      if (peer.type === 'prefix-list') return listEntries(peer.prefixListId);
      return peer.type === 'group' || peer.type === family ? 1 : 0;
    })
    .reduce((sum, count) => sum + count, 0);
}

/** Throws InvalidParameterValue when two drafts are the same rule. */
export function checkNoneTwice(drafts: readonly RuleDraft[]): void {
  if (new Set(drafts.map(ruleIdentity)).size === drafts.length) return;
  throw new ApiError('InvalidParameterValue', 'The same permission must not appear multiple times');
}

/** Tells the rules that drafts mean from those that are not there. Throws as `checkNoneTwice`. */
export function matchRules(
  present: readonly SecurityGroupRuleRecord[],
  drafts: readonly RuleDraft[],
): { readonly found: readonly SecurityGroupRuleRecord[]; readonly unknown: readonly RuleDraft[] } {
  checkNoneTwice(drafts);
  const byIdentity = new Map(present.map((rule) => [ruleIdentity(rule), rule]));
  return {
    found: drafts.flatMap((draft) => byIdentity.get(ruleIdentity(draft)) ?? []),
    unknown: drafts.filter((draft) => !byIdentity.has(ruleIdentity(draft))),
  };
}

/** Throws InvalidParameterValue for a description that AWS would refuse; an empty one is none. */
export function ruleDescription(text: string | undefined): { readonly description?: string } {
  if (text === undefined || text === '') return {};
  if (text.length > MAX_DESCRIPTION || !/^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]*$/.test(text)) {
    throw new ApiError(
      'InvalidParameterValue',
      'Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*',
    );
  }
  return { description: text };
}

function ruleText({ peer, ipProtocol, fromPort, toPort }: RuleDraft): string {
  const all = (value: number | undefined): number | string =>
    value === undefined || value === -1 ? 'ALL' : value;
  const name = ipProtocol === '-1' ? 'ALL' : ipProtocol.toUpperCase();
  if (hasPorts(ipProtocol)) {
    return `peer: ${peerText(peer)}, ${name}, from port: ${fromPort}, to port: ${toPort}, ALLOW`;
  }
  const ports = isIcmp(ipProtocol) ? `, type: ${all(fromPort)}, code: ${all(toPort)}` : '';
  return `peer: ${peerText(peer)}, ${name}${ports}, ALLOW`;
}

function peerText(peer: RuleDraft['peer']): string {
  if (peer.type === 'group') return peer.groupId;
  return peer.type === 'prefix-list' ? peer.prefixListId : peer.cidr;
}
