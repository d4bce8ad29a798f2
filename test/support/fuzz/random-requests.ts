/** A random request for an operation, in the protocol of its service: fitting, odd, with wrong values, or broken. */
import { cbor, dateToTag } from '@smithy/core/cbor';
import { AWS_DIALECT } from '../../../src/wire/aws-query/dialect.ts';
import { EC2_DIALECT } from '../../../src/wire/ec2-query/ec2-dialect.ts';
import type { QueryDialect } from '../../../src/wire/query/dialect.ts';
import { rpcPath } from '../../../src/wire/rpc-v2-cbor/protocol.ts';
import type { OperationDefinition, RestJsonService, ServiceDefinition } from '../../../src/wire/service.ts';
import { operationTraits, resolveShape, type SchemaRef } from '../../../src/wire/shape.ts';
import { brokenText, generateValue, pick, toJson, WRONG_VALUES } from './fuzz.ts';

type Random = () => number;

export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** What it says, if it says anything. */
  readonly input: unknown;
}

/** What is drawn for an operation: an input, and whether it is to be written as it is or oddly. */
export interface DrawnInput {
  readonly input: unknown;
  readonly isOdd: boolean;
}

/**
 * A new input, or a variation of one that was answered well (`known`). `sense` makes of random values more sensible ones.
 */
export function drawInput(
  { schema }: Pick<OperationDefinition, 'schema'>,
  random: Random,
  known: readonly unknown[],
  sense: (input: unknown) => unknown,
): DrawnInput {
  const isOdd = random() < 0.5;
  const optionalMembers = pick(random, isOdd ? [0, 0.1, 0.2, 0.5, 0.9] : [0, 0.05, 0.1]);
  const fresh = sense(generateValue(schema[4], random, { hostile: isOdd, optionalMembers }));
  if (known.length === 0 || random() < 0.3) return { input: fresh, isOdd };
  return { input: varied(pick(random, known), fresh, random), isOdd: isOdd && random() < 0.5 };
}

/** Members of one in the place of those of the other, or missing, now and then. */
function varied(known: unknown, fresh: unknown, random: Random): unknown {
  const strength = pick(random, [0, 0.05, 0.2, 0.5]);
  const mix = (item: unknown, other: unknown): unknown => {
    if (random() < strength) return other;
    if (Array.isArray(item)) {
      const others = Array.isArray(other) ? other : [];
      return item.map((each, index) => mix(each, others[index] ?? each));
    }
    if (typeof item !== 'object' || item === null || item instanceof Date) return item;
    const members = { ...(typeof other === 'object' && random() < strength ? other : {}), ...item };
    return Object.fromEntries(
      Object.entries(members)
        .filter(() => random() >= strength / 5)
        .map(([key, each]) => [
          key,
          mix(each, (other as Record<string, unknown> | undefined)?.[key] ?? each),
        ]),
    );
  };
  return mix(known, fresh);
}

/** The request that carries an input. */
export function requestOf(
  service: ServiceDefinition,
  operation: Pick<OperationDefinition, 'name' | 'schema'>,
  { input, isOdd }: DrawnInput,
  random: Random,
): FuzzRequest {
  // A source of chance that never draws anything odd.
  const request = written(service, operation, input, isOdd ? random : () => 0.1);
  return isOdd ? { ...request, body: maybeBroken(request.body, random) } : request;
}

