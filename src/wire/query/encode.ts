/**
 * Writes values of the SDK's types as XML elements by their schema. What the schema does not know never reaches the
 * text; undefined and null members are left out, an empty list is an empty element. A value of the wrong type is a
 * fault of ours and throws a TypeError that names the member. Each schema is compiled to closures once.
 */
import { resolveShape, type SchemaRef, type StructureShape } from '../shape.ts';
import { answerName } from './dialect.ts';

export const XML_CONTENT_TYPE = 'text/xml;charset=UTF-8';
export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** The content of an element. */
export type Encode = (value: unknown) => string;

/** Compiles schemas to encoders and remembers them. */
export class EncoderCompiler {
  readonly #structures = new Map<string, Encode>();

  /** The encoder of a schema; `label` names the place in the messages of faults. */
  compile(schema: SchemaRef, label: string): Encode {
    const shape = resolveShape(schema);
    switch (shape.kind) {
      case 'string':
        return (value) => (typeof value === 'string' ? escapeXml(value) : fault(label, 'a string'));
      case 'number':
        return (value) => (Number.isFinite(value) ? String(value) : fault(label, 'a finite number'));
      case 'boolean':
        return (value) => (typeof value === 'boolean' ? String(value) : fault(label, 'a boolean'));
      case 'blob':
        return (value) =>
          value instanceof Uint8Array ? Buffer.from(value).toString('base64') : fault(label, 'bytes');
      case 'timestamp':
        return (value) =>
          value instanceof Date && !Number.isNaN(value.getTime())
            ? value.toISOString()
            : fault(label, 'a valid Date');
      case 'list':
        return listEncoder(
          this.compile(shape.member, label),
          typeof shape.memberTraits['xmlName'] === 'string' ? shape.memberTraits['xmlName'] : 'member',
          label,
        );
      case 'map':
        return mapEncoder(this.compile(shape.value, label), label);
      case 'structure':
      case 'union':
        return this.#structure(shape);
      case 'unit':
      case 'document':
      case 'error':
        throw new TypeError(`a query has no ${shape.kind}`);
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
    for (const member of shape.members) {
      const { name, schema } = member;
      const content = this.compile(schema, `${shape.name}.${name}`);
      members.push({ name, element: answerName(member), encode: content });
    }
    return encode;
  }
}

interface EncodedMember {
  readonly name: string;
  readonly element: string;
  readonly encode: Encode;
}

function structureEncoder(members: readonly EncodedMember[], label: string): Encode {
  return (value) => {
    if (typeof value !== 'object' || value === null) return fault(label, 'an object');
    const source = value as Readonly<Record<string, unknown>>;
    let text = '';
    for (const member of members) {
      const item = source[member.name];
      if (item !== undefined && item !== null) text += element(member.element, member.encode(item));
    }
    return text;
  };
}

function listEncoder(encode: Encode, name: string, label: string): Encode {
  return (value) => {
    if (!Array.isArray(value)) return fault(label, 'an array');
    return (value as readonly unknown[]).map((item) => element(name, encode(item))).join('');
  };
}

function mapEncoder(encode: Encode, label: string): Encode {
  return (value) => {
    if (typeof value !== 'object' || value === null) return fault(label, 'an object');
    return Object.entries(value)
      .map(([key, item]) => element('entry', element('key', escapeXml(key)) + element('value', encode(item))))
      .join('');
  };
}

/** An element; `content` is XML already. */
export function element(name: string, content: string): string {
  return content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
};

/** Markup, and what XML cannot carry at all: control characters and halves of surrogate pairs. */
const NEEDS_ESCAPE =
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  /[&<>"\u0000-\u0008\u000b-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Text as XML content. What XML cannot carry becomes U+FFFD. */
export function escapeXml(text: string): string {
  return text.replace(NEEDS_ESCAPE, (character) => ESCAPES[character] ?? '\ufffd');
}

function fault(label: string, expected: string): never {
  throw new TypeError(`${label} is not ${expected}`);
}
