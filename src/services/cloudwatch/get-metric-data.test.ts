import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GetMetricDataInput, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { CloudWatchUnderTest } from '../../../test/support/cloudwatch/cloudwatch-under-test.ts';
import { refusesCall } from '../../../test/support/secrets/secrets-under-test.ts';

const MINUTE = 60_000;

class Scene {
  readonly cloudwatch = new CloudWatchUnderTest();
  readonly start = this.cloudwatch.clock.now() - 60 * MINUTE;

  /** A value for each minute from the start. */
  async put(
    name: string,
    values: readonly number[],
    dimensions: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    await this.cloudwatch.client.putMetricData({
      Namespace: 'App',
      MetricData: values.map((Value, index) => ({
        MetricName: name,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        Timestamp: new Date(this.start + index * MINUTE),
        Value,
      })),
    });
  }

  async data(queries: readonly MetricDataQuery[], over: Partial<GetMetricDataInput> = {}) {
    const { MetricDataResults = [], ...rest } = await this.cloudwatch.client.getMetricData({
      MetricDataQueries: [...queries],
      StartTime: new Date(this.start),
      EndTime: new Date(this.start + 60 * MINUTE),
      ScanBy: 'TimestampAscending',
      ...over,
    });
    return { ...rest, results: MetricDataResults };
  }

  minutes(timestamps: readonly Date[] = []): number[] {
    return timestamps.map((timestamp) => (timestamp.getTime() - this.start) / MINUTE);
  }
}

const metric = (id: string, name: string, over: Partial<MetricDataQuery> = {}): MetricDataQuery => ({
  Id: id,
  MetricStat: { Metric: { Namespace: 'App', MetricName: name }, Period: 60, Stat: 'Sum' },
  ...over,
});
const expression = (
  id: string,
  Expression: string,
  over: Partial<MetricDataQuery> = {},
): MetricDataQuery => ({
  Id: id,
  Expression,
  ...over,
});

