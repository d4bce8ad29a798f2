import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MetricDatum, PutMetricDataInput } from '@aws-sdk/client-cloudwatch';
import { CloudWatchUnderTest } from '../../../test/support/cloudwatch/cloudwatch-under-test.ts';
import { refusesCall } from '../../../test/support/secrets/secrets-under-test.ts';

const VALUE = 'InvalidParameterValueException';
const COMBINATION = 'InvalidParameterCombinationException';
const MISSING = 'MissingRequiredParameterException';
const DAY = 86_400_000;

const datum = (over: Partial<MetricDatum> = {}): MetricDatum => ({
  MetricName: 'Latency',
  Value: 1,
  ...over,
});

describe('PutMetricData', () => {
  const cloudwatch = new CloudWatchUnderTest();
  const now = cloudwatch.clock.now();
  const put = (over: Partial<PutMetricDataInput>) =>
    cloudwatch.client.putMetricData({ Namespace: 'App', MetricData: [datum()], ...over });
  const putDatum = (over: Partial<MetricDatum>) => put({ MetricData: [datum(over)] });
  const of = (name: string): string => `MetricData.member.1.${name}`;
  const dimensions = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ Name: `d${index}`, Value: 'x' }));
  const entity = (KeyAttributes: Record<string, string>) => ({
    MetricData: [],
    EntityMetricData: [{ Entity: { KeyAttributes }, MetricData: [datum()] }],
  });

  const data: readonly (readonly [
    name: string,
    over: Partial<MetricDatum>,
    code: string,
    message: string,
  ])[] = [
    ['no name', { MetricName: '' }, MISSING, `The parameter ${of('MetricName')} is required.`],
    [
      'a long name',
      { MetricName: 'x'.repeat(256) },
      VALUE,
      `The value ${'x'.repeat(100)} for parameter ${of('MetricName')} is invalid.`,
    ],
    [
      'a name beyond ASCII',
      { MetricName: 'ü' },
      VALUE,
      `The value ü for parameter ${of('MetricName')} is invalid.`,
    ],
    ['nothing to keep', { Value: undefined }, MISSING, `The parameter ${of('Value')} is required.`],
    [
      'a value and values',
      { Values: [1] },
      COMBINATION,
      `The parameters ${of('Value')} and ${of('Values')} are mutually exclusive and you have specified both.`,
    ],
    [
      'a value and statistics',
      { StatisticValues: { SampleCount: 1, Sum: 1, Minimum: 1, Maximum: 1 } },
      COMBINATION,
      `The parameters ${of('Value')} and ${of('StatisticValues')} are mutually exclusive and you have specified both.`,
    ],
    [
      'other counts than values',
      { Value: undefined, Values: [1, 2], Counts: [1] },
      VALUE,
      `The parameters ${of('Values')} and ${of('Counts')} must be of the same size.`,
    ],
    [
      '151 values',
      { Value: undefined, Values: Array.from({ length: 151 }, (_, each) => each) },
      VALUE,
      `The collection ${of('Values')} must not have a size greater than 150.`,
    ],
    [
      'a value that is too large',
      { Value: 2 ** 361 },
      VALUE,
      `The value ${2 ** 361} for parameter ${of('Value')} is invalid.`,
    ],
    [
      'a negative count',
      { Value: undefined, Values: [1], Counts: [-1] },
      VALUE,
      `The value -1 for parameter ${of('Counts.member.1')} is invalid.`,
    ],
    [
      'no samples',
      { Value: undefined, StatisticValues: { SampleCount: 0, Sum: 0, Minimum: 0, Maximum: 0 } },
      VALUE,
      `The value 0 for parameter ${of('StatisticValues.SampleCount')} is invalid.`,
    ],
    [
      'a maximum below the minimum',
      { Value: undefined, StatisticValues: { SampleCount: 1, Sum: 1, Minimum: 2, Maximum: 1 } },
      VALUE,
      `The parameter ${of('StatisticValues.Maximum')} must be greater than or equal to ${of('StatisticValues.Minimum')}.`,
    ],
    [
      'what is older than two weeks',
      { Timestamp: new Date(now - 14 * DAY - 1000) },
      VALUE,
      `The parameter ${of('Timestamp')} must specify a time within the past two weeks.`,
    ],
    [
      'what is to come',
      { Timestamp: new Date(now + 7_201_000) },
      VALUE,
      `The parameter ${of('Timestamp')} must specify a time no more than two hours in the future.`,
    ],
    [
      'another resolution',
      { StorageResolution: 5 },
      VALUE,
      `The value 5 for parameter ${of('StorageResolution')} is invalid.`,
    ],
    [
      '31 dimensions',
      { Dimensions: dimensions(31) },
      VALUE,
      `The collection ${of('Dimensions')} must not have a size greater than 30.`,
    ],
    [
      'a dimension without a value',
      { Dimensions: [{ Name: 'a', Value: '' }] },
      MISSING,
      `The parameter ${of('Dimensions.member.1.Value')} is required.`,
    ],
    [
      'a dimension of a blank',
      { Dimensions: [{ Name: 'a', Value: ' ' }] },
      VALUE,
      `The value   for parameter ${of('Dimensions.member.1.Value')} is invalid.`,
    ],
    [
      'a dimension that begins with a colon',
      { Dimensions: [{ Name: ':a', Value: 'b' }] },
      VALUE,
      `The value :a for parameter ${of('Dimensions.member.1.Name')} is invalid.`,
    ],
    [
      'a dimension twice',
      {
        Dimensions: [
          { Name: 'a', Value: 'b' },
          { Name: 'a', Value: 'c' },
        ],
      },
      VALUE,
      `The dimension a is there more than once in ${of('Dimensions')}.`,
    ],
  ];
  for (const [name, over, code, message] of data) {
    it(`refuses ${name}`, () => refusesCall(putDatum(over), code, message));
  }

  it('refuses a unit that there is not', () =>
    refusesCall(
      putDatum({ Unit: 'Parsec' as 'Count' }),
      'ValidationException',
      /^1 validation error detected: Value 'Parsec' at 'metricData\.1\.member\.unit' failed to satisfy constraint: Member must satisfy enum value set: \[/,
    ));

  const requests: readonly (readonly [
    name: string,
    over: Partial<PutMetricDataInput>,
    code: string,
    message: string,
  ])[] = [
    [
      'namespaces of AWS',
      { Namespace: 'AWS/ECS' },
      VALUE,
      'The value AWS/ for parameter Namespace is invalid.',
    ],
    [
      'a namespace that begins with a colon',
      { Namespace: ':a' },
      VALUE,
      'The value :a for parameter Namespace is invalid.',
    ],
    ['no namespace', { Namespace: '' }, MISSING, 'The parameter Namespace is required.'],
    ['no data', { MetricData: [] }, MISSING, 'The parameter MetricData is required.'],
    [
      '1,001 data',
      { MetricData: Array.from({ length: 1001 }, () => datum()) },
      VALUE,
      'The collection MetricData must not have a size greater than 1000.',
    ],
    [
      'an entity without a name, where that is asked for',
      { ...entity({ Type: 'Service' }), StrictEntityValidation: true },
      VALUE,
      'InvalidKeyAttributes: The provided KeyAttributes of an entity is invalid.',
    ],
  ];
  for (const [name, over, code, message] of requests) {
    it(`refuses ${name}`, () => refusesCall(put(over), code, message));
  }

  it('tells refusals of the same kind together, and keeps nothing of such a request', async () => {
    const Timestamp = new Date(0);
    await refusesCall(
      put({ Namespace: 'None', MetricData: [datum(), datum({ Timestamp }), datum({ Timestamp })] }),
      VALUE,
      [2, 3]
        .map(
          (index) =>
            `The parameter MetricData.member.${index}.Timestamp must specify a time within the past two weeks.`,
        )
        .join('\n'),
    );
    assert.deepEqual((await cloudwatch.client.listMetrics({ Namespace: 'None' })).Metrics, []);
  });

  it('takes data of an entity that is not valid, where nobody asks', async () => {
    await put({ Namespace: 'Entity', ...entity({ Type: 'Service' }) });
    assert.equal((await cloudwatch.client.listMetrics({ Namespace: 'Entity' })).Metrics?.length, 1);
  });

  it('takes two weeks back, two hours ahead, and 30 dimensions in any order', async () => {
    await put({
      Namespace: 'Edge',
      MetricData: [
        datum({ Timestamp: new Date(now - 14 * DAY) }),
        datum({ Timestamp: new Date(now + 7_200_000) }),
        datum({ Dimensions: dimensions(30).reverse() }),
        datum({ Dimensions: dimensions(30) }),
      ],
    });
    const { Metrics = [] } = await cloudwatch.client.listMetrics({ Namespace: 'Edge' });
    assert.deepEqual(
      Metrics.map(({ Dimensions }) => Dimensions?.length),
      [0, 30],
    );
  });
});
