import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GetMetricStatisticsInput, MetricDatum } from '@aws-sdk/client-cloudwatch';
import { CloudWatchUnderTest } from '../../../test/support/cloudwatch/cloudwatch-under-test.ts';
import { refusesCall } from '../../../test/support/secrets/secrets-under-test.ts';

const MINUTE = 60_000;

/** Data are put at minutes after the start. */
class Scene {
  readonly cloudwatch = new CloudWatchUnderTest();
  readonly start = this.cloudwatch.clock.now() - 60 * MINUTE;

  async put(minute: number, over: Partial<MetricDatum>): Promise<void> {
    const Timestamp = new Date(this.start + minute * MINUTE);
    const MetricData = [{ MetricName: 'Latency', Timestamp, ...over }];
    await this.cloudwatch.client.putMetricData({ Namespace: 'App', MetricData });
  }

  async statistics(over: Partial<GetMetricStatisticsInput>) {
    const { Datapoints = [] } = await this.cloudwatch.client.getMetricStatistics({
      Namespace: 'App',
      MetricName: 'Latency',
      StartTime: new Date(this.start),
      EndTime: new Date(this.start + 60 * MINUTE),
      Period: 60,
      ...(over.ExtendedStatistics === undefined && { Statistics: ['Sum'] }),
      ...over,
    });
    return Datapoints.map(({ Timestamp, ...rest }) => ({
      minute: ((Timestamp?.getTime() ?? 0) - this.start) / MINUTE,
      ...rest,
    }));
  }
}

describe('GetMetricStatistics', () => {
  it('tells the statistics of each period in which there is something', async () => {
    const scene = new Scene();
    await scene.put(0, { Values: [1, 2, 3], Counts: [1, 2, 1], Unit: 'Seconds' });
    await scene.put(3, {
      StatisticValues: { SampleCount: 4, Sum: 20, Minimum: 1, Maximum: 9 },
      Unit: 'Seconds',
    });
    const Statistics = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] as const;
    assert.deepEqual(await scene.statistics({ Statistics: [...Statistics] }), [
      { minute: 0, SampleCount: 4, Average: 2, Sum: 8, Minimum: 1, Maximum: 3, Unit: 'Seconds' },
      { minute: 3, SampleCount: 4, Average: 5, Sum: 20, Minimum: 1, Maximum: 9, Unit: 'Seconds' },
    ]);
    assert.deepEqual(await scene.statistics({ Period: 300 }), [{ minute: 0, Sum: 28, Unit: 'Seconds' }]);
  });

  it('counts periods from the start', async () => {
    const scene = new Scene();
    for (const minute of [6, 7, 11, 12, 16, 17]) await scene.put(minute, { Value: minute });
    const found = await scene.statistics({
      StartTime: new Date(scene.start + 7 * MINUTE + 30_000),
      EndTime: new Date(scene.start + 17 * MINUTE),
      Period: 300,
    });
    assert.deepEqual(
      found.map(({ minute, Sum }) => [minute, Sum]),
      [
        [7, 18],
        [12, 28],
      ],
    );
  });

  it('tells percentiles of values, and none of statistic sets', async () => {
    const scene = new Scene();
    for (const Value of [1, 2, 3, 4]) await scene.put(0, { Value });
    await scene.put(1, { StatisticValues: { SampleCount: 2, Sum: 3, Minimum: 1, Maximum: 2 } });
    assert.deepEqual(await scene.statistics({ ExtendedStatistics: ['p50', 'p100', 'TC(2:3)'] }), [
      { minute: 0, Unit: 'None', ExtendedStatistics: { p50: 2.5, p100: 4, 'TC(2:3)': 1 } },
    ]);
    assert.deepEqual(await scene.statistics({ Period: 300, ExtendedStatistics: ['p50'] }), []);
  });

  it('keeps units apart, and tells of one where that is asked for', async () => {
    const scene = new Scene();
    await scene.put(0, { Value: 1, Unit: 'Seconds' });
    await scene.put(0, { Value: 2, Unit: 'Milliseconds' });
    assert.deepEqual(await scene.statistics({}), [
      { minute: 0, Sum: 2, Unit: 'Milliseconds' },
      { minute: 0, Sum: 1, Unit: 'Seconds' },
    ]);
    assert.deepEqual(await scene.statistics({ Unit: 'Seconds' }), [{ minute: 0, Sum: 1, Unit: 'Seconds' }]);
    assert.deepEqual(await scene.statistics({ Unit: 'Bits' }), []);
  });

  it('has seconds for three hours', async () => {
    const scene = new Scene();
    for (const second of [0, 5, 9, 10]) await scene.put(second / 60, { Value: 1, StorageResolution: 1 });
    const fine = { Period: 10, EndTime: new Date(scene.start + MINUTE) };
    const found = await scene.statistics(fine);
    assert.deepEqual(
      found.map(({ Sum }) => Sum),
      [3, 1],
    );
    scene.cloudwatch.clock.advance(140 * MINUTE);
    assert.deepEqual(await scene.statistics(fine), []);
  });

  const refusals: readonly (readonly [
    name: string,
    over: Partial<GetMetricStatisticsInput>,
    code: string,
    message: string | RegExp,
  ])[] = [
    [
      'neither statistics nor extended ones',
      { Statistics: [] },
      'InvalidParameterCombinationException',
      'Must specify either Statistics or ExtendedStatistics',
    ],
    [
      'a statistic that there is not',
      { Statistics: ['p50' as 'Sum'] },
      'ValidationException',
      /Value '\[p50\]' at 'statistics' failed to satisfy constraint: Member must satisfy constraint: \[Member must satisfy enum value set: \[SampleCount, Average, Sum, Minimum, Maximum\]\]$/,
    ],
    [
      'an extended statistic that there is not',
      { ExtendedStatistics: ['p101'] },
      'InvalidParameterValueException',
      'The value p101 for parameter ExtendedStatistics is invalid.',
    ],
    [
      'a period that there is not',
      { Period: 45 },
      'InvalidParameterValueException',
      'The value 45 for parameter Period is invalid.',
    ],
    [
      'an end before the start',
      { EndTime: new Date(0) },
      'InvalidParameterValueException',
      'The parameter StartTime must be less than the parameter EndTime.',
    ],
    [
      'more data points than it tells',
      { StartTime: new Date(0), EndTime: new Date(2880 * MINUTE) },
      'InvalidParameterCombinationException',
      'You have requested up to 2,880 datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.',
    ],
    [
      'a unit that there is not',
      { Unit: 'Parsec' as 'Count' },
      'ValidationException',
      /Value 'Parsec' at 'unit'/,
    ],
  ];
  for (const [name, over, code, message] of refusals) {
    it(`refuses ${name}`, () => refusesCall(new Scene().statistics(over), code, message));
  }
});
