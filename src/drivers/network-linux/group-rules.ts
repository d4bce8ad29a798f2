/** Security groups as chains: what a rule admits is accepted, what none does goes on behind them. */
import { coversAll, formatRange, mergeRanges } from '../../domain/network/address-ranges.ts';
import type { FlowDirection } from '../../domain/network/flow-logs/firewall-log.ts';
import type { GroupPicture, RulePicture } from '../../domain/network/vpc.ts';

const ALL = '-1';
const ICMP = '1';
const WITH_PORTS: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp' };
const HIGHEST_PORT = 65_535;

/** The chain of a group's rules in one direction. */
export function groupChain(direction: FlowDirection, groupId: string): string {
  return `${direction}-${groupId}`;
}

/** The set of the private addresses of the group's members. */
export function memberSet(groupId: string): string {
  return `members-${groupId}`;
}

/** The rules of a group's chain. Rules that name groups which are not `known` admit nothing. */
export function groupRules(
  group: GroupPicture,
  direction: FlowDirection,
  known: ReadonlySet<string>,
): string[] {
  return group[direction].flatMap((rule) => ruleTexts(rule, direction, known));
}

function ruleTexts(rule: RulePicture, direction: FlowDirection, known: ReadonlySet<string>): string[] {
  const address = direction === 'ingress' ? 'ip saddr' : 'ip daddr';
  const peers = rule.groupIds.filter((id) => known.has(id)).map((id) => `${address} @${memberSet(id)}`);
  const ranges = mergeRanges(rule.cidrs);
  if (ranges.some(coversAll)) peers.push('');
  else if (ranges.length > 0) peers.push(`${address} { ${ranges.map(formatRange).join(', ')} }`);
  return peers.map((peer) => [peer, protocolMatch(rule), 'accept'].filter((part) => part !== '').join(' '));
}

function protocolMatch({ protocol, fromPort = -1, toPort = -1 }: RulePicture): string {
  if (protocol === ALL) return '';
  const whole = `meta l4proto ${protocol}`;
  if (fromPort < 0) return whole;
  if (protocol === ICMP) return `icmp type ${fromPort}${toPort < 0 ? '' : ` icmp code ${toPort}`}`;
  const name = WITH_PORTS[protocol];
  if (name === undefined || (fromPort === 0 && toPort >= HIGHEST_PORT)) return whole;
  return `${name} dport ${fromPort === toPort ? fromPort : `${fromPort}-${toPort}`}`;
}
