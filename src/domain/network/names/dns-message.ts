/**
 * DNS messages as a VPC's resolver needs them (RFC 1035, the size of RFC 6891): questions read, answers built. Nothing
 * that arrives makes this throw, loop or grow: names have at most 255 bytes, pointers lead backwards only.
 */
export const DNS_TYPE = { A: 1, CNAME: 5, PTR: 12, AAAA: 28, OPT: 41 } as const;
export const DNS_CODE = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  unknownName: 3,
  notImplemented: 4,
  refused: 5,
} as const;
export type DnsCode = (typeof DNS_CODE)[keyof typeof DNS_CODE];

export interface DnsQuery {
  readonly id: number;
  /** Lower case, without the dot at the end; dots inside a label are written `\.`. */
  readonly name: string;
  readonly type: number;
  /** What was asked, as it came: an answer repeats it. */
  readonly question: Uint8Array;
  readonly recursionDesired: boolean;
  /** The longest answer that the sender takes by UDP. */
  readonly udpSize: number;
  /** It has an OPT record, so the answer needs one. */
  readonly extended: boolean;
}

/** Why a message is no query that can be answered; without `code` it deserves no answer at all. */
export interface DnsRefusal {
  readonly id: number;
  readonly code?: DnsCode;
}

/** `data` is an IPv4 address, or a name. */
export interface DnsRecord {
  readonly type: typeof DNS_TYPE.A | typeof DNS_TYPE.PTR;
  readonly ttl: number;
  readonly data: string;
}

export interface DnsAnswer {
  readonly code: DnsCode;
  readonly records?: readonly DnsRecord[];
}

const HEADER = 12;
const SMALLEST_UDP = 512;
const LARGEST_UDP = 4096;
const CLASS_IN = 1;
const CLASS_ANY = 255;
const LONGEST_NAME = 255;
const LONGEST_LABEL = 63;
/** Of the header's second 16 bits. */
const FLAG = { response: 0x8000, truncated: 0x0200, recursionDesired: 0x0100, recursionAvailable: 0x0080 };
/** A pointer to the question's name. */
const OWNER = [0xc0, HEADER];
const MOST_RECORDS = 64;

/** Reads a message that may be a query. */
export function readQuery(message: Uint8Array): DnsQuery | DnsRefusal | undefined {
  if (message.length < HEADER) return undefined;
  const id = uint16(message, 0);
  const flags = uint16(message, 2);
  if ((flags & FLAG.response) !== 0) return { id };
  if (((flags >> 11) & 0xf) !== 0) return { id, code: DNS_CODE.notImplemented };
  const name = readName(message, HEADER);
  if (uint16(message, 4) !== 1 || name === undefined || name.end + 4 > message.length) {
    return { id, code: DNS_CODE.formatError };
  }
  const end = name.end + 4;
  const queryClass = uint16(message, name.end + 2);
  if (queryClass !== CLASS_IN && queryClass !== CLASS_ANY) return { id, code: DNS_CODE.notImplemented };
  const size = optSize(message, end);
  return {
    id,
    name: name.text,
    type: uint16(message, name.end),
    question: message.slice(HEADER, end),
    recursionDesired: (flags & FLAG.recursionDesired) !== 0,
    udpSize: Math.min(Math.max(size ?? 0, SMALLEST_UDP), LARGEST_UDP),
    extended: size !== undefined,
  };
}

export function isQuery(read: DnsQuery | DnsRefusal): read is DnsQuery {
  return 'question' in read;
}

/** The answer to a query. Longer than `limit` bytes it has no records and says so: the sender asks again by TCP. */
export function buildAnswer(query: DnsQuery, { code, records = [] }: DnsAnswer, limit?: number): Uint8Array {
  const bodies = records.map(recordBytes);
  const length =
    HEADER +
    query.question.length +
    bodies.reduce((sum, each) => sum + each.length, 0) +
    (query.extended ? OPT_RECORD.length : 0);
  const truncated = limit !== undefined && length > limit;
  const flags =
    FLAG.response |
    FLAG.recursionAvailable |
    (truncated ? FLAG.truncated : 0) |
    (query.recursionDesired ? FLAG.recursionDesired : 0) |
    code;
  const sent = truncated ? [] : bodies;
  return Uint8Array.from([
    ...[query.id, flags, 1, sent.length, 0, query.extended ? 1 : 0].flatMap(bytes16),
    ...query.question,
    ...sent.flat(),
    ...(query.extended ? OPT_RECORD : []),
  ]);
}

/** An answer to what could not be read: a header alone. */
export function buildRefusal({ id, code }: DnsRefusal): Uint8Array | undefined {
  if (code === undefined) return undefined;
  return Uint8Array.from([id, FLAG.response | code, 0, 0, 0, 0].flatMap(bytes16));
}

/** A query of our own for a name's IPv4 addresses; undefined when the name cannot be one. */
export function buildAddressQuery(id: number, name: string): Uint8Array | undefined {
  const encoded = nameBytes(name);
  if (encoded === undefined) return undefined;
  const header = [id, FLAG.recursionDesired, 1, 0, 0, 0].flatMap(bytes16);
  return Uint8Array.from([...header, ...encoded, ...bytes16(DNS_TYPE.A), ...bytes16(CLASS_IN)]);
}

