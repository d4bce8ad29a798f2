/**
 * The one place that knows how `@aws-sdk/client-*` lays out its schemas in memory: nested arrays
 * `[kind, namespace, name, traits, …]`, small numbers for simple types, functions for later resolution.
 * Everything else in wire sees the Shape below. References stay lazy, since schemas may refer to themselves.
 */

/** A schema of the SDK, or a function that gives one; only `resolveShape` looks inside. */
export type SchemaRef = unknown;

export type Traits = Readonly<Record<string, unknown>>;

export type TimestampFormat = 'epoch-seconds' | 'date-time' | 'http-date';

export type Shape =
  | { readonly kind: 'string' | 'number' | 'boolean' | 'blob' | 'document' | 'unit' }
  | { readonly kind: 'timestamp'; readonly format: TimestampFormat }
  | {
      readonly kind: 'list';
      readonly member: SchemaRef;
      readonly memberTraits: Traits;
      readonly sparse: boolean;
    }
  | { readonly kind: 'map'; readonly value: SchemaRef; readonly sparse: boolean }
  | StructureShape;

export interface StructureShape {
  readonly kind: 'structure' | 'union' | 'error';
  readonly namespace: string;
  readonly name: string;
  readonly traits: Traits;
  readonly members: readonly MemberShape[];
}

export interface MemberShape {
  readonly name: string;
  readonly schema: SchemaRef;
  readonly traits: Traits;
  readonly required: boolean;
}

const LIST_OF = 64;
const MAP_OF = 128;
const NO_TRAITS: Traits = {};

/** Traits without a value stand as bits of one number. */
const TRAIT_BITS: readonly (readonly [bit: number, name: string])[] = [
  [1, 'httpLabel'],
  [16, 'httpPayload'],
  [32, 'httpResponseCode'],
  [64, 'httpQueryParams'],
];

/** Reads one schema; what it refers to stays unread. Throws on a layout that is not known. */
export function resolveShape(ref: SchemaRef): Shape {
  const schema = dereference(ref);
  if (schema === 'unit') return { kind: 'unit' };
  if (typeof schema === 'number') return numberedShape(schema);
  if (Array.isArray(schema)) return staticShape(schema);
  throw new TypeError(`not a schema: ${String(schema)}`);
}

/** Follows functions, takes members' own traits off (`[schema, traits]`) and simple types' names. */
function dereference(ref: SchemaRef): unknown {
  let schema: unknown = ref;
  for (;;) {
    if (typeof schema === 'function') schema = (schema as () => unknown)();
    else if (Array.isArray(schema) && schema.length === 2) schema = schema[0];
    else if (Array.isArray(schema) && schema[0] === 0) schema = schema[4];
    else return schema;
  }
}

function numberedShape(schema: number): Shape {
  if (schema >= MAP_OF) return { kind: 'map', value: schema - MAP_OF, sparse: false };
  if (schema >= LIST_OF)
    return { kind: 'list', member: schema - LIST_OF, memberTraits: NO_TRAITS, sparse: false };
  switch (schema) {
    case 0:
      return { kind: 'string' };
    case 1:
    case 17:
    case 19:
      return { kind: 'number' };
    case 2:
      return { kind: 'boolean' };
    case 4:
    case 7:
      return { kind: 'timestamp', format: 'epoch-seconds' };
    case 5:
      return { kind: 'timestamp', format: 'date-time' };
    case 6:
      return { kind: 'timestamp', format: 'http-date' };
    case 15:
      return { kind: 'document' };
    case 21:
    case 42:
      return { kind: 'blob' };
    default:
      throw new TypeError(`not a simple schema: ${schema}`);
  }
}

function staticShape(schema: readonly unknown[]): Shape {
  const [kind, namespace, name, rawTraits] = schema;
  const traits = traitsFrom(rawTraits);
  switch (kind) {
    case 1:
      return {
        kind: 'list',
        member: schema[4],
        memberTraits: memberTraits(schema[4]),
        sparse: traits['sparse'] === 1,
      };
    case 2:
      return { kind: 'map', value: schema[5], sparse: traits['sparse'] === 1 };
    case 3:
    case 4:
    case -3:
      return {
        kind: kind === 3 ? 'structure' : kind === 4 ? 'union' : 'error',
        namespace: String(namespace),
        name: String(name),
        traits,
        members: membersOf(schema),
      };
    default:
      throw new TypeError(`not a schema: kind ${String(kind)}`);
  }
}

/** The required members come first; the last element says how many they are. */
function membersOf(schema: readonly unknown[]): readonly MemberShape[] {
  const names = schema[4] as readonly string[];
  const schemas = schema[5] as readonly SchemaRef[];
  const requiredCount = typeof schema[6] === 'number' ? schema[6] : 0;
  return names.map((name, index) => ({
    name,
    schema: schemas[index],
    traits: memberTraits(schemas[index]),
    required: index < requiredCount,
  }));
}

/** The traits of an operation: `http` is its method, path and status. */
export function operationTraits(schema: readonly unknown[]): Traits {
  return traitsFrom(schema[3]);
}

/** A member's own traits stand beside its schema: `[schema, traits]`. */
function memberTraits(ref: SchemaRef): Traits {
  return Array.isArray(ref) && ref.length === 2 ? traitsFrom(ref[1]) : NO_TRAITS;
}

function traitsFrom(raw: unknown): Traits {
  if (typeof raw === 'number' && raw !== 0) {
    return Object.fromEntries(TRAIT_BITS.filter(([bit]) => (raw & bit) !== 0).map(([, name]) => [name, 1]));
  }
  return typeof raw === 'object' && raw !== null ? (raw as Traits) : NO_TRAITS;
}
