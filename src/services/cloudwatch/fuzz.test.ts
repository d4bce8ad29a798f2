import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as sdk from '@aws-sdk/client-cloudwatch';
import { cbor, dateToTag } from '@smithy/core/cbor';
import { generateValue, randomBody, seededRandom } from '../../../test/support/fuzz/fuzz.ts';
import { CloudWatchUnderTest } from '../../../test/support/cloudwatch/cloudwatch-under-test.ts';
import { Evaluation } from '../../domain/metrics/math/evaluate.ts';
import { ExpressionError } from '../../domain/metrics/math/expression-error.ts';
import { parseExpression } from '../../domain/metrics/math/syntax.ts';
import type { OperationSchema } from '../../wire/service.ts';

const SEED = 2010;
const PER_OPERATION = 300;
const EXPRESSIONS = 20_000;
const SHAPE_NAME = 'GraniteServiceVersion20100801';

const OPERATIONS = [
  sdk.PutMetricData$,
  sdk.GetMetricData$,
  sdk.GetMetricStatistics$,
  sdk.ListMetrics$,
  sdk.DescribeAlarms$,
  sdk.DescribeAlarmsForMetric$,
  sdk.ListDashboards$,
] as unknown as readonly OperationSchema[];

type Random = () => number;
type Members = Record<string, unknown>;

const METRIC = { Namespace: 'App', MetricName: 'Latency' };
const STAT = { Metric: METRIC, Period: 60, Stat: 'p99' };

/** Requests that work, so that random members reach beyond the first check. */
function validInput(name: string, now: number, random: Random): Members {
  const span = { StartTime: new Date(now - 3_600_000), EndTime: new Date(now) };
  switch (name) {
    case 'PutMetricData':
      return { Namespace: 'App', MetricData: [{ MetricName: 'Latency', Value: 1 }] };
    case 'GetMetricData':
      return {
        ...span,
        MetricDataQueries: [
          { Id: 'm', MetricStat: STAT },
          { Id: 'e', Expression: random() < 0.5 ? 'FILL(m, 0) * 2' : randomExpression(random) },
        ],
      };
    case 'GetMetricStatistics':
      return { ...span, ...METRIC, Period: 60, Statistics: ['Sum'] };
    default:
      return { ...METRIC };
  }
}

const WORDS = [
  'm',
  'e',
  'x',
  '1',
  '0',
  '1e308',
  '.5',
  '+',
  '-',
  '*',
  '/',
  '^',
  '(',
  ')',
  '[',
  ']',
  ',',
  '<',
  '==',
  '&&',
  'AND',
  'OR',
  'METRICS(',
  'SUM(',
  'RATE(',
  'FILL(',
  'REPEAT',
  'LINEAR',
  'IF(',
  'TIME_SERIES(',
  'SEARCH(',
  "'{App} a'",
  '"Sum"',
  'DIFF(',
  'AVG(METRICS())',
  'PERIOD(m)',
  'FIRST(',
  'REMOVE_EMPTY(',
  '__proto__(',
  'constructor',
  '\u0000',
  'ü',
  '"',
  '#',
];

function randomExpression(random: Random): string {
  const count = 1 + Math.floor(random() * 8);
  return Array.from({ length: count }, () => WORDS[Math.floor(random() * WORDS.length)]).join(
    random() < 0.5 ? ' ' : '',
  );
}

/** Values as the CBOR writer takes them. */
function tagged(value: unknown): unknown {
  if (value instanceof Date) return dateToTag(value);
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(tagged);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, tagged(each)]));
}

function form(value: unknown, name: string): string[] {
  if (value instanceof Date) return [`${name}=${encodeURIComponent(value.toISOString())}`];
  if (Array.isArray(value)) return value.flatMap((each, index) => form(each, `${name}.member.${index + 1}`));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, each]) => form(each, name === '' ? key : `${name}.${key}`));
  }
  return [`${name}=${encodeURIComponent(String(value).replace(/[\ud800-\udfff]/g, '?'))}`];
}

