/** Events of PutLogEvents as JSON, as the schema has them, written into memory that is there: new memory takes longer. */

/** An event with its message in UTF-8. */
export interface EncodableEvent {
  readonly timestamp: number;
  /** The message's bytes, a character each (`latin1`): JSON is made of them as of text, and nothing has to be decoded. */
  readonly utf8: string;
}

const BEGIN = '{"logEvents":[';
const END = ']}';
/** Of an event besides its message, with some escapes. */
const EVENT_BYTES = 48;
/** So much is written at once: calls have their price, and so have long strings. */
const PIECE_BYTES = 2_048;

/** `into`: a buffer of an earlier call, of which nothing is needed any more; the answer may stand in it. */
export function encodedEvents(events: readonly EncodableEvent[], into?: Buffer): Buffer {
  const expected = events.reduce((sum, { utf8 }) => sum + utf8.length + EVENT_BYTES, EVENT_BYTES);
  const earlier = whole(into);
  const isEnough = earlier !== undefined && earlier.length >= expected;
  let buffer = isEnough ? earlier : Buffer.allocUnsafeSlow(expected);
  let length = 0;
  const write = (text: string): void => {
    if (length + text.length > buffer.length) buffer = grown(buffer, length, length + text.length);
    length += buffer.write(text, length, 'latin1');
  };
  let piece = BEGIN;
  for (const [index, { timestamp, utf8 }] of events.entries()) {
    piece += `${index === 0 ? '' : ','}{"timestamp":${timestamp},"message":`;
    const text = JSON.stringify(utf8);
    if (text.length < PIECE_BYTES) piece += text;
    else {
      write(piece);
      write(text);
      piece = '';
    }
    piece += '}';
    if (piece.length < PIECE_BYTES) continue;
    write(piece);
    piece = '';
  }
  write(piece + END);
  return buffer.subarray(0, length);
}

/** All of the memory of which a part was handed out. */
function whole(part: Buffer | undefined): Buffer | undefined {
  return part === undefined ? undefined : Buffer.from(part.buffer);
}

function grown(buffer: Buffer, length: number, least: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.max(least, Math.ceil(buffer.length * 1.25)));
  buffer.copy(larger, 0, 0, length);
  return larger;
}
