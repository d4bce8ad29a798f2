/** Events of PutLogEvents as JSON, as the schema has them, written into memory that is there: new memory takes longer. */
import type { LogEvent } from './logs-client.ts';

const BEGIN = '{"logEvents":[';
const END = ']}';
/** Of an event besides its message. */
const EVENT_BYTES = 64;
const FIRST_BYTES = 4_096;

/** `into`: a buffer of an earlier call, of which nothing is needed any more; the answer may stand in it. */
export function encodedEvents(events: readonly LogEvent[], into?: Buffer): Buffer {
  let buffer = whole(into) ?? Buffer.allocUnsafeSlow(FIRST_BYTES);
  let length = buffer.write(BEGIN);
  for (const { timestamp, message } of events) {
    const text = JSON.stringify(message);
    // No UTF-16 unit needs more than three bytes.
    const most = length + text.length * 3 + EVENT_BYTES;
    if (most > buffer.length) buffer = grown(buffer, length, most);
    const first = length === BEGIN.length ? '' : ',';
    length += buffer.write(`${first}{"timestamp":${timestamp},"message":`, length, 'latin1');
    length += buffer.write(text, length);
    buffer[length++] = 0x7d;
  }
  length += buffer.write(END, length, 'latin1');
  return buffer.subarray(0, length);
}

/** All of the memory of which a part was handed out. */
function whole(part: Buffer | undefined): Buffer | undefined {
  return part === undefined ? undefined : Buffer.from(part.buffer);
}

function grown(buffer: Buffer, length: number, least: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.max(least, buffer.length * 2));
  buffer.copy(larger, 0, 0, length);
  return larger;
}
