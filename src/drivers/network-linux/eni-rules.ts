/**
 * What a network interface adds to its VPC's table: elements of sets and maps, and chains that only refuse. None of it
 * depends on how many interfaces or rules there are. Interfaces with the same groups share the chains that ask these.
 */
import { createHash } from 'node:crypto';
import {
  FIREWALL_LOG_GROUP,
  FIREWALL_LOG_SNAPLEN,
  type FlowDirection,
  deniedPrefix,
} from '../../domain/network/flow-logs/firewall-log.ts';
import { groupChain, memberSet } from './group-rules.ts';
import { PUBLIC_SENDERS } from './route-rules.ts';

/** Which interface, address and MAC belong together. */
export const OWN = 'own';
export const PUBLIC_TO_PRIVATE = 'public_to_private';
export const PRIVATE_TO_PUBLIC = 'private_to_public';

/** The map from an address to the chain that asks its groups. */
export function groupsMap(direction: FlowDirection): string {
  return `${direction}_groups`;
}

/** The map from an address to the chain that refuses. */
export function refusalMap(direction: FlowDirection): string {
  return `${direction}_refusal`;
}

/** An interface as groups see it. */
export interface GroupMember {
  readonly eniId: string;
  readonly privateIpv4Address: string;
  readonly securityGroups: readonly string[];
}

/** The interface of a task on this machine. */
export interface LocalEni extends GroupMember {
  /** Of the VPC's end. */
  readonly index: number;
  readonly macAddress: string;
  readonly publicIpv4Address?: string;
}

/** The one rule of a chain that refuses: it says so to flow logs, and drops. */
export interface Refusal {
  readonly chain: string;
  readonly prefix: string;
}

export interface Element {
  readonly set: string;
  readonly key: string;
  /** Empty in a set. */
  readonly value: string;
}

/** The chain that asks an interface's groups one after the other. */
export interface GroupList {
  readonly chain: string;
  /** Chains of groups. */
  readonly asks: readonly string[];
}

export interface EniRules {
  readonly refusals: readonly Refusal[];
  readonly lists: readonly GroupList[];
  readonly elements: readonly Element[];
}

export function refusalRule({ prefix }: Refusal): string {
  return `log prefix "${prefix}" group ${FIREWALL_LOG_GROUP} snaplen ${FIREWALL_LOG_SNAPLEN} drop`;
}

/** `known` are the groups of the picture: of others there is no chain, and they admit nothing. */
export function localEniRules(eni: LocalEni, known: ReadonlySet<string>): EniRules {
  const { privateIpv4Address: address, publicIpv4Address: outside } = eni;
  const sides = (['egress', 'ingress'] as const).map((direction) => side(eni, direction, known));
  const publicElements: Element[] =
    outside === undefined
      ? []
      : [
          { set: PUBLIC_TO_PRIVATE, key: outside, value: address },
          { set: PRIVATE_TO_PUBLIC, key: address, value: outside },
          { set: PUBLIC_SENDERS, key: address, value: '' },
        ];
  return {
    refusals: sides.flatMap(({ refusals }) => refusals),
    lists: sides.flatMap(({ lists }) => lists),
    elements: [
      { set: OWN, key: `${eni.index} . ${address} . ${eni.macAddress.toLowerCase()}`, value: '' },
      ...sides.flatMap(({ elements }) => elements),
      ...memberElements(eni, known),
      ...publicElements,
    ],
  };
}

/** Of an interface that only receives here: of an endpoint, or a mount target. */
export function serviceEniRules(eni: GroupMember, known: ReadonlySet<string>): EniRules {
  const { refusals, lists, elements } = side(eni, 'ingress', known);
  return { refusals, lists, elements: [...elements, ...memberElements(eni, known)] };
}

export function memberElements(eni: GroupMember, known: ReadonlySet<string>): Element[] {
  return groupsOf(eni, known).map((id) => ({ set: memberSet(id), key: eni.privateIpv4Address, value: '' }));
}

function side(eni: GroupMember, direction: FlowDirection, known: ReadonlySet<string>): EniRules {
  const key = eni.privateIpv4Address;
  const refusal = { chain: `refuse-${direction}-${eni.eniId}`, prefix: deniedPrefix(direction, eni.eniId) };
  const asks = groupsOf(eni, known).map((id) => groupChain(direction, id));
  const list = { chain: `${direction}-any-${hash(asks.join(' '))}`, asks };
  const refused = { set: refusalMap(direction), key, value: `goto ${refusal.chain}` };
  return {
    refusals: [refusal],
    lists: asks.length === 0 ? [] : [list],
    elements: [
      ...(asks.length === 0 ? [] : [{ set: groupsMap(direction), key, value: `jump ${list.chain}` }]),
      refused,
    ],
  };
}

function groupsOf({ securityGroups }: GroupMember, known: ReadonlySet<string>): string[] {
  return [...new Set(securityGroups)].filter((id) => known.has(id)).toSorted();
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