/** Some bytes become others, are lost, or come twice. */
function bent(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = [...bytes];
  for (let count = Math.floor(random() * 4); count > 0; count -= 1) {
    const at = Math.floor(random() * copy.length);
    if (random() < 0.6) copy[at] = Math.floor(random() * 256);
    else copy.splice(at, Math.floor(random() * 3), ...copy.slice(at, at + 2));
  }
  return Uint8Array.from(copy);
}

function requestIn(protocol: number, schema: OperationSchema, input: Members, random: Random) {
  const [, , name] = schema;
  const isBent = random() < 0.5;
  if (protocol === 0) {
    const body = isBent ? randomBody(schema, random) : Buffer.from(JSON.stringify(input));
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `${SHAPE_NAME}.${name}` };
    return { method: 'POST', url: '/', headers, body };
  }
  if (protocol === 1) {
    const bytes = cbor.serialize(tagged(input));
    const headers = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' };
    const url = `/service/${SHAPE_NAME}/operation/${name}`;
    return { method: 'POST', url, headers, body: isBent ? bent(bytes, random) : bytes };
  }
  const text = [`Action=${name}`, 'Version=2010-08-01', ...form(input, '')].join('&');
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', url: '/', headers, body: Buffer.from(text) };
}

describe('CloudWatch under random requests', () => {
  for (const schema of OPERATIONS) {
    it(`${schema[2]} answers each in every protocol, or blames the caller`, async () => {
      const random = seededRandom(SEED);
      const cloudwatch = new CloudWatchUnderTest();
      const now = cloudwatch.clock.now();
      const MetricData = [1, 2, 3].map((Value) => ({
        ...METRIC,
        Value,
        Timestamp: new Date(now - Value * 60_000),
      }));
      await cloudwatch.client.putMetricData({ Namespace: 'App', MetricData });
      const statuses = new Set<number>();
      for (let n = 0; n < PER_OPERATION; n += 1) {
        const generated = generateValue(schema[4], random, {
          hostile: true,
          optionalMembers: 0.3,
        }) as Members;
        const valid = validInput(schema[2], now, random);
        const input =
          n % 4 === 0
            ? generated
            : random() < 0.4
              ? valid
              : { ...generated, ...valid, ...one(generated, random) };
        const request = requestIn(n % 3, schema, input, random);
        const answer = await cloudwatch.dispatcher.dispatch(request, 'id', () => undefined);
        statuses.add(answer.status);
        const shown = `${schema[2]} ${n} ${JSON.stringify(input).slice(0, 2000)}`;
        assert.deepEqual(cloudwatch.errors, [], shown);
        assert.ok(answer.status === 200 || (answer.status >= 400 && answer.status < 500), shown);
        assert.equal(answer.errorCode === undefined, answer.status === 200, shown);
      }
      assert.ok(statuses.has(200) && statuses.size > 1, `${schema[2]} ${[...statuses].join(', ')}`);
    });
  }
});

describe('Metric math of random words', () => {
  it('comes to series, or says what is wrong with it', () => {
    const random = seededRandom(SEED);
    const metrics = new Map([['m', { label: 'm', period: 60, points: new Map([[0, 1]]) }]]);
    let reckoned = 0;
    for (let n = 0; n < EXPRESSIONS; n += 1) {
      const text = randomExpression(random);
      try {
        const expressions = new Map([['e', parseExpression(text)]]);
        const spanOf = () => ({ start: 0, end: 600_000, period: 60 });
        const found = new Evaluation({ metrics, expressions, searches: new Map(), spanOf }).seriesOf('e');
        reckoned += 1;
        const values = found.flatMap(({ points }) => [...points.values()]);
        assert.ok(values.every(Number.isFinite), text);
      } catch (error) {
        assert.ok(error instanceof ExpressionError, text);
      }
    }
    assert.ok(reckoned > 50, `${reckoned} were reckoned`);
  });
});

/** One of the members, if there are any. */
function one(members: Members, random: Random): Members {
  const entries = Object.entries(members);
  const entry = entries[Math.floor(random() * entries.length)];
  return entry === undefined ? {} : Object.fromEntries([entry]);
}
