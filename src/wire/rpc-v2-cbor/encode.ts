/**
 * Makes of values of the SDK's types what its CBOR writer takes, by their schema. What the schema does not know never
 * gets through; undefined and null members are left out. A value of the wrong type is a fault of ours and throws a
 * TypeError that names the member. Each schema is compiled to closures once.
 */
import { dateToTag } from '@smithy/core/cbor';
import { resolveShape, type SchemaRef, type StructureShape } from '../shape.ts';

export type Encode = (value: unknown) => unknown;

type Members = Readonly<Record<string, unknown>>;

/** Compiles schemas to encoders and remembers them. */
export class EncoderCompiler {
  readonly #structures = new Map<string, Encode>();

  /** The encoder of a schema; `label` names the place in the messages of faults. */
  compile(schema: SchemaRef, label = 'value'): Encode {
    const shape = resolveShape(schema);
    switch (shape.kind) {
      case 'string':
        return (value) => (typeof value === 'string' ? value : fault(label, 'a string'));
      case 'number':
        return (value) => (Number.isFinite(value) ? value : fault(label, 'a finite number'));
      case 'boolean':
        return (value) => (typeof value === 'boolean' ? value : fault(label, 'a boolean'));
      case 'blob':
        return (value) => (value instanceof Uint8Array ? value : fault(label, 'bytes'));
      case 'timestamp':
        return (value) =>
          value instanceof Date && !Number.isNaN(value.getTime())
            ? dateToTag(value)
            : fault(label, 'a valid Date');
      case 'list': {
        const encode = this.compile(shape.member, label);
        return (value) => (Array.isArray(value) ? value.map(encode) : fault(label, 'an array'));
      }
      case 'map': {
        const encode = this.compile(shape.value, label);
        return (value) =>
          Object.fromEntries(
            Object.entries(asObject(value, label)).map(([key, item]) => [key, encode(item)]),
          );
      }
      case 'unit':
        return () => ({});
      case 'structure':
      case 'union':
      case 'error':
        return this.#structure(shape);
      case 'document':
        throw new TypeError('there are no documents here');
    }
  }

  /** A schema may hold itself: its encoder is known by name before its members are compiled. */
  #structure(shape: StructureShape): Encode {
    const id = `${shape.namespace}#${shape.name}`;
    const known = this.#structures.get(id);
    if (known !== undefined) return known;
    const members: { readonly name: string; readonly encode: Encode }[] = [];
    const encode: Encode = (value) => {
      const source = asObject(value, shape.name);
      const result: Record<string, unknown> = {};
      for (const member of members) {
        const item = source[member.name];
        if (item !== undefined && item !== null) result[member.name] = member.encode(item);
      }
      return result;
    };
    this.#structures.set(id, encode);
    for (const { name, schema } of shape.members) {
      members.push({ name, encode: this.compile(schema, `${shape.name}.${name}`) });
    }
    return encode;
  }
}

function asObject(value: unknown, label: string): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : fault(label, 'an object');
}

function fault(label: string, expected: string): never {
  throw new TypeError(`${label} is not ${expected}`);
}
