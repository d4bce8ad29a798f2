/** What CBOR has types of its own for, as the SDK's reader gives it. */
import { conversionError, decodeEpochSeconds, type Decode, type ScalarDecoders } from '../json/decode.ts';

const TIMESTAMP_TAG = 1;

/** Whether a number may be other than finite is for the service to say. */
const decodeNumber: Decode = (value) => {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'number') throw conversionError(value, 'an Integer');
  return value;
};

const decodeBlob: Decode = (value) => {
  if (!(value instanceof Uint8Array)) throw conversionError(value, 'a Blob');
  return new Uint8Array(value);
};

const decodeTimestamp: Decode = (value, state) => {
  const { tag, value: seconds } = (value ?? {}) as { readonly tag?: unknown; readonly value?: unknown };
  if (tag !== TIMESTAMP_TAG) throw conversionError(value, 'milliseconds since epoch');
  return decodeEpochSeconds(typeof seconds === 'bigint' ? Number(seconds) : seconds, state);
};

export const CBOR_SCALARS: ScalarDecoders = {
  number: decodeNumber,
  blob: decodeBlob,
  timestamp: () => decodeTimestamp,
};
