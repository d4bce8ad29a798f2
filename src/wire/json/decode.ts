/**
 * Turns parsed JSON, or CBOR, into the SDK's types by its schema, strictly: a wrong type is a SerializationException in
 * AWS's words; missing required members are gathered, with their paths. Members that the schema does not know are
 * ignored and null is absent, as at AWS. Each schema is compiled to closures once.
 */
import { ApiError } from '../../domain/errors.ts';
import {
  type MemberShape,
  resolveShape,
  type SchemaRef,
  type StructureShape,
  type TimestampFormat,
} from '../shape.ts';

/** What one decoding gathers. `missing` holds paths like `logEvents.1.member.message`. */
export interface DecodeState {
  readonly missing: string[];
  depth: number;
  /** The text had \u escapes, which can spell halves of surrogate pairs. */
  readonly escapes: boolean;
}

export type Decode = (value: unknown, state: DecodeState) => unknown;

type JsonObject = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 64;
const MAX_DATE_MS = 8.64e15;

export function newDecodeState(escapes = true): DecodeState {
  return { missing: [], depth: 0, escapes };
}

/** How parsed bodies hold what JSON has no type for; CBOR has others. */
export interface ScalarDecoders {
  readonly number: Decode;
  readonly blob: Decode;
  readonly timestamp: (format: TimestampFormat) => Decode;
}

/** Compiles schemas to decoders and remembers them. */
export class DecoderCompiler {
  readonly #structures = new Map<unknown, Decode>();
  readonly #scalars: ScalarDecoders;

  constructor(scalars: ScalarDecoders = JSON_SCALARS) {
    this.#scalars = scalars;
  }

  /** The decoder of a schema. Compiles on first use. */
  compile(schema: SchemaRef): Decode {
    const shape = resolveShape(schema);
    switch (shape.kind) {
      case 'string':
        return decodeString;
      case 'number':
        return this.#scalars.number;
      case 'boolean':
        return decodeBoolean;
      case 'blob':
        return this.#scalars.blob;
      case 'document':
        return decodeDocument;
      case 'unit':
        return (value) => {
          asObject(value, 'Expected null');
          return {};
        };
      case 'timestamp':
        return this.#scalars.timestamp(shape.format);
      case 'list':
        return listDecoder(this.compile(shape.member), shape.sparse);
      case 'map':
        return mapDecoder(this.compile(shape.value), shape.sparse);
      case 'structure':
      case 'union':
      case 'error':
        return this.#structure(shape);
    }
  }

  /** A schema may hold itself: its decoder is known by name before its members are compiled. */
  #structure(shape: StructureShape): Decode {
    const id = `${shape.namespace}#${shape.name}`;
    const known = this.#structures.get(id);
    if (known !== undefined) return known;
    const members = new Map<string, Decode>();
    const decode = structureDecoder(shape, members);
    this.#structures.set(id, decode);
    for (const member of shape.members) members.set(member.name, this.compile(member.schema));
    return decode;
  }
}

function structureDecoder(shape: StructureShape, members: ReadonlyMap<string, Decode>): Decode {
  const required = shape.members.filter((member) => member.required);
  const isUnion = shape.kind === 'union';
  return (value, state) => {
    const source = asObject(value, 'Expected null');
    enter(state);
    const result: Record<string, unknown> = {};
    let count = 0;
    for (const name in source) {
      const decode = members.get(name);
      const item = source[name];
      if (decode === undefined || item === null) continue;
      const before = state.missing.length;
      result[name] = decode(item, state);
      if (state.missing.length > before) prefixMissing(state, before, name);
      count++;
    }
    if (isUnion && count > 1) throw serializationError('Unexpected field type');
    if (required.length > 0) noteMissing(required, result, state);
    state.depth--;
    return result;
  };
}

function noteMissing(required: readonly MemberShape[], result: JsonObject, state: DecodeState): void {
  for (const member of required) {
    if (result[member.name] === undefined) state.missing.push(member.name);
  }
}

function listDecoder(decode: Decode, sparse: boolean): Decode {
  return (value, state) => {
    if (!Array.isArray(value)) {
      throw serializationError(isObject(value) ? STRUCTURE_START : 'Expected list or null');
    }
    const items: readonly unknown[] = value;
    enter(state);
    const result: unknown[] = [];
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      const before = state.missing.length;
      if (item !== null) result.push(decode(item, state));
      else if (sparse) result.push(null);
      else state.missing.push('');
      if (state.missing.length > before) prefixMissing(state, before, `${index + 1}.member`);
    }
    state.depth--;
    return result;
  };
}

