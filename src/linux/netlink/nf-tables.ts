/**
 * nftables by netlink, as far as few and small changes are concerned: chains with plain rules, and elements of sets. A
 * transaction is done as a whole or not at all, within one system call. Rules in full are the business of `nft`.
 */
import { Attributes, NLM_F_CREATE, type NetlinkRequest } from './message.ts';
import { NetlinkSocket } from './netlink-socket.ts';

const NETLINK_NETFILTER = 12;
const SUBSYSTEM = 10;
const BATCH_BEGIN = 0x10;
const BATCH_END = 0x11;
const MESSAGE = { NEWCHAIN: 3, DELCHAIN: 5, NEWRULE: 6, NEWSETELEM: 12, DELSETELEM: 14 } as const;
const CHAIN = { TABLE: 1, NAME: 3 } as const;
const RULE = { TABLE: 1, CHAIN: 2, EXPRESSIONS: 4 } as const;
const ELEMENTS = { TABLE: 1, SET: 2, LIST: 3 } as const;
const ELEMENT = { KEY: 1, DATA: 2 } as const;
const DATA = { VALUE: 1, VERDICT: 2 } as const;
const VERDICT = { CODE: 1, CHAIN: 2 } as const;
const EXPRESSION = { NAME: 1, DATA: 2 } as const;
const IMMEDIATE = { REGISTER: 1, DATA: 2 } as const;
const LOG = { GROUP: 1, PREFIX: 2, SNAPLEN: 3 } as const;
const LIST_ITEM = 1;
const VERDICT_REGISTER = 0;
const FLAG_APPEND = 0x800;
const CODES = { drop: 0, jump: -3, goto: -4 } as const;
const FAMILIES = { ip: 2, arp: 3 } as const;

export type Verdict = { readonly type: 'drop' } | { readonly type: 'jump' | 'goto'; readonly chain: string };

export type Statement =
  | Verdict
  | { readonly type: 'log'; readonly prefix: string; readonly group: number; readonly snaplen: number };

export interface TableName {
  readonly family: keyof typeof FAMILIES;
  readonly table: string;
}

export interface SetElement {
  /** Each part of a key of several begins at a multiple of four bytes. */
  readonly key: Uint8Array;
  /** Of a map. */
  readonly value?: Uint8Array | Verdict;
}

/** The request that adds a chain; one that is there stays as it is. */
export function addChain(name: TableName, chain: string): NetlinkRequest {
  const attributes = new Attributes().text(CHAIN.TABLE, name.table).text(CHAIN.NAME, chain);
  return request(name, `chain ${chain}`, { type: MESSAGE.NEWCHAIN, flags: NLM_F_CREATE, attributes });
}

/** The request that removes a chain with its rules. */
export function deleteChain(name: TableName, chain: string): NetlinkRequest {
  const attributes = new Attributes().text(CHAIN.TABLE, name.table).text(CHAIN.NAME, chain);
  return request(name, `chain ${chain}`, { type: MESSAGE.DELCHAIN, flags: 0, attributes });
}

/** The request that puts a rule at the end of a chain. */
export function appendRule(name: TableName, chain: string, statements: readonly Statement[]): NetlinkRequest {
  const expressions = new Attributes();
  for (const statement of statements) expressions.nested(LIST_ITEM, expression(statement));
  const attributes = new Attributes()
    .text(RULE.TABLE, name.table)
    .text(RULE.CHAIN, chain)
    .nested(RULE.EXPRESSIONS, expressions);
  const flags = NLM_F_CREATE | FLAG_APPEND;
  return request(name, `rule of ${chain}`, { type: MESSAGE.NEWRULE, flags, attributes });
}

/** The request that adds elements; those that are there with the same value stay. */
export function addElements(name: TableName, set: string, elements: readonly SetElement[]): NetlinkRequest {
  return elementsRequest(name, set, { type: MESSAGE.NEWSETELEM, flags: NLM_F_CREATE, elements });
}

/** The request that removes elements. */
export function deleteElements(
  name: TableName,
  set: string,
  elements: readonly SetElement[],
): NetlinkRequest {
  return elementsRequest(name, set, { type: MESSAGE.DELSETELEM, flags: 0, elements });
}

export class NfTablesSocket extends NetlinkSocket {
  /** Opens the socket in the namespace where the thread is now. */
  constructor() {
    super(NETLINK_NETFILTER);
  }

  /** Does all requests, or none and throws the error of the first that cannot be done. */
  transact(requests: readonly NetlinkRequest[]): void {
    this.batch(batchRequest(BATCH_BEGIN), requests, batchRequest(BATCH_END));
  }
}

function elementsRequest(
  name: TableName,
  set: string,
  { type, flags, elements }: { type: number; flags: number; elements: readonly SetElement[] },
): NetlinkRequest {
  const list = new Attributes();
  for (const { key, value } of elements) {
    const element = new Attributes().nested(ELEMENT.KEY, new Attributes().bytes(DATA.VALUE, key));
    if (value !== undefined) element.nested(ELEMENT.DATA, dataOf(value));
    list.nested(LIST_ITEM, element);
  }
  const attributes = new Attributes()
    .text(ELEMENTS.TABLE, name.table)
    .text(ELEMENTS.SET, set)
    .nested(ELEMENTS.LIST, list);
  return request(name, `elements of ${set}`, { type, flags, attributes });
}

function dataOf(value: Uint8Array | Verdict): Attributes {
  if (value instanceof Uint8Array) return new Attributes().bytes(DATA.VALUE, value);
  const verdict = new Attributes().bytes(VERDICT.CODE, bigEndian(CODES[value.type]));
  if (value.type !== 'drop') verdict.text(VERDICT.CHAIN, value.chain);
  return new Attributes().nested(DATA.VERDICT, verdict);
}

function expression(statement: Statement): Attributes {
  if (statement.type === 'log') {
    const group = Buffer.alloc(2);
    group.writeUInt16BE(statement.group);
    const log = new Attributes()
      .bytes(LOG.GROUP, group)
      .text(LOG.PREFIX, statement.prefix)
      .bytes(LOG.SNAPLEN, bigEndian(statement.snaplen));
    return new Attributes().text(EXPRESSION.NAME, 'log').nested(EXPRESSION.DATA, log);
  }
  const immediate = new Attributes()
    .bytes(IMMEDIATE.REGISTER, bigEndian(VERDICT_REGISTER))
    .nested(IMMEDIATE.DATA, dataOf(statement));
  return new Attributes().text(EXPRESSION.NAME, 'immediate').nested(EXPRESSION.DATA, immediate);
}

function request(
  { family, table }: TableName,
  what: string,
  { type, flags, attributes }: { type: number; flags: number; attributes: Attributes },
): NetlinkRequest {
  return {
    what: `${what} in ${family} ${table}`,
    type: (SUBSYSTEM << 8) | type,
    flags,
    header: header(FAMILIES[family], 0),
    attributes,
  };
}

function batchRequest(type: number): NetlinkRequest {
  return { what: 'nftables', type, flags: 0, header: header(0, SUBSYSTEM) };
}

/** `struct nfgenmsg`. */
function header(family: number, resource: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt8(family, 0);
  bytes.writeUInt16BE(resource, 2);
  return bytes;
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
