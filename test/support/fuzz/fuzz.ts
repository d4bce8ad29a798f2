/**
 * Random requests for any operation, from its schema and a seed: values that fit the schema, the same with wrong
 * members, and bodies that are no JSON at all. `fuzzOperation` sends them and says what was not a proper answer.
 */
import { Agent, request as httpRequest } from 'node:http';
import { type MemberShape, resolveShape, type SchemaRef } from '../../../src/wire/shape.ts';
import type { OperationSchema } from '../../../src/wire/service.ts';

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const pick = <T>(random: () => number, choices: readonly T[]): T =>
  choices[Math.floor(random() * choices.length)] as T;

const HOSTILE_STRINGS: readonly string[] = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  '\ud800',
  '💥'.repeat(9),
  '"\\\n\r\t',
  '%00%ff',
  '${x}',
  '-1',
  'NaN',
  'x'.repeat(5000),
  'arn:aws:ecs:us-east-1:000000000000:task/default/0123456789abcdef0123456789abcdef',
  'arn:aws:ecs:::',
  'default',
  'FARGATE',
  '\u202e\ufeff',
];

const HOSTILE_NUMBERS: readonly number[] = [
  0,
  -0,
  -1,
  1,
  2,
  10,
  11,
  100,
  101,
  0.5,
  -1.5,
  1e9,
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  1e21,
  1e308,
  5e-324,
];

export interface GenerateOptions {
  /** Strings and numbers come from the hostile lists about half of the time. */
  readonly hostile?: boolean;
  /** How likely an optional member is there. Default 0.5. */
  readonly optionalMembers?: number;
}

/** A value of the SDK's types (Date, Uint8Array …) that fits the schema. */
export function generateValue(
  schema: SchemaRef,
  random: () => number,
  options: GenerateOptions = {},
  depth = 0,
): unknown {
  const shape = resolveShape(schema);
  const inner = (ref: SchemaRef): unknown => generateValue(ref, random, options, depth + 1);
  const length = depth > 6 ? 0 : Math.floor(random() * 3);
  switch (shape.kind) {
    case 'string':
      return generateString(random, options.hostile ?? false);
    case 'number':
      return options.hostile && random() < 0.5 ? pick(random, HOSTILE_NUMBERS) : Math.floor(random() * 5000);
    case 'boolean':
      return random() < 0.5;
    case 'timestamp':
      return new Date(Math.floor(random() * 4e12) * (shape.format === 'epoch-seconds' ? 1 : 1000));
    case 'blob':
      return Uint8Array.from({ length: length * 5 }, () => Math.floor(random() * 256));
    case 'document':
      return { text: generateString(random, false), list: [1, null, true] };
    case 'unit':
      return {};
    case 'list':
      return Array.from({ length }, () => inner(shape.member));
    case 'map':
      return Object.fromEntries(
        Array.from({ length }, (_, index) => [`key${index}`, inner(shape.value)] as const),
      );
    case 'union':
      return generateMembers([pick(random, shape.members)], inner);
    case 'structure':
    case 'error': {
      const likely = depth > 6 ? 0 : (options.optionalMembers ?? 0.5);
      const members = shape.members.filter((member) => member.required || random() < likely);
      return generateMembers(members, inner);
    }
  }
}

function generateMembers(members: readonly MemberShape[], inner: (ref: SchemaRef) => unknown): object {
  return Object.fromEntries(members.map((member) => [member.name, inner(member.schema)]));
}

function generateString(random: () => number, hostile: boolean): string {
  if (hostile && random() < 0.5) return pick(random, HOSTILE_STRINGS);
  return Array.from({ length: 1 + Math.floor(random() * 12) }, () =>
    String.fromCharCode(97 + Math.floor(random() * 26)),
  ).join('');
}

/** As JSON. */
export const WRONG_VALUES: readonly string[] = [
  'null',
  'true',
  'false',
  '0',
  '-1',
  '1e999',
  '1.5',
  '9007199254740993',
  '""',
  '"x"',
  '"\\u0000"',
  '"\\ud800"',
  '[]',
  '[null]',
  '[[[]]]',
  '[1,"a",{}]',
  '{}',
  '{"a":{"b":null}}',
  '{"__proto__":{"x":1}}',
  '{"constructor":{"prototype":1}}',
];

const NOT_JSON: readonly string[] = [
  '{',
  '{]',
  '[',
  'null',
  '"text"',
  '5',
  'true',
  '[]',
  '{"a":}',
  '\ufeff{}',
  '{}{}',
  "{'a':1}",
  '['.repeat(20_000),
  '{"a":'.repeat(5000),
  '<xml/>',
  'Action=RunTask&Version=2014-11-13',
];