describe('GetMetricData', () => {
  it('tells metrics and what expressions make of them, the newest first by default', async () => {
    const scene = new Scene();
    await scene.put('Requests', [10, 20, 30]);
    await scene.put('Errors', [1, 0, 3]);
    const { results, NextToken } = await scene.data(
      [
        expression('rate', '100 * errors / requests', { Label: 'failed %' }),
        metric('requests', 'Requests'),
        metric('errors', 'Errors', { ReturnData: false }),
      ],
      { ScanBy: undefined },
    );
    assert.deepEqual(
      results.map(({ Id, Label, Values, StatusCode }) => [Id, Label, Values, StatusCode]),
      [
        ['rate', 'failed %', [10, 0, 10], 'Complete'],
        ['requests', 'Requests', [30, 20, 10], 'Complete'],
      ],
    );
    assert.deepEqual(scene.minutes(results[0]?.Timestamps), [2, 1, 0]);
    assert.equal(NextToken, undefined);
  });

  it('goes page by page, also through the middle of a result', async () => {
    const scene = new Scene();
    await scene.put('A', [1, 2, 3]);
    await scene.put('B', [4, 5, 6]);
    for (const [ScanBy, order] of [
      ['TimestampAscending', [1, 2, 3, 4, 5, 6]],
      ['TimestampDescending', [3, 2, 1, 6, 5, 4]],
    ] as const) {
      const seen: number[] = [];
      const statuses: unknown[] = [];
      let NextToken: string | undefined;
      do {
        const page = await scene.data([metric('a', 'A'), metric('b', 'B')], {
          ScanBy,
          MaxDatapoints: 2,
          NextToken,
        });
        const values = page.results.flatMap(({ Values = [] }) => Values);
        assert.ok(values.length <= 2);
        seen.push(...values);
        statuses.push(page.results.map(({ Id, StatusCode }) => `${Id} ${StatusCode}`));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      assert.deepEqual(seen, order);
      assert.deepEqual(statuses, [
        ['a PartialData', 'b PartialData'],
        ['a Complete', 'b PartialData'],
        ['b Complete'],
      ]);
    }
  });

  it('finds metrics by a search, and names them by what tells them apart', async () => {
    const scene = new Scene();
    await scene.put('Requests', [1, 2], { Service: 'web', Zone: 'a' });
    await scene.put('Requests', [3, 4], { Service: 'web', Zone: 'b' });
    await scene.put('Other', [9], { Service: 'web', Zone: 'c' });
    const search = `SEARCH('{App,Service,Zone} MetricName="Requests"', 'Sum', 60)`;
    const { results } = await scene.data([
      expression('all', search),
      expression('sum', `SUM(${search})`),
      expression('named', search, { Label: 'zone' }),
    ]);
    assert.deepEqual(
      results.map(({ Id, Label, Values }) => [Id, Label, Values]),
      [
        ['all', 'a', [1, 2]],
        ['all', 'b', [3, 4]],
        ['sum', 'sum', [4, 6]],
        ['named', 'zone a', [1, 2]],
        ['named', 'zone b', [3, 4]],
      ],
    );
  });

  it('fills labels', async () => {
    const scene = new Scene();
    await scene.put('Requests', [1, 5]);
    const { results } = await scene.data(
      [metric('m', 'Requests', { Label: "${PROP('MetricName')} up to ${MAX} at ${MAX_TIME}" })],
      { LabelOptions: { Timezone: '+0100' } },
    );
    assert.equal(results[0]?.Label, 'Requests up to 5 at 2026-01-01T00:01:00+0100');
  });

  it('puts units together unless one is asked for', async () => {
    const scene = new Scene();
    const MetricData = (['Seconds', 'Bytes'] as const).map((Unit) => ({
      MetricName: 'Mixed',
      Unit,
      Value: 2,
      Timestamp: new Date(scene.start),
    }));
    await scene.cloudwatch.client.putMetricData({ Namespace: 'App', MetricData });
    const stat = { Metric: { Namespace: 'App', MetricName: 'Mixed' }, Period: 60, Stat: 'Sum' };
    const { results } = await scene.data([
      { Id: 'all', MetricStat: stat },
      { Id: 'bytes', MetricStat: { ...stat, Unit: 'Bytes' } },
    ]);
    assert.deepEqual(
      results.map(({ Values }) => Values),
      [[4], [2]],
    );
  });

  it('tells nothing of other accounts', async () => {
    const scene = new Scene();
    await scene.put('Requests', [1]);
    const { results } = await scene.data([metric('m', 'Requests', { AccountId: '111122223333' })]);
    assert.deepEqual(results[0]?.Values, []);
  });

  const place = 'MetricDataQueries.member.1';
  const refusals: readonly (readonly [name: string, queries: readonly MetricDataQuery[], message: string])[] =
    [
      ['no queries', [], 'The parameter MetricDataQueries is required.\n'],
      ['a query for nothing', [{ Id: 'm' }], `The parameter ${place}.MetricStat is required.\n`],
      [
        'a metric with an expression',
        [metric('m', 'A', { Expression: 'm' })],
        `The parameters ${place}.Expression and ${place}.MetricStat are mutually exclusive and you have specified both.\n`,
      ],
      [
        'two periods',
        [metric('m', 'A', { Period: 60 })],
        `The parameters ${place}.Period and ${place}.MetricStat are mutually exclusive and you have specified both.\n`,
      ],
      [
        'a label beyond all measure',
        [metric('m', 'A', { Label: 'x'.repeat(2049) })],
        `The parameter ${place}.Label must have at most 2048 characters.\n`,
      ],
      [
        'an id with a capital',
        [metric('Bad', 'A')],
        `The value Bad for parameter ${place}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.\n`,
      ],
      [
        'an id twice',
        [metric('m', 'A'), metric('m', 'B')],
        'The values for parameter id in MetricDataQueries are not unique.',
      ],
      [
        'statistics that there are not',
        ['m', 'n'].map((id) =>
          metric(id, 'A', {
            MetricStat: { Metric: { Namespace: 'App', MetricName: 'A' }, Period: 60, Stat: 'Median' },
          }),
        ),
        [1, 2]
          .map(
            (index) =>
              `The value for parameter MetricDataQueries.member.${index}.MetricStat.Stat is not a valid statistic.\n`,
          )
          .join(''),
      ],
      [
        'a metric without a namespace',
        [metric('m', 'A', { MetricStat: { Metric: { MetricName: 'A' }, Period: 60, Stat: 'Sum' } })],
        `The parameter ${place}.MetricStat.Metric.Namespace is required.\n`,
      ],
      [
        'what is no expression',
        [expression('e', '1 +')],
        "Error in expression 'e': Unexpected end of expression",
      ],
      [
        'an id that there is not',
        [expression('e', 'm + 1')],
        "Error in expression 'e': Unknown identifier 'm'",
      ],
      [
        'queries of Metrics Insights',
        [expression('e', 'SELECT AVG(a) FROM b')],
        "Error in expression 'e': Metrics Insights queries are not supported",
      ],
      [
        'a search that is none',
        [expression('e', `SEARCH('(a', 'Sum')`)],
        "Error in expression 'e': The search lacks a bracket",
      ],
    ];
  for (const [name, queries, message] of refusals) {
    it(`refuses ${name}`, () => refusesCall(new Scene().data(queries), 'ValidationException', message));
  }

  it('refuses 501 queries, an end before the start, and time zones that are none', async () => {
    const scene = new Scene();
    const many = Array.from({ length: 501 }, (_, index) => metric(`m${index}`, 'A'));
    await refusesCall(scene.data(many), 'ValidationException', /size greater than 500/);
    const one = [metric('m', 'A')];
    await refusesCall(
      scene.data(one, { EndTime: new Date(0) }),
      'ValidationException',
      /StartTime must be less/,
    );
    await refusesCall(
      scene.data(one, { LabelOptions: { Timezone: 'CET' } }),
      'ValidationException',
      /Timezone/,
    );
    await refusesCall(scene.data(one, { MaxDatapoints: 0 }), 'ValidationException', /maxDatapoints/);
  });

  it('refuses a token of another question', async () => {
    const scene = new Scene();
    await scene.put('A', [1, 2]);
    const { NextToken } = await scene.data([metric('a', 'A')], { MaxDatapoints: 1 });
    await refusesCall(scene.data([metric('b', 'A')], { NextToken }), 'InvalidNextToken');
    await refusesCall(scene.data([metric('b', 'A')], { NextToken: 'nonsense' }), 'InvalidNextToken');
  });
});
