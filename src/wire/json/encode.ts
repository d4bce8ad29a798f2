/**
 * Writes values of the SDK's types as JSON text by their schema. What the schema does not know never reaches the
 * text; undefined and null members are left out. A value of the wrong type is a fault of ours and throws a TypeError
 * that names the member. Each schema is compiled to closures once.
 */
import { resolveShape, type SchemaRef, type StructureShape, type TimestampFormat } from '../shape.ts';

export type Encode = (value: unknown) => string;

/** Compiles schemas to encoders and remembers them. */
export class EncoderCompiler {
  readonly #structures = new Map<string, Encode>();

  /** The encoder of a schema; `label` names the place in the messages of faults. */
  compile(schema: SchemaRef, label = 'value'): Encode {
    const shape = resolveShape(schema);
    switch (shape.kind) {
      case 'string':
        return (value) => (typeof value === 'string' ? quote(value) : fault(label, 'a string'));
      case 'number':
        return (value) => (Number.isFinite(value) ? String(value) : fault(label, 'a finite number'));
      case 'boolean':
        return (value) => (typeof value === 'boolean' ? String(value) : fault(label, 'a boolean'));
      case 'blob':
        return (value) =>
          value instanceof Uint8Array
            ? `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"`
            : fault(label, 'bytes');
      case 'document':
        return (value) => JSON.stringify(value) ?? 'null';
      case 'unit':
        return () => '{}';
      case 'timestamp':
        return timestampEncoder(shape.format, label);
      case 'list':
        return listEncoder(this.compile(shape.member, label), label);
      case 'map':
        return mapEncoder(this.compile(shape.value, label), label);
      case 'structure':
      case 'union':
      case 'error':
        return this.#structure(shape);
    }
  }

  /** A schema may hold itself: its encoder is known by name before its members are compiled. */
  #structure(shape: StructureShape): Encode {
    const id = `${shape.namespace}#${shape.name}`;
    const known = this.#structures.get(id);
    if (known !== undefined) return known;
    const members: EncodedMember[] = [];
    const encode = structureEncoder(members, shape.name);
    this.#structures.set(id, encode);
    for (const { name, schema } of shape.members) {
      members.push({
        name,
        first: `{${JSON.stringify(name)}:`,
        next: `,${JSON.stringify(name)}:`,
        encode: this.compile(schema, `${shape.name}.${name}`),
      });
    }
    return encode;
  }
}

interface EncodedMember {
  readonly name: string;
  readonly first: string;
  readonly next: string;
  readonly encode: Encode;
}

function structureEncoder(members: readonly EncodedMember[], label: string): Encode {
  return (value) => {
    if (typeof value !== 'object' || value === null) return fault(label, 'an object');
    const source = value as Readonly<Record<string, unknown>>;
    let text = '';
    for (const member of members) {
      const item = source[member.name];
      if (item === undefined || item === null) continue;
      text += (text === '' ? member.first : member.next) + member.encode(item);
    }
    return text === '' ? '{}' : `${text}}`;
  };
}

function listEncoder(encode: Encode, label: string): Encode {
  return (value) => {
    if (!Array.isArray(value)) return fault(label, 'an array');
    let text = '';
    for (const item of value as readonly unknown[]) {
      text += (text === '' ? '[' : ',') + (item === undefined || item === null ? 'null' : encode(item));
    }
    return text === '' ? '[]' : `${text}]`;
  };
}

function mapEncoder(encode: Encode, label: string): Encode {
  return (value) => {
    if (typeof value !== 'object' || value === null) return fault(label, 'an object');
    let text = '';
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      text += `${text === '' ? '{' : ','}${quote(key)}:${item === null ? 'null' : encode(item)}`;
    }
    return text === '' ? '{}' : `${text}}`;
  };
}

function timestampEncoder(format: TimestampFormat, label: string): Encode {
  return (value) => {
    if (!(value instanceof Date) || Number.isNaN(value.getTime())) return fault(label, 'a valid Date');
    switch (format) {
      case 'epoch-seconds':
        return String(value.getTime() / 1000);
      case 'date-time':
        return `"${value.toISOString().replace('.000Z', 'Z')}"`;
      case 'http-date':
        return `"${value.toUTCString()}"`;
    }
  };
}

/** Anything that JSON must escape, and halves of surrogate pairs; most texts have none of it. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

function quote(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}

function fault(label: string, expected: string): never {
  throw new TypeError(`${label} is not ${expected}`);
}