/** A body that is no input of anything. */
export const brokenText = (random: () => number): string => pick(random, NOT_JSON);

/** A body for an operation: fitting, fitting but odd, with wrong members, cut off, or no JSON. */
export function randomBody(schema: OperationSchema, random: () => number): Buffer {
  const choice = random();
  if (choice < 0.08) return Buffer.from(brokenText(random));
  if (choice < 0.12) {
    return Buffer.from(Uint8Array.from({ length: Math.floor(random() * 64) }, () => random() * 256));
  }
  const value = generateValue(schema[4], random, {
    hostile: true,
    optionalMembers: pick(random, [0, 0.2, 0.5, 0.9]),
  });
  const text = toJson(value, random);
  if (choice < 0.16) return Buffer.from(text.slice(0, Math.floor(random() * text.length)));
  return Buffer.from(text);
}

/** JSON text in which now and then a value is replaced by a wrong one or an unknown member is added. */
export function toJson(value: unknown, random: () => number): string {
  const wrongness = pick(random, [0, 0, 0.02, 0.1, 0.3]);
  const write = (item: unknown, depth: number): string => {
    if (depth > 0 && random() < wrongness) return pick(random, WRONG_VALUES);
    if (item instanceof Date) return String(item.getTime() / 1000);
    if (item instanceof Uint8Array) return JSON.stringify(Buffer.from(item).toString('base64'));
    if (Array.isArray(item)) return `[${item.map((each) => write(each, depth + 1)).join(',')}]`;
    if (typeof item !== 'object' || item === null) return JSON.stringify(item) ?? 'null';
    const members = Object.entries(item).map(
      ([key, each]) => `${JSON.stringify(key)}:${write(each, depth + 1)}`,
    );
    if (random() < wrongness) members.push(`"unknown${depth}":${pick(random, WRONG_VALUES)}`);
    if (random() < wrongness / 4) members.push(`"__proto__":${pick(random, WRONG_VALUES)}`);
    return `{${members.join(',')}}`;
  };
  return write(value, 0);
}

export interface FuzzTarget {
  readonly host: string;
  readonly port: number;
  readonly targetPrefix: string;
  /** Headers of a request besides target, content type and length: how it is signed. */
  readonly headers: (target: string, body: Buffer) => Record<string, string>;
}

export interface FuzzReport {
  /** How many answers had each status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Answers that are neither 200 nor a 4xx with AWS's envelope; the body is enough to try again. */
  readonly violations: readonly {
    readonly operation: string;
    readonly body: string;
    readonly answer: string;
  }[];
}

/** Sends `count` random bodies to an operation, eight at a time. */
export async function fuzzOperation(
  target: FuzzTarget,
  schema: OperationSchema,
  count: number,
  random: () => number,
): Promise<FuzzReport> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const statuses = new Map<number, number>();
  const violations: { operation: string; body: string; answer: string }[] = [];
  const bodies = Array.from({ length: count }, () => randomBody(schema, random));
  const worker = async (): Promise<void> => {
    for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) {
      const answer = await post(agent, target, schema[2], body);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (!isProper(answer)) {
        const text = `${answer.status} ${answer.text.slice(0, 500)}`;
        violations.push({ operation: schema[2], body: body.toString().slice(0, 2000), answer: text });
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: 8 }, worker));
  } finally {
    agent.destroy();
  }
  return { statuses, violations };
}

interface FuzzAnswer {
  readonly status: number;
  readonly text: string;
}

function isProper({ status, text }: FuzzAnswer): boolean {
  if (status === 200) return true;
  if (status < 400 || status > 499) return false;
  try {
    const envelope = JSON.parse(text) as { readonly __type?: unknown };
    return typeof envelope.__type === 'string' && envelope.__type !== '';
  } catch {
    return false;
  }
}

/** A connection that breaks counts as status 0. */
function post(agent: Agent, target: FuzzTarget, operation: string, body: Buffer): Promise<FuzzAnswer> {
  const action = `${target.targetPrefix}.${operation}`;
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': action,
    'content-length': String(body.length),
    ...target.headers(action, body),
  };
  return new Promise((resolve) => {
    const { host, port } = target;
    const request = httpRequest({ agent, host, port, method: 'POST', path: '/', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.on('error', (error) => resolve({ status: 0, text: error.message }));
    request.end(body);
  });
}
