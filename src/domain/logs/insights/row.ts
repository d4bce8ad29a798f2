/** What a query works on: a log event with the fields that are found in it, or a row that was made of events. */

/** A time, in epoch milliseconds: it calculates as a number and is shown as a date. */
export class Time {
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }
}

/** What a message holds. */
type Found = string | number | boolean;

/** Undefined: the row has no such field. */
export type Value = Found | Time | undefined;

export interface QueriedEvent {
  readonly timestamp: number;
  readonly ingestionTime: number;
  readonly message: string;
  readonly logStream: string;
  /** `<account>:<group>` */
  readonly log: string;
  readonly ptr: string;
}

/** As many fields of a JSON message are found. */
const MOST_FIELDS = 200;
const DEEPEST = 20;
const DIGITS = 4;

export class Row {
  readonly #event: QueriedEvent | undefined;
  readonly #made = new Map<string, Value>();
  #found: ReadonlyMap<string, Value> | undefined;

  constructor(event?: QueriedEvent) {
    this.#event = event;
  }

  /** Of its event's message, in characters. */
  get length(): number {
    return this.#event?.message.length ?? 0;
  }

  get(name: string): Value {
    if (this.#made.has(name)) return this.#made.get(name);
    if (this.#event === undefined) return undefined;
    if (name.startsWith('@')) return systemField(this.#event, name);
    this.#found ??= discovered(this.#event.message);
    return this.#found.get(name);
  }

  set(name: string, value: Value): void {
    this.#made.set(name, value);
  }
}

function systemField(event: QueriedEvent, name: string): Value {
  switch (name) {
    case '@timestamp':
      return new Time(event.timestamp);
    case '@ingestionTime':
      return new Time(event.ingestionTime);
    case '@message':
      return event.message;
    case '@logStream':
      return event.logStream;
    case '@log':
      return event.log;
    case '@ptr':
      return event.ptr;
    default:
      return undefined;
  }
}

/** All fields of an event, as texts; times are epoch milliseconds. */
export function recordFields(event: QueriedEvent): Record<string, string> {
  const { timestamp, ingestionTime, message, logStream, log } = event;
  const found = [...discovered(message)].map(([name, value]) => [name, String(value)]);
  return {
    ...(Object.fromEntries(found) as Record<string, string>),
    '@timestamp': String(timestamp),
    '@ingestionTime': String(ingestionTime),
    '@message': message,
    '@logStream': logStream,
    '@log': log,
  };
}

/** Members of a JSON object, by their paths with dots; elements of lists by their number. */
function discovered(message: string): ReadonlyMap<string, Found> {
  const fields = new Map<string, Found>();
  if (!message.trimStart().startsWith('{')) return fields;
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return fields;
  }
  gather(value, '', fields);
  return fields;
}

function gather(value: unknown, path: string, fields: Map<string, Found>, depth = 0): void {
  if (fields.size >= MOST_FIELDS || value === null || depth > DEEPEST) return;
  if (typeof value !== 'object') {
    fields.set(path, value as Found);
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    gather(member, path === '' ? name : `${path}.${name}`, fields, depth + 1);
  }
}

/** The number that a value is, or says. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (value instanceof Time) return value.ms;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === undefined || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** As results show it; undefined where there is nothing to show. */
export function textOf(value: Value): string | undefined {
  if (value instanceof Time) return new Date(value.ms).toISOString().replace('T', ' ').replace('Z', '');
  if (typeof value === 'number')
    return Number.isFinite(value) ? String(Number(value.toFixed(DIGITS))) : undefined;
  if (typeof value === 'boolean') return value ? '1' : '0';
  return value;
}
