/** Events of a block as the JSON of PutLogEvents, as the schema has it. */
import type { EventBlock } from '../../wire/logs/event-block.ts';

const BEGIN = '{"logEvents":[';
const END = ']}';
/** Of an event besides its message, with some escapes. */
const EVENT_BYTES = 48;
/** So much is written at once: calls have their price, and so have long strings. */
const PIECE_BYTES = 2_048;

export function encodedEvents(block: EventBlock): Buffer {
  let buffer: Buffer = Buffer.allocUnsafeSlow(block.textBytes + (block.count + 1) * EVENT_BYTES);
  let length = 0;
  const write = (text: string): void => {
    if (length + text.length > buffer.length) buffer = grown(buffer, length, length + text.length);
    length += buffer.write(text, length, 'latin1');
  };
  let piece = BEGIN;
  for (const [index, timestamp] of block.timestamps().entries()) {
    piece += `${index === 0 ? '' : ','}{"timestamp":${timestamp},"message":`;
    // A byte a character: JSON is made of it as of text, and nothing has to be decoded.
    const text = JSON.stringify(block.bytes(index).toString('latin1'));
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

function grown(buffer: Buffer, length: number, least: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.max(least, Math.ceil(buffer.length * 1.25)));
  buffer.copy(larger, 0, 0, length);
  return larger;
}