export interface DnsReply {
  readonly id: number;
  readonly code: number;
  readonly truncated: boolean;
  /** The IPv4 addresses, behind whatever aliases. */
  readonly addresses: readonly string[];
}

/** Reads the answer of another resolver to a query for addresses; undefined when it is none. */
export function readReply(message: Uint8Array): DnsReply | undefined {
  if (message.length < HEADER) return undefined;
  const flags = uint16(message, 2);
  if ((flags & FLAG.response) === 0) return undefined;
  let at = HEADER;
  for (let questions = uint16(message, 4); questions > 0; questions -= 1) {
    const name = readName(message, at);
    if (name === undefined || at > message.length) return undefined;
    at = name.end + 4;
  }
  const addresses: string[] = [];
  for (let left = Math.min(uint16(message, 6), MOST_RECORDS); left > 0; left -= 1) {
    const record = readRecord(message, at);
    if (record === undefined) break;
    at = record.end;
    if (record.type === DNS_TYPE.A && record.class === CLASS_IN && record.data.length === 4) {
      addresses.push(record.data.join('.'));
    }
  }
  return {
    id: uint16(message, 0),
    code: flags & 0xf,
    truncated: (flags & FLAG.truncated) !== 0,
    addresses,
  };
}

/**
 * Whether a message is the answer to a query: it has its id and its question. Who could not read the question may refuse
 * without it.
 */
export function isAnswerTo(query: Uint8Array, message: Uint8Array): boolean {
  if (message.length < HEADER || uint16(message, 0) !== uint16(query, 0)) return false;
  const flags = uint16(message, 2);
  if ((flags & FLAG.response) === 0) return false;
  const questions = uint16(message, 4);
  if (questions !== 1) return questions === 0 && (flags & 0xf) !== 0;
  const asked = readName(query, HEADER);
  const answered = readName(message, HEADER);
  if (asked === undefined || answered?.text !== asked.text) return false;
  // Type and class.
  return [0, 2].every((at) => uint16(query, asked.end + at) === uint16(message, answered.end + at));
}

/** OPT of version 0 for the longest answer that we send. */
const OPT_RECORD: readonly number[] = [
  0,
  ...bytes16(DNS_TYPE.OPT),
  ...bytes16(LARGEST_UDP),
  0,
  0,
  0,
  0,
  0,
  0,
];

/** The size that an OPT record among the additional records names. */
function optSize(message: Uint8Array, start: number): number | undefined {
  let at = start;
  const records = uint16(message, 6) + uint16(message, 8) + uint16(message, 10);
  for (let left = Math.min(records, MOST_RECORDS); left > 0; left -= 1) {
    const record = readRecord(message, at);
    if (record === undefined) return undefined;
    if (record.type === DNS_TYPE.OPT) return record.class;
    at = record.end;
  }
  return undefined;
}

interface RawRecord {
  readonly type: number;
  readonly class: number;
  readonly data: readonly number[];
  readonly end: number;
}

function readRecord(message: Uint8Array, start: number): RawRecord | undefined {
  const name = readName(message, start);
  if (name === undefined || name.end + 10 > message.length) return undefined;
  const end = name.end + 10 + uint16(message, name.end + 8);
  if (end > message.length) return undefined;
  const data = [...message.subarray(name.end + 10, end)];
  return { type: uint16(message, name.end), class: uint16(message, name.end + 2), data, end };
}

function readName(message: Uint8Array, start: number): { text: string; end: number } | undefined {
  const labels: string[] = [];
  let at = start;
  let end: number | undefined;
  let length = 0;
  let before = start;
  for (;;) {
    const size = message[at];
    if (size === undefined) return undefined;
    if (size >= 0xc0) {
      const target = uint16(message, at) & 0x3fff;
      end ??= at + 2;
      // Each jump goes further back than the last: no name can hold itself.
      if (target >= before || at + 1 >= message.length) return undefined;
      at = target;
      before = target;
      continue;
    }
    length += size + 1;
    if (size > LONGEST_LABEL || length > LONGEST_NAME || at + size >= message.length) return undefined;
    if (size === 0) return { text: labels.join('.'), end: end ?? at + 1 };
    labels.push(labelText(message.subarray(at + 1, at + 1 + size)));
    at += size + 1;
  }
}

function labelText(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
    .toLowerCase()
    .replaceAll('\\', '\\\\')
    .replaceAll('.', '\\.');
}

function recordBytes({ type, ttl, data }: DnsRecord): number[] {
  const bytes = type === DNS_TYPE.A ? data.split('.').map(Number) : (nameBytes(data) ?? [0]);
  const fixed = [type, CLASS_IN, Math.floor(ttl / 65_536), ttl % 65_536, bytes.length].flatMap(bytes16);
  return [...OWNER, ...fixed, ...bytes];
}

function nameBytes(name: string): number[] | undefined {
  const labels = name.replace(/\.$/, '').split('.');
  const fits = labels.every((label) => label.length >= 1 && label.length <= LONGEST_LABEL);
  // oxlint-disable-next-line no-control-regex
  if (!fits || name.length > LONGEST_NAME - 2 || !/^[\x21-\x7e]+$/.test(name)) return undefined;
  return [
    ...labels.flatMap((label) => [label.length, ...Array.from(label, (each) => each.charCodeAt(0))]),
    0,
  ];
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function bytes16(value: number): number[] {
  return [(value >> 8) & 0xff, value & 0xff];
}
