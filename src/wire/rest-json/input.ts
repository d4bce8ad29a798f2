/**
 * Gathers an operation's input from where its schema puts it: labels of the path, the query, the JSON body. The result
 * is one JSON object, which the schema's decoder then checks.
 */
import { parseJson } from '../json/body.ts';
import { serializationError } from '../json/decode.ts';
import { type MemberShape, resolveShape, type SchemaRef } from '../shape.ts';
import { parseQuery, type WireRequest } from '../sigv4/canonical-request.ts';
import type { Labels } from './route.ts';

export interface GatheredInput {
  readonly value: unknown;
  /** See DecodeState. */
  readonly escapes: boolean;
}

export type GatherInput = (request: WireRequest, labels: Labels) => GatheredInput;

const UNKNOWN_BINDINGS = [
  'httpPayload',
  'httpHeader',
  'httpPrefixHeaders',
  'httpQueryParams',
  'httpResponseCode',
];

/** Throws TypeError for a schema, of input or output, with bindings that are not known here. */
export function refuseUnknownBindings(schema: SchemaRef): void {
  const shape = resolveShape(schema);
  for (const { name, traits } of shape.kind === 'structure' ? shape.members : []) {
    const unknown = UNKNOWN_BINDINGS.find((binding) => traits[binding] !== undefined);
    if (unknown !== undefined) throw new TypeError(`${name}: ${unknown} is not known`);
  }
}

/** Throws TypeError for a schema with bindings that are not known here. */
export function inputGatherer(schema: SchemaRef): GatherInput {
  const shape = resolveShape(schema);
  const members = shape.kind === 'structure' ? shape.members : [];
  refuseUnknownBindings(schema);
  const labelled = members.filter(({ traits }) => traits['httpLabel'] !== undefined);
  const queried = members.filter(({ traits }) => traits['httpQuery'] !== undefined);
  const inBody = members.filter((member) => !labelled.includes(member) && !queried.includes(member));
  return (request, labels) => {
    const { value: body, escapes } =
      inBody.length === 0 ? { value: {}, escapes: false } : parseJson(request.body);
    if (!isObject(body)) return { value: body, escapes };
    const input: Record<string, unknown> = {};
    for (const { name } of labelled) input[name] = labels.get(name);
    const query = queried.length === 0 ? [] : queryOf(request.url);
    for (const member of queried) input[member.name] = queryValue(member, query);
    for (const { name } of inBody) if (Object.hasOwn(body, name)) input[name] = body[name];
    return { value: withoutUndefined(input), escapes };
  };
}

type Query = readonly (readonly [name: string, value: string])[];

function queryOf(url: string): Query {
  const start = url.indexOf('?');
  return start === -1 ? [] : parseQuery(url.slice(start + 1));
}

function queryValue({ schema, traits }: MemberShape, query: Query): unknown {
  const texts = query.filter(([name]) => name === traits['httpQuery']).map(([, value]) => value);
  const [first] = texts;
  if (first === undefined) return undefined;
  const shape = resolveShape(schema);
  if (shape.kind === 'list') return texts;
  if (shape.kind === 'number') return numberOf(first);
  if (shape.kind === 'boolean') return booleanOf(first);
  return first;
}

function numberOf(text: string): number {
  if (/^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text);
  throw serializationError('STRING_VALUE can not be converted to an Integer');
}

function booleanOf(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw serializationError('STRING_VALUE can not be converted to a Boolean');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutUndefined(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