function written(
  service: ServiceDefinition,
  { name, schema }: Pick<OperationDefinition, 'name' | 'schema'>,
  input: unknown,
  random: Random,
): FuzzRequest {
  const post = (path: string, headers: Record<string, string>, body: Buffer): FuzzRequest => {
    return { method: 'POST', path, headers, body, input };
  };
  switch (service.protocol) {
    case 'aws-json':
      return post(
        '/',
        {
          'content-type': `application/x-amz-json-${service.jsonVersion}`,
          'x-amz-target': `${service.targetPrefix}.${name}`,
        },
        Buffer.from(toJson(input, random)),
      );
    case 'rpc-v2-cbor':
      return post(
        `${rpcPath(service.shapeName)}${name}`,
        { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
        Buffer.from(cbor.serialize(tagged(withWrongValues(input, random)))),
      );
    case 'aws-query':
    case 'ec2-query': {
      const dialect = service.protocol === 'ec2-query' ? EC2_DIALECT : AWS_DIALECT;
      const pairs = parameters(dialect, schema[4], withWrongValues(input, random), '');
      const form = [`Action=${name}`, `Version=${service.version}`, ...pairs, ...oddParameters(random)];
      return post('/', { 'content-type': 'application/x-www-form-urlencoded' }, Buffer.from(form.join('&')));
    }
    case 'rest-json':
      return restRequest(service, { schema }, input, random);
  }
}

function restRequest(
  { pathPrefix }: RestJsonService,
  { schema }: Pick<OperationDefinition, 'schema'>,
  input: unknown,
  random: Random,
): FuzzRequest {
  const [method = '', template = pathPrefix] = operationTraits(schema)['http'] as readonly string[];
  const shape = resolveShape(schema[4]);
  const values = { ...(input as Record<string, unknown>) };
  let path = template;
  const query: string[] = [];
  for (const { name, traits } of shape.kind === 'structure' ? shape.members : []) {
    const value = values[name];
    const inQuery = traits['httpQuery'] as string | undefined;
    if (traits['httpLabel'] !== undefined) path = path.replace(`{${name}}`, escaped(value));
    else if (inQuery !== undefined) {
      for (const item of value === undefined ? [] : [value].flat()) query.push(`${inQuery}=${escaped(item)}`);
    } else continue;
    delete values[name];
  }
  const headers = { 'content-type': 'application/json' };
  const body = method === 'GET' || method === 'DELETE' ? '' : toJson(values, random);
  const search = query.length === 0 ? '' : `?${query.join('&')}`;
  return { method, path: `${path}${search}`, headers, body: Buffer.from(body), input };
}

/** `Name=value` for each value within, by the names that the dialect gives. */
function parameters(dialect: QueryDialect, schema: SchemaRef, value: unknown, path: string): string[] {
  const shape = resolveShape(schema);
  const below = (name: string | number): string => (path === '' ? String(name) : `${path}.${name}`);
  if (Array.isArray(value)) {
    const member = shape.kind === 'list' ? shape.member : schema;
    const items = dialect === EC2_DIALECT ? path : `${path}.member`;
    return value.flatMap((item, index) => parameters(dialect, member, item, `${items}.${index + 1}`));
  }
  const isPlain = typeof value !== 'object' || value === null;
  if (isPlain || value instanceof Date || value instanceof Uint8Array) return [`${path}=${escaped(value)}`];
  const entries = Object.entries(value as object);
  if (shape.kind === 'map') {
    return entries.flatMap(([key, item], index) => [
      `${below('entry')}.${index + 1}.key=${escaped(key)}`,
      ...parameters(dialect, shape.value, item, `${below('entry')}.${index + 1}.value`),
    ]);
  }
  const members = 'members' in shape ? shape.members : [];
  return entries.flatMap(([key, item]) => {
    const member = members.find(({ name }) => name === key);
    if (member === undefined) return parameters(dialect, schema, item, below(key));
    return parameters(dialect, member.schema, item, below(dialect.requestName(member)));
  });
}

function oddParameters(random: Random): readonly string[] {
  if (random() < 0.95) return [];
  return [
    pick(random, [
      'Unknown.1.Name=x',
      '__proto__.1=x',
      'Filter.0.Name=x',
      'Filter.99999999999=x',
      'a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r=1',
      'Version=1',
      'Name=%zz',
      '=',
    ]),
  ];
}

function escaped(value: unknown): string {
  if (value instanceof Date) return encodeURIComponent(value.toISOString());
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('base64') : String(value);
  // Without halves of characters, which no URL can have.
  return encodeURIComponent(Buffer.from(text).toString());
}

/** Times as CBOR has them. */
function tagged(value: unknown): unknown {
  if (value instanceof Date) return dateToTag(value);
  if (Array.isArray(value)) return value.map(tagged);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, tagged(item)]));
}

function withWrongValues(value: unknown, random: Random): unknown {
  const wrongness = pick(random, [0, 0, 0.02, 0.1, 0.3]);
  const replace = (item: unknown, depth: number): unknown => {
    if (depth > 0 && random() < wrongness) return JSON.parse(pick(random, WRONG_VALUES));
    if (Array.isArray(item)) return item.map((each) => replace(each, depth + 1));
    if (typeof item !== 'object' || item === null || item instanceof Date || item instanceof Uint8Array) {
      return item;
    }
    return Object.fromEntries(Object.entries(item).map(([key, each]) => [key, replace(each, depth + 1)]));
  };
  return replace(value, 0);
}

function maybeBroken(body: Buffer, random: Random): Buffer {
  const choice = random();
  if (choice < 0.02) return Buffer.from(brokenText(random));
  if (choice < 0.04)
    return Buffer.from(Uint8Array.from({ length: Math.floor(random() * 64) }, () => random() * 256));
  if (choice < 0.06) return body.subarray(0, Math.floor(random() * body.length));
  if (choice < 0.09 && body.length > 0) {
    const changed = Buffer.from(body);
    changed[Math.floor(random() * body.length)] = Math.floor(random() * 256);
    return changed;
  }
  return body;
}
