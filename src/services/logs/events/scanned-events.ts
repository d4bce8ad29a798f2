/**
 * Uploads as agents send them, without making strings of their events: what AWS checks of an event is found in the
 * body's bytes, which then go into the store as they are. Whatever has another form, or is to be refused, is left to the
 * schema's decoder.
 */
import { isUtf8 } from 'node:buffer';
import { EVENT_OVERHEAD_BYTES, type EventFigures } from '../../../domain/logs/put-batch.ts';
import type { SetAside } from '../../../wire/service.ts';
import { MAX_EVENTS, MAX_SPAN_MS, MAX_UPLOAD_BYTES } from './put-limits.ts';

/** An event whose message is JSON in the body. */
export interface ScannedEvent extends EventFigures {
  /** Its first quote. */
  readonly from: number;
  /** Behind its last quote. */
  readonly until: number;
}

export interface ScannedEvents {
  readonly body: Buffer;
  readonly events: readonly ScannedEvent[];
}

const MEMBER = Buffer.from('"logEvents":[');
const END = Buffer.from(']}');
const TIMESTAMP = Buffer.from('{"timestamp":');
const MESSAGE = Buffer.from(',"message":"');
/** Times of so many digits are exact. */
const MOST_DIGITS = 15;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SIMPLE_ESCAPES = new Set(Buffer.from('"\\/bfnrt'));

/** For an operation whose body ends with its `logEvents`: they are set aside as `scanned`, and an empty list is left. */
export function scanUpload(body: Buffer): SetAside | undefined {
  const at = body.indexOf(MEMBER);
  // A quote behind one of these begins a string.
  if (at < 1 || (body[at - 1] !== COMMA && body[at - 1] !== OPEN_BRACE)) return undefined;
  const start = at + MEMBER.length;
  if (!stands(body, END, body.length - END.length) || !isUtf8(body)) return undefined;
  const events = new EventScanner(body, start, body.length - END.length).all();
  if (events === undefined) return undefined;
  const scanned: ScannedEvents = { body, events };
  return { rest: Buffer.concat([body.subarray(0, start), END]), members: { scanned } };
}

class EventScanner {
  readonly #body: Buffer;
  readonly #end: number;
  #at: number;
  /** Of the message that was passed last, in UTF-8. */
  #messageBytes = 0;

  constructor(body: Buffer, start: number, end: number) {
    this.#body = body;
    this.#at = start;
    this.#end = end;
  }

  /** All of them; undefined when they are not what AWS takes whole. */
  all(): ScannedEvent[] | undefined {
    const events: ScannedEvent[] = [];
    let total = 0;
    for (;;) {
      const event = this.#event(events.length);
      const before = events.at(-1) ?? event;
      if (event === undefined || before === undefined || event.timestamp < before.timestamp) return undefined;
      total += event.bytes;
      if (total > MAX_UPLOAD_BYTES || events.length === MAX_EVENTS) return undefined;
      events.push(event);
      if (this.#at === this.#end) break;
      if (this.#body[this.#at] !== COMMA) return undefined;
      this.#at += 1;
    }
    const span = (events.at(-1)?.timestamp ?? 0) - (events[0]?.timestamp ?? 0);
    return span > MAX_SPAN_MS ? undefined : events;
  }

  #event(index: number): ScannedEvent | undefined {
    if (!this.#pass(TIMESTAMP)) return undefined;
    const timestamp = this.#number();
    if (timestamp === undefined || !this.#pass(MESSAGE)) return undefined;
    const from = this.#at - 1;
    if (!this.#passMessage() || this.#body[this.#at] !== CLOSE_BRACE) return undefined;
    const until = this.#at;
    this.#at += 1;
    return { timestamp, index, bytes: this.#messageBytes + EVENT_OVERHEAD_BYTES, from, until };
  }

  #pass(text: Buffer): boolean {
    if (!stands(this.#body, text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #number(): number | undefined {
    const begin = this.#at;
    let value = 0;
    for (;;) {
      const digit = (this.#body[this.#at] ?? 0) - 0x30;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
      this.#at += 1;
    }
    const digits = this.#at - begin;
    const isPadded = digits > 1 && this.#body[begin] === 0x30;
    return digits === 0 || digits > MOST_DIGITS || isPadded ? undefined : value;
  }

  /** Goes behind the closing quote; false where the string is empty or needs a closer look. */
  #passMessage(): boolean {
    const body = this.#body;
    const end = this.#end;
    const begin = this.#at;
    let saved = 0;
    let at = begin;
    for (; at < end; at += 1) {
      const byte = body[at] as number;
      if (byte === QUOTE) break;
      if (byte < 0x20) return false;
      if (byte !== BACKSLASH) continue;
      const length = escapeLength(body, at + 1);
      if (length === undefined) return false;
      // The escape's bytes less those of the character that it is.
      saved += length.escape - length.character;
      at += length.escape - 1;
    }
    this.#at = at + 1;
    this.#messageBytes = at - begin - saved;
    return at < end && at > begin;
  }
}

interface EscapeLength {
  readonly escape: number;
  /** In UTF-8. */
  readonly character: number;
}

const SIMPLE: EscapeLength = { escape: 2, character: 1 };

/** Of the escape whose backslash stands before `at`; undefined for none, and for halves of pairs. */
function escapeLength(body: Buffer, at: number): EscapeLength | undefined {
  const letter = body[at] ?? 0;
  if (SIMPLE_ESCAPES.has(letter)) return SIMPLE;
  const digits = body.toString('latin1', at + 1, at + 5);
  if (letter !== LETTER_U || !/^[\da-f]{4}$/i.test(digits)) return undefined;
  const unit = Number.parseInt(digits, 16);
  if (unit >= 0xd800 && unit < 0xe000) return undefined;
  return { escape: 6, character: unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3 };
}

function stands(body: Buffer, text: Buffer, at: number): boolean {
  if (at < 0) return false;
  for (let index = 0; index < text.length; index += 1) if (body[at + index] !== text[index]) return false;
  return true;
}
