/** What operations that change a group's rules have in common: the group, what its rules may name, the one write. */
import type { Scope } from '../../../domain/arn.ts';
import type { PeerLookup } from '../../../domain/network/ip-permissions.ts';
import type { SecurityGroupRecord, SecurityGroupRuleRecord } from '../../../domain/network/records.ts';
import { checkNewRules, checkRules, type RuleDraft } from '../../../domain/network/security-group-rules.ts';
import type { Ec2Parts } from '../parts.ts';
import { prefixListsOf } from '../prefix-lists/prefix-lists.ts';
import { type GroupReference, peersFor, requireGroup } from './group-lookup.ts';

/** What a change of rules gets. */
export interface RulesAtHand {
  readonly group: SecurityGroupRecord;
  readonly peers: PeerLookup;
  /** Throw as the rules of the domain do. */
  readonly checkNew: (drafts: readonly RuleDraft[]) => void;
  readonly checkAll: (rules: readonly RuleDraft[]) => void;
  readonly inDefaultVpc: boolean;
}

/** `decide` answers the group's rules from now on; the same array: nothing changes. */
export function changeRules<T>(
  { network, serviceCidr }: Ec2Parts,
  scope: Scope,
  reference: GroupReference,
  decide: (atHand: RulesAtHand) => { readonly answer: T; readonly rules: readonly SecurityGroupRuleRecord[] },
): Promise<T> {
  return network.change(scope, async (reader) => {
    const group = await requireGroup(reader, reference);
    const lists = await prefixListsOf(reader, serviceCidr);
    const entriesOf = (prefixListId: string): number => lists.get(prefixListId)?.maxEntries ?? 0;
    const { answer, rules: next } = decide({
      group,
      peers: await peersFor(reader, group, (prefixListId) => lists.has(prefixListId)),
      checkNew: (drafts) => checkNewRules(group.rules, drafts, entriesOf),
      checkAll: (rules) => checkRules(rules, entriesOf),
      inDefaultVpc: (await reader.find('vpc', group.vpcId))?.isDefault === true,
    });
    const changed = next !== group.rules;
    return {
      answer,
      writes: changed ? [reader.put('security-group', group.groupId, { ...group, rules: next })] : [],
    };
  });
}
