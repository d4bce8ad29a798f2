/**
 * The tables of a VPC's namespace, computed whole from its picture and the interfaces of the machine's own tasks.
 *
 *   prerouting   own?        interface, address and MAC of a task belong together, or the packet is dropped
 *                dnat        what comes by the uplink for a public address gets the private one
 *   forward      leave       groups of the sender (egress)
 *   or input     enter       routes of the sender's subnet, then groups of the receiver (ingress)
 *   postrouting  snat        by the mark that the route has left
 *
 * Accepting ends a base chain only, so `leave` and `enter` are two. Groups are asked once for a connection, routes for
 * each packet that a task sends, answers too: a connection goes on when its rule is removed, not without its route. What
 * comes in by `input` is for services of Neargate, which listen on the namespace's own addresses.
 */
import { nthAddress } from '../../domain/network/cidr.ts';
import type { FlowDirection } from '../../domain/network/flow-logs/firewall-log.ts';
import type { VpcPicture } from '../../domain/network/vpc.ts';
import { formatIpv4 } from '../../linux/netlink/ipv4.ts';
import {
  type EniRules,
  type LocalEni,
  OWN,
  PRIVATE_TO_PUBLIC,
  PUBLIC_TO_PRIVATE,
  groupsMap,
  localEniRules,
  memberElements,
  refusalMap,
  refusalRule,
  serviceEniRules,
} from './eni-rules.ts';
import { groupChain, groupRules, memberSet } from './group-rules.ts';
import type { Uplink } from './host.ts';
import { ENI_PREFIX, UPLINK } from './names.ts';
import type { NftChain, NftSet, NftTable } from './nft-table.ts';
import { INTERNET_MARK, PUBLIC_SENDERS, ROUTES, natGateways, natMark, routeChains } from './route-rules.ts';

export const IP_TABLE = 'ip neargate';
export const ARP_TABLE = 'arp neargate';

const LINK_LOCAL = '169.254.0.0/16';
const ALWAYS = 'always';
const TCP_HEADERS = 40;
const NAT_GATEWAYS = 'nat_gateways';
const DNS_ASKERS = 'dns_askers';
/** Packets of each interface to the VPC's resolver, as on AWS. */
const DNS_RATE = '1024/second burst 1024 packets';
const FROM_UPLINK = `iifname "${UPLINK}"`;
const FROM_TASKS = `iifname "${ENI_PREFIX}*"`;
const GOES_ON = 'ct state established,related accept';

/** Elements and chains come and go with interfaces. */
export interface VpcTables {
  readonly ip: {
    readonly name: string;
    readonly sets: Map<string, OpenSet>;
    readonly chains: Map<string, NftChain>;
  };
  readonly arp: NftTable;
}

interface OpenSet extends NftSet {
  readonly elements: Map<string, string>;
}

export function vpcTables(picture: VpcPicture, uplink: Uplink, enis: readonly LocalEni[]): VpcTables {
  const known = new Set(picture.groups.map(({ groupId }) => groupId));
  const chains = new Map<string, NftChain>([
    ...baseChains(picture, uplink),
    ...routeChains(picture.subnets),
    ...picture.groups.flatMap((group) =>
      (['ingress', 'egress'] as const).map((direction): [string, NftChain] => [
        groupChain(direction, group.groupId),
        { rules: groupRules(group, direction, known) },
      ]),
    ),
  ]);
  const sets = emptySets([...known]);
  for (const gateway of natGateways(picture.subnets)) {
    sets.get(NAT_GATEWAYS)?.elements.set(String(natMark(gateway)), gateway.publicIpv4Address);
  }
  const tables: VpcTables = { ip: { name: IP_TABLE, sets, chains }, arp: arpTable(sets.get(OWN) as NftSet) };
  for (const rules of interfaceRules(picture, enis, known)) note(tables, rules);
  return tables;
}

/** Adds to the tables what an interface adds. */
export function note({ ip: { sets, chains } }: VpcTables, rules: EniRules): void {
  for (const { set, key, value } of rules.elements) sets.get(set)?.elements.set(key, value);
  for (const refusal of rules.refusals) chains.set(refusal.chain, { rules: [refusalRule(refusal)] });
  for (const { chain, asks } of rules.lists)
    chains.set(chain, { rules: asks.map((asked) => `jump ${asked}`) });
}

/** Takes it out again, except for lists of groups, which others may share. */
export function forget({ ip: { sets, chains } }: VpcTables, rules: EniRules): void {
  for (const { set, key } of rules.elements) sets.get(set)?.elements.delete(key);
  for (const { chain } of rules.refusals) chains.delete(chain);
}

function interfaceRules(
  picture: VpcPicture,
  enis: readonly LocalEni[],
  known: ReadonlySet<string>,
): EniRules[] {
  const others = picture.interfaces.map((eni): EniRules => {
    if (eni.purpose === 'endpoint' || eni.purpose === 'mount-target') return serviceEniRules(eni, known);
    return { refusals: [], lists: [], elements: memberElements(eni, known) };
  });
  return [...others, ...enis.map((eni) => localEniRules(eni, known))];
}

