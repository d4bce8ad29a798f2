import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ListMetricsInput } from '@aws-sdk/client-cloudwatch';
import { CloudWatchUnderTest } from '../../../test/support/cloudwatch/cloudwatch-under-test.ts';
import { refusesCall } from '../../../test/support/secrets/secrets-under-test.ts';

const THREE_HOURS = 3 * 3_600_000;

async function aScene() {
  const cloudwatch = new CloudWatchUnderTest();
  const put = (Namespace: string, MetricName: string, dimensions: Readonly<Record<string, string>>) =>
    cloudwatch.client.putMetricData({
      Namespace,
      MetricData: [
        {
          MetricName,
          Value: 1,
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        },
      ],
    });
  await put('App', 'Errors', { Service: 'web' });
  await put('App', 'Requests', { Service: 'web', Zone: 'a' });
  await put('App', 'Requests', { Service: 'api' });
  await put('Other', 'Requests', {});
  const names = async (input: ListMetricsInput): Promise<string[]> =>
    ((await cloudwatch.client.listMetrics(input)).Metrics ?? []).map(
      ({ Namespace, MetricName, Dimensions = [] }) =>
        [Namespace, MetricName, ...Dimensions.map(({ Value }) => Value)].join(' '),
    );
  return { cloudwatch, names, put };
}

describe('ListMetrics', () => {
  for (const [name, input, found] of [
    ['all', {}, ['App Errors web', 'App Requests api', 'App Requests web a', 'Other Requests']],
    ['those of a namespace', { Namespace: 'Other' }, ['Other Requests']],
    ['those of a name', { MetricName: 'Errors' }, ['App Errors web']],
    ['those that have a dimension', { Dimensions: [{ Name: 'Zone' }] }, ['App Requests web a']],
    [
      'those with a value of a dimension',
      { Dimensions: [{ Name: 'Service', Value: 'web' }] },
      ['App Errors web', 'App Requests web a'],
    ],
    ['none of other accounts', { IncludeLinkedAccounts: true, OwningAccount: '111122223333' }, []],
  ] as const satisfies readonly (readonly [string, object, readonly string[]])[]) {
    it(`tells ${name}`, async () => {
      const { names } = await aScene();
      assert.deepEqual(await names(input as ListMetricsInput), found);
    });
  }

  it('tells only metrics that had data in the last three hours, where that is asked for', async () => {
    const { cloudwatch, names, put } = await aScene();
    cloudwatch.clock.advance(THREE_HOURS + 60_000);
    await put('App', 'New', {});
    assert.deepEqual(await names({ RecentlyActive: 'PT3H' }), ['App New']);
    await refusesCall(
      names({ RecentlyActive: 'PT1H' as 'PT3H' }),
      'ValidationException',
      /enum value set: \[PT3H\]$/,
    );
  });

  it('refuses tokens of another question, and those that it never gave', async () => {
    const { cloudwatch } = await aScene();
    const MetricData = Array.from({ length: 501 }, (_, index) => ({ MetricName: `m${index}`, Value: 1 }));
    await cloudwatch.client.putMetricData({ Namespace: 'Many', MetricData });
    const { NextToken = '' } = await cloudwatch.client.listMetrics({ Namespace: 'Many' });
    const { Metrics } = await cloudwatch.client.listMetrics({ Namespace: 'Many', NextToken });
    assert.equal(Metrics?.length, 1);
    const code = 'InvalidParameterValueException';
    await refusesCall(cloudwatch.client.listMetrics({ NextToken }), code);
    const forged = Buffer.from(`${Buffer.from(NextToken, 'base64url').toString().slice(0, 12)}zz`).toString(
      'base64url',
    );
    await refusesCall(cloudwatch.client.listMetrics({ Namespace: 'Many', NextToken: forged }), code);
  });
});

describe('Alarms and dashboards', () => {
  it('are asked for in vain', async () => {
    const { client } = new CloudWatchUnderTest();
    const { MetricAlarms, CompositeAlarms } = await client.describeAlarms({ MaxRecords: 100 });
    assert.deepEqual([MetricAlarms, CompositeAlarms], [[], []]);
    const ofMetric = await client.describeAlarmsForMetric({ MetricName: 'a', Namespace: 'b' });
    assert.deepEqual(ofMetric.MetricAlarms, []);
    assert.deepEqual((await client.listDashboards({})).DashboardEntries, []);
    await refusesCall(client.describeAlarms({ MaxRecords: 101 }), 'ValidationException', /maxRecords/);
  });
});
