/**
 * Fluentd's forward protocol, version 1, as a client speaks it: records in packed form under one tag, and the answers
 * that say which of them were taken.
 */
import { DecodeError, decodeMultiStream, Encoder, ExtData } from '@msgpack/msgpack';
import { AppError } from '../../domain/errors.ts';

/** Members and values of one record; both become strings of MessagePack. */
export type ForwardRecord = Readonly<Record<string, string>>;

/** The extension type of a time with nanoseconds. */
const EVENT_TIME = 0;
/** What an answer may hold: one member with a short text. */
const ANSWER_LIMITS = {
  maxStrLength: 1024,
  maxMapLength: 16,
  maxArrayLength: 0,
  maxBinLength: 0,
  maxExtLength: 0,
};

export class ForwardEncoder {
  readonly #encoder = new Encoder();

  /** One record with its time, as `message` packs it. */
  entry(timeMs: number, record: ForwardRecord): Uint8Array {
    return this.#encoder.encode([eventTime(timeMs), record]);
  }

  /** `[tag, entries, options]`. With a chunk the other side is asked to answer `{ack: chunk}`. */
  message(tag: string, entries: readonly Uint8Array[], chunk?: string): Uint8Array {
    const options = { size: entries.length, ...(chunk !== undefined && { chunk }) };
    return this.#encoder.encode([tag, Buffer.concat(entries), options]);
  }
}

/**
 * The chunks that the other side says it has taken, from the bytes that it sends. Ends with the stream. Throws the
 * stream's error, and `invalid` for what is no answer.
 */
export async function* acknowledged(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  try {
    for await (const answer of decodeMultiStream<undefined>(stream, ANSWER_LIMITS)) {
      const chunk = typeof answer === 'object' && answer !== null && 'ack' in answer ? answer.ack : undefined;
      if (typeof chunk !== 'string') throw new AppError('invalid', 'the answer is no acknowledgement');
      yield chunk;
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new AppError('invalid', 'the answer is no acknowledgement', { cause: error });
  }
}

function eventTime(timeMs: number): ExtData {
  const data = Buffer.alloc(8);
  const seconds = Math.floor(timeMs / 1_000);
  data.writeUInt32BE(seconds, 0);
  data.writeUInt32BE(Math.floor((timeMs - seconds * 1_000) * 1e6), 4);
  return new ExtData(EVENT_TIME, data);
}