/** Tasks cannot make the namespace believe, or remember, addresses that are not theirs. */
function arpTable(own: NftSet): NftTable {
  const rules = [`iif . arp saddr ip . arp saddr ether @${OWN} accept`, `${FROM_TASKS} drop`];
  return {
    name: ARP_TABLE,
    sets: new Map([[OWN, own]]),
    chains: new Map([['input', { hook: 'type filter hook input priority 0; policy accept;', rules }]]),
  };
}

function emptySets(groupIds: readonly string[]): Map<string, OpenSet> {
  const types: [string, string][] = [
    [OWN, 'iface_index . ipv4_addr . ether_addr'],
    ...(['egress', 'ingress'] as const).flatMap((direction): [string, string][] => [
      [groupsMap(direction), 'ipv4_addr : verdict'],
      [refusalMap(direction), 'ipv4_addr : verdict'],
    ]),
    [PUBLIC_TO_PRIVATE, 'ipv4_addr : ipv4_addr'],
    [PRIVATE_TO_PUBLIC, 'ipv4_addr : ipv4_addr'],
    [PUBLIC_SENDERS, 'ipv4_addr'],
    [NAT_GATEWAYS, 'mark : ipv4_addr'],
    [DNS_ASKERS, 'ipv4_addr; size 65536; flags dynamic,timeout; timeout 10s'],
    ...groupIds.map((id): [string, string] => [memberSet(id), 'ipv4_addr']),
  ];
  return new Map(types.map(([name, type]) => [name, { type, elements: new Map() }]));
}

function baseChains({ cidr, routedFromHost }: VpcPicture, uplink: Uplink): [string, NftChain][] {
  const host = formatIpv4(uplink.host);
  const ask = (direction: FlowDirection): string[] => {
    const address = direction === 'egress' ? 'ip saddr' : 'ip daddr';
    return [groupsMap(direction), refusalMap(direction)].map((map) => `${address} vmap @${map}`);
  };
  const filter = (hook: string, priority: number, policy = 'drop') =>
    `type filter hook ${hook} priority ${priority}; policy ${policy};`;
  return [
    [
      'arrive',
      {
        hook: filter('prerouting', -300, 'accept'),
        rules: [`iif . ip saddr . ether saddr @${OWN} accept`, `${FROM_TASKS} drop`],
      },
    ],
    [
      'public_in',
      {
        hook: 'type nat hook prerouting priority -100; policy accept;',
        rules: [`${FROM_UPLINK} dnat ip to ip daddr map @${PUBLIC_TO_PRIVATE}`],
      },
    ],
    [
      'forward_leave',
      {
        hook: filter('forward', 0),
        rules: [
          ...['iifname', 'oifname'].map((way) => {
            // Neither side is to depend on being told that it sends too much.
            return `${way} "${UPLINK}" tcp flags & (syn|rst) == syn tcp option maxseg size set ${uplink.mtu - TCP_HEADERS}`;
          }),
          GOES_ON,
          'ct state invalid drop',
          `${FROM_UPLINK} accept`,
          `ip daddr ${LINK_LOCAL} drop`,
          ...ask('egress'),
        ],
      },
    ],
    [
      'forward_enter',
      {
        hook: filter('forward', 1),
        rules: [
          `${FROM_UPLINK} oifname "${UPLINK}" drop`,
          `ct direction reply ct status & dnat == 0 ip daddr ${host} accept`,
          `iifname != "${UPLINK}" jump ${ROUTES}`,
          GOES_ON,
          ...(routedFromHost ? [`${FROM_UPLINK} ct status & dnat == 0 ip saddr ${host} accept`] : []),
          `${FROM_UPLINK} ct status & dnat == 0 drop`,
          ...ask('ingress'),
        ],
      },
    ],
    [
      'input_leave',
      {
        hook: filter('input', 0),
        rules: [
          // Before anything that lets it on: one task's flood would leave no room for the others' questions.
          `meta l4proto { tcp, udp } th dport 53 add @${DNS_ASKERS} { ip saddr limit rate over ${DNS_RATE} } drop`,
          GOES_ON,
          'ct state invalid drop',
          `iifname != "${ENI_PREFIX}*" drop`,
          `jump ${ALWAYS}`,
          ...ask('egress'),
        ],
      },
    ],
    [
      'input_enter',
      { hook: filter('input', 1), rules: [`jump ${ALWAYS}`, `jump ${ROUTES}`, GOES_ON, ...ask('ingress')] },
    ],
    [
      // Neither groups nor routes are asked: the resolver, and what is link-local, but for the uplink.
      ALWAYS,
      {
        rules: [
          `ip daddr ${formatIpv4(uplink.vpc)} drop`,
          `ip daddr ${LINK_LOCAL} accept`,
          `ip daddr ${nthAddress(cidr, 2)} meta l4proto { tcp, udp } th dport 53 accept`,
        ],
      },
    ],
    [
      'public_out',
      {
        hook: 'type nat hook postrouting priority 100; policy accept;',
        rules: [
          `oifname "${UPLINK}" meta mark ${INTERNET_MARK} snat ip to ip saddr map @${PRIVATE_TO_PUBLIC}`,
          `oifname "${UPLINK}" snat ip to meta mark map @${NAT_GATEWAYS}`,
        ],
      },
    ],
  ];
}