function mapDecoder(decode: Decode, sparse: boolean): Decode {
  return (value, state) => {
    const source = asObject(value, 'Expected map or null');
    enter(state);
    const result: Record<string, unknown> = {};
    for (const key in source) {
      // A key that would change the object's prototype instead of adding a member.
      if (key === '__proto__') throw serializationError('Unexpected field type');
      const item = source[key];
      const name = state.escapes ? wellFormed(key) : key;
      const before = state.missing.length;
      if (item !== null) result[name] = decode(item, state);
      else if (sparse) result[name] = null;
      else state.missing.push('');
      if (state.missing.length > before) prefixMissing(state, before, `${name}.member`);
    }
    state.depth--;
    return result;
  };
}

function prefixMissing(state: DecodeState, from: number, prefix: string): void {
  for (let index = from; index < state.missing.length; index++) {
    const path = state.missing[index];
    state.missing[index] = path === '' ? prefix : `${prefix}.${path}`;
  }
}

const decodeString: Decode = (value, state) => {
  if (typeof value !== 'string') throw conversionError(value, 'a String');
  return state.escapes ? wellFormed(value) : value;
};

/** The SDK's schemas do not tell integers from fractions: whether a number must be whole is the service's to say. */
const decodeNumber: Decode = (value) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw conversionError(value, 'an Integer');
  return value;
};

const decodeBoolean: Decode = (value) => {
  if (typeof value !== 'boolean') throw conversionError(value, 'a Boolean');
  return value;
};

/** A number of seconds since the epoch as a Date. */
export const decodeEpochSeconds: Decode = (value) => {
  const milliseconds = typeof value === 'number' ? Math.round(value * 1000) : Number.NaN;
  if (!(Math.abs(milliseconds) <= MAX_DATE_MS)) throw conversionError(value, 'milliseconds since epoch');
  return new Date(milliseconds);
};

const decodeDateText: Decode = (value) => {
  const milliseconds = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(milliseconds)) throw conversionError(value, 'milliseconds since epoch');
  return new Date(milliseconds);
};

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

const decodeBlob: Decode = (value) => {
  if (typeof value !== 'string' || value.length % 4 !== 0 || !BASE64.test(value)) {
    throw conversionError(value, 'a Blob');
  }
  return new Uint8Array(Buffer.from(value, 'base64'));
};

const JSON_SCALARS: ScalarDecoders = {
  number: decodeNumber,
  blob: decodeBlob,
  timestamp: (format) => (format === 'epoch-seconds' ? decodeEpochSeconds : decodeDateText),
};

const decodeDocument: Decode = (value, state) => {
  if (typeof value === 'number' && !Number.isFinite(value)) throw conversionError(value, 'a Double');
  if (typeof value !== 'object' || value === null) return value;
  enter(state);
  const result = Array.isArray(value)
    ? value.map((item) => decodeDocument(item, state))
    : decodeDocumentMembers(value as JsonObject, state);
  state.depth--;
  return result;
};

function decodeDocumentMembers(source: JsonObject, state: DecodeState): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const key in source) {
    if (key === '__proto__') throw serializationError('Unexpected field type');
    result[key] = decodeDocument(source[key], state);
  }
  return result;
}

function enter(state: DecodeState): void {
  if (++state.depth > MAX_DEPTH) throw serializationError('Maximum nesting depth exceeded');
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asObject(value: unknown, expectation: string): JsonObject {
  if (isObject(value)) return value;
  throw serializationError(Array.isArray(value) ? LIST_START : expectation);
}

/** `String.prototype.toWellFormed` is in Node 20, not yet in the language version that we compile for. */
function wellFormed(text: string): string {
  return (text as string & { toWellFormed(): string }).toWellFormed();
}

const STRUCTURE_START = 'Start of structure or map found where not expected.';
const LIST_START = 'Start of list found where not expected';

/** `to` with its article, as AWS says it: `STRING_VALUE can not be converted to an Integer`. */
export function conversionError(value: unknown, to: string): ApiError {
  if (Array.isArray(value)) return serializationError(LIST_START);
  if (typeof value === 'object' && value !== null) return serializationError(STRUCTURE_START);
  const token =
    typeof value === 'string'
      ? 'STRING_VALUE'
      : typeof value === 'number'
        ? 'NUMBER_VALUE'
        : value === true
          ? 'TRUE_VALUE'
          : 'FALSE_VALUE';
  return serializationError(`${token} can not be converted to ${to}`);
}

export function serializationError(message: string): ApiError {
  return new ApiError('SerializationException', message);
}
