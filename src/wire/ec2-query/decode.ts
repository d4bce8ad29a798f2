/**
 * Turns a request's parameters into the SDK's types by its schema, strictly: what the schema does not know, what is
 * missing and what is of a wrong type is refused in EC2's words. Each schema is compiled to closures once.
 */
import { ApiError } from '../../domain/errors.ts';
import { type MemberShape, resolveShape, type SchemaRef, type StructureShape } from '../shape.ts';
import { requestName } from './member-names.ts';
import { type Parameter, shown } from './parameters.ts';

/** `path` is the parameter's whole name, for messages. */
export type Decode = (parameter: Parameter, path: string) => unknown;

/** Compiles schemas to decoders and remembers them. */
export class DecoderCompiler {
  readonly #structures = new Map<string, Decode>();

  /** The decoder of a schema. Compiles on first use; throws TypeError for what EC2's model does not have. */
  compile(schema: SchemaRef): Decode {
    const shape = resolveShape(schema);
    switch (shape.kind) {
      case 'string':
        return scalar(decodeString);
      case 'number':
        return scalar(decodeWholeNumber);
      case 'boolean':
        return scalar(decodeBoolean);
      case 'blob':
        return scalar(decodeBlob);
      case 'timestamp':
        return scalar(decodeTimestamp);
      case 'list':
        return listDecoder(this.compile(shape.member));
      case 'structure':
        return this.#structure(shape);
      case 'unit':
        return structureDecoder([]);
      case 'document':
      case 'map':
      case 'union':
      case 'error':
        throw new TypeError(`ec2-query has no ${shape.kind}`);
    }
  }

  /** A schema may hold itself: its decoder is known by name before its members are compiled. */
  #structure(shape: StructureShape): Decode {
    const id = `${shape.namespace}#${shape.name}`;
    const known = this.#structures.get(id);
    if (known !== undefined) return known;
    const members: DecodedMember[] = [];
    const decode = structureDecoder(members);
    this.#structures.set(id, decode);
    for (const member of shape.members) {
      members.push({ ...member, wireName: requestName(member), decode: this.compile(member.schema) });
    }
    return decode;
  }
}

interface DecodedMember extends MemberShape {
  readonly wireName: string;
  readonly decode: Decode;
}

function structureDecoder(members: readonly DecodedMember[]): Decode {
  let byWireName: ReadonlyMap<string, DecodedMember> | undefined;
  return (parameter, path) => {
    byWireName ??= new Map(members.map((member) => [member.wireName, member]));
    const result: Record<string, unknown> = {};
    for (const [name, below] of parameter.below) {
      const member = byWireName.get(name);
      const place = joined(path, name);
      if (member === undefined) throw unknown(place);
      result[member.name] = member.decode(below, place);
    }
    for (const { name, wireName, required } of members) {
      if (required && result[name] === undefined) throw missing(joined(path, wireName));
    }
    return result;
  };
}

/** Lists are numbered from 1; gaps close. A name without a number and without text is an empty list. */
function listDecoder(decode: Decode): Decode {
  return ({ text, below }, path) => {
    if (below.size === 0 && text !== undefined && text !== '') throw unknown(path);
    const items: { readonly at: number; readonly value: unknown }[] = [];
    for (const [index, item] of below) {
      const place = joined(path, index);
      if (!/^[1-9]\d{0,8}$/.test(index)) throw unknown(place);
      items.push({ at: Number(index), value: decode(item, place) });
    }
    return items.sort((one, other) => one.at - other.at).map(({ value }) => value);
  };
}

function scalar(convert: (text: string, path: string) => unknown): Decode {
  return ({ text, below }, path) => {
    const [inner] = below.keys();
    if (inner !== undefined) throw unknown(joined(path, inner));
    return convert(text ?? '', path);
  };
}

/** Characters that XML cannot carry: they could never be told again. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

function decodeString(text: string, path: string): string {
  if (NOT_XML.test(text)) {
    throw new ApiError('InvalidCharacter', `The parameter ${shown(path)} contains an invalid character.`);
  }
  return text;
}

/** EC2's schemas do not tell integers from fractions; none of its requests here has a fraction. */
function decodeWholeNumber(text: string, path: string): number {
  const value = /^[+-]?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw invalid(text, path, 'Expecting an integer value.');
  return value;
}

function decodeBoolean(text: string, path: string): boolean {
  const value = text.toLowerCase();
  if (value !== 'true' && value !== 'false') throw invalid(text, path, 'Expecting true or false.');
  return value === 'true';
}

const ISO_8601 = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

function decodeTimestamp(text: string, path: string): Date {
  const milliseconds = ISO_8601.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(milliseconds)) throw invalid(text, path, 'Expecting a date and time in ISO 8601 form.');
  return new Date(milliseconds);
}

function decodeBlob(text: string, path: string): Uint8Array {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw invalid(text, path, 'Expecting base64.');
  }
  return new Uint8Array(Buffer.from(text, 'base64'));
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function missing(path: string): ApiError {
  return new ApiError('MissingParameter', `The request must contain the parameter ${path}`);
}

function unknown(path: string): ApiError {
  return new ApiError('UnknownParameter', `The parameter ${shown(path)} is not recognized`);
}

function invalid(text: string, path: string, expectation: string): ApiError {
  const value = shown(text).replace(new RegExp(NOT_XML, 'g'), '?');
  return new ApiError(
    'InvalidParameterValue',
    `Value (${value}) for parameter ${shown(path)} is invalid. ${expectation}`,
  );
}
