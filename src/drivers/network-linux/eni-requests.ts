/**
 * What an interface adds to its VPC's tables as netlink requests, which need no process: interfaces come while tasks
 * wait to start. The same as the scripts of `nft-table.ts` say.
 */
import { FIREWALL_LOG_GROUP, FIREWALL_LOG_SNAPLEN } from '../../domain/network/flow-logs/firewall-log.ts';
import { ipv4Bytes, parseIpv4 } from '../../linux/netlink/ipv4.ts';
import { macBytes } from '../../linux/netlink/links.ts';
import type { NetlinkRequest } from '../../linux/netlink/message.ts';
import {
  type SetElement,
  type TableName,
  type Verdict,
  addChain,
  addElements,
  appendRule,
  deleteChain,
  deleteElements,
} from '../../linux/netlink/nf-tables.ts';
import { type Element, type EniRules, OWN } from './eni-rules.ts';
import { ARP_TABLE, IP_TABLE } from './vpc-table.ts';

const IP = tableOf(IP_TABLE);
const ARP = tableOf(ARP_TABLE);
const MAC_BYTES = 6;

/** `present` are the chains that there are: lists of groups are shared. */
export function additions(rules: EniRules, present: ReadonlyMap<string, unknown>): NetlinkRequest[] {
  const lists = rules.lists.filter(({ chain }) => !present.has(chain));
  return [
    ...lists.flatMap(({ chain, asks }) => [
      addChain(IP, chain),
      ...asks.map((asked) => appendRule(IP, chain, [{ type: 'jump', chain: asked }])),
    ]),
    ...rules.refusals.flatMap(({ chain, prefix }) => [
      addChain(IP, chain),
      appendRule(IP, chain, [
        { type: 'log', prefix, group: FIREWALL_LOG_GROUP, snaplen: FIREWALL_LOG_SNAPLEN },
        { type: 'drop' },
      ]),
    ]),
    ...perSet(rules.elements, addElements),
  ];
}

/** Lists of groups stay for others. */
export function removals(rules: EniRules): NetlinkRequest[] {
  return [
    ...perSet(rules.elements, deleteElements),
    ...rules.refusals.map(({ chain }) => deleteChain(IP, chain)),
  ];
}

function perSet(elements: readonly Element[], make: typeof addElements): NetlinkRequest[] {
  const bySet = new Map<string, SetElement[]>();
  for (const element of elements) {
    bySet.set(element.set, [...(bySet.get(element.set) ?? []), encode(element)]);
  }
  return [...bySet].flatMap(([set, encoded]) => [
    make(IP, set, encoded),
    ...(set === OWN ? [make(ARP, set, encoded)] : []),
  ]);
}

function encode({ key, value }: Element): SetElement {
  const bytes = Buffer.concat(key.split(' . ').map(fieldBytes));
  return value === '' ? { key: bytes } : { key: bytes, value: valueOf(value) };
}

function valueOf(text: string): Uint8Array | Verdict {
  const [type, chain] = text.split(' ');
  if (chain === undefined) return fieldBytes(text);
  return { type: type === 'jump' ? 'jump' : 'goto', chain };
}

/** An address, a MAC address, or an interface's index. */
function fieldBytes(text: string): Buffer {
  if (text.includes('.')) return ipv4Bytes(parseIpv4(text));
  if (text.includes(':')) return Buffer.concat([macBytes(text), Buffer.alloc(8 - MAC_BYTES)]);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(Number(text));
  return bytes;
}

function tableOf(name: string): TableName {
  const [family, table = ''] = name.split(' ');
  return { family: family === 'arp' ? 'arp' : 'ip', table };
}
