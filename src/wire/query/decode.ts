/**
 * Turns a request's parameters into the SDK's types by its schema: what is missing and what is of a wrong type is
 * refused in the words of the dialect. Each schema is compiled to closures once.
 */
import type { ApiError } from '../../domain/errors.ts';
import { type MemberShape, resolveShape, type SchemaRef, type StructureShape } from '../shape.ts';
import type { QueryDialect } from './dialect.ts';
import type { Parameter } from './parameters.ts';

/** `path` is the parameter's whole name, for messages. */
export type Decode = (parameter: Parameter, path: string) => unknown;

/** Compiles schemas to decoders and remembers them. */
export class DecoderCompiler {
  readonly #structures = new Map<string, Decode>();
  readonly #dialect: QueryDialect;

  constructor(dialect: QueryDialect) {
    this.#dialect = dialect;
  }

  /** The decoder of a schema. Compiles on first use; throws TypeError for what no query protocol here has. */
  compile(schema: SchemaRef): Decode {
    const dialect = this.#dialect;
    const shape = resolveShape(schema);
    switch (shape.kind) {
      case 'string':
        return scalar(dialect, decodeString);
      case 'number':
        return scalar(dialect, dialect.fractions ? decodeNumber : decodeWholeNumber);
      case 'boolean':
        return scalar(dialect, decodeBoolean);
      case 'blob':
        return scalar(dialect, decodeBlob);
      case 'timestamp':
        return scalar(dialect, decodeTimestamp);
      case 'list':
        return listDecoder(dialect, this.compile(shape.member));
      case 'structure':
        return this.#structure(shape);
      case 'unit':
        return structureDecoder(dialect, []);
      case 'map':
        return mapDecoder(dialect, this.compile(shape.value));
      case 'document':
      case 'union':
      case 'error':
        throw new TypeError(`a query has no ${shape.kind}`);
    }
  }

  /** A schema may hold itself: its decoder is known by name before its members are compiled. */
  #structure(shape: StructureShape): Decode {
    const id = `${shape.namespace}#${shape.name}`;
    const known = this.#structures.get(id);
    if (known !== undefined) return known;
    const members: DecodedMember[] = [];
    const decode = structureDecoder(this.#dialect, members);
    this.#structures.set(id, decode);
    for (const member of shape.members) {
      members.push({
        ...member,
        wireName: this.#dialect.requestName(member),
        decode: this.compile(member.schema),
      });
    }
    return decode;
  }
}

interface DecodedMember extends MemberShape {
  readonly wireName: string;
  readonly decode: Decode;
}

function structureDecoder(dialect: QueryDialect, members: readonly DecodedMember[]): Decode {
  let byWireName: ReadonlyMap<string, DecodedMember> | undefined;
  return (parameter, path) => {
    byWireName ??= new Map(members.map((member) => [member.wireName, member]));
    const result: Record<string, unknown> = {};
    for (const [name, below] of parameter.below) {
      const member = byWireName.get(name);
      const place = joined(path, name);
      if (member === undefined) {
        dialect.unknown(place);
        continue;
      }
      result[member.name] = member.decode(below, place);
    }
    for (const { name, wireName, required } of members) {
      if (required && result[name] === undefined) throw dialect.missing(joined(path, wireName));
    }
    return result;
  };
}

/** Lists are numbered from 1; gaps close. A name without a number and without text is an empty list. */
function listDecoder(dialect: QueryDialect, decode: Decode): Decode {
  return (parameter, path) => {
    const { text, below } = dialect.itemsOf(parameter);
    if (below.size === 0 && text !== undefined && text !== '') dialect.unknown(path);
    const items: { readonly at: number; readonly value: unknown }[] = [];
    for (const [index, item] of below) {
      const place = joined(path, index);
      if (!/^[1-9]\d{0,8}$/.test(index)) {
        dialect.unknown(place);
        continue;
      }
      items.push({ at: Number(index), value: decode(item, place) });
    }
    return items.sort((one, other) => one.at - other.at).map(({ value }) => value);
  };
}

/** `entry.1.key=…&entry.1.value=…`. */
function mapDecoder(dialect: QueryDialect, decode: Decode): Decode {
  return (parameter, path) => {
    const result: Record<string, unknown> = {};
    for (const [index, { below }] of parameter.below.get('entry')?.below ?? []) {
      const place = `${joined(path, 'entry')}.${index}`;
      const key = decodeString(below.get('key')?.text ?? '', `${place}.key`, dialect);
      const value = below.get('value');
      if (value === undefined) throw dialect.missing(`${place}.value`);
      // A key that would change the object's prototype instead of adding a member.
      if (key === '__proto__') throw dialect.invalidCharacter(`${place}.key`);
      result[key] = decode(value, `${place}.value`);
    }
    return result;
  };
}

type Convert = (text: string, path: string, dialect: QueryDialect) => unknown;

function scalar(dialect: QueryDialect, convert: Convert): Decode {
  return ({ text, below }, path) => {
    const [inner] = below.keys();
    if (inner !== undefined) dialect.unknown(joined(path, inner));
    return convert(text ?? '', path, dialect);
  };
}

/** Characters that XML cannot carry: they could never be told again. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

function decodeString(text: string, path: string, dialect: QueryDialect): string {
  if (NOT_XML.test(text)) throw dialect.invalidCharacter(path);
  return text;
}

/** The schemas do not tell integers from fractions. */
function decodeWholeNumber(text: string, path: string, dialect: QueryDialect): number {
  const value = /^[+-]?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw invalid(dialect, text, path, 'Expecting an integer value.');
  return value;
}

const NUMBER = /^[+-]?(\d{1,400}(\.\d{0,400})?|\.\d{1,400})([eE][+-]?\d{1,4})?$/;
/** As Python and others write what is no number, and what is no number of this world. */
const SPECIAL: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
};

/** What is not finite is for the service to refuse. */
function decodeNumber(text: string, path: string, dialect: QueryDialect): number {
  if (NUMBER.test(text)) return Number(text);
  const special = Object.hasOwn(SPECIAL, text.toLowerCase()) ? SPECIAL[text.toLowerCase()] : undefined;
  if (special === undefined) throw invalid(dialect, text, path, 'Expecting a number.');
  return special;
}

function decodeBoolean(text: string, path: string, dialect: QueryDialect): boolean {
  const value = text.toLowerCase();
  if (value !== 'true' && value !== 'false') throw invalid(dialect, text, path, 'Expecting true or false.');
  return value === 'true';
}

const ISO_8601 = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

function decodeTimestamp(text: string, path: string, dialect: QueryDialect): Date {
  const milliseconds = ISO_8601.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(milliseconds))
    throw invalid(dialect, text, path, 'Expecting a date and time in ISO 8601 form.');
  return new Date(milliseconds);
}

function decodeBlob(text: string, path: string, dialect: QueryDialect): Uint8Array {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw invalid(dialect, text, path, 'Expecting base64.');
  }
  return new Uint8Array(Buffer.from(text, 'base64'));
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** What XML cannot carry is not repeated. */
function invalid(dialect: QueryDialect, text: string, path: string, expectation: string): ApiError {
  return dialect.invalid(text.replace(new RegExp(NOT_XML, 'g'), '?'), path, expectation);
}
