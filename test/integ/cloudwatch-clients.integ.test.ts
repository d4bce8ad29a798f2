/** CloudWatch as Debian's AWS CLI and boto3 and the SDK use it, over real connections with real signatures. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { Neargate } from '../support/neargate/instance.ts';
import { aws, python, toolsMissing } from '../support/neargate/python.ts';
import { PROTOCOLS } from '../support/cloudwatch/cloudwatch-under-test.ts';
import { patient } from '../../src/ports/testing/patience.ts';

const BOTO3 = `
import boto3, os, datetime
cloudwatch = boto3.client('cloudwatch', endpoint_url=os.environ['ENDPOINT'])
now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
minute = datetime.timedelta(minutes=1)
dimensions = [{'Name': 'Queue', 'Value': 'a b&c'}]
cloudwatch.put_metric_data(Namespace='Boto', MetricData=[
    {'MetricName': 'Latency', 'Dimensions': dimensions, 'Timestamp': now - minute * n, 'Unit': 'Milliseconds',
     'Values': [float(n), n + 0.5], 'Counts': [1, 3]} for n in range(1, 5)])
cloudwatch.put_metric_data(Namespace='Boto', MetricData=[{'MetricName': 'm%d' % n, 'Value': n} for n in range(1000)])
span = dict(StartTime=now - 10 * minute, EndTime=now)
found = cloudwatch.get_metric_statistics(Namespace='Boto', MetricName='Latency', Dimensions=dimensions, Period=600,
    Statistics=['Average', 'SampleCount', 'Maximum'], **span)
point = found['Datapoints'][0]
print(found['Label'], len(found['Datapoints']), point['Average'], point['SampleCount'], point['Maximum'], point['Unit'])
extended = cloudwatch.get_metric_statistics(Namespace='Boto', MetricName='Latency', Dimensions=dimensions, Period=600,
    ExtendedStatistics=['p50', 'tm90'], **span)
print(sorted(extended['Datapoints'][0]['ExtendedStatistics'].items()))
stat = {'Metric': {'Namespace': 'Boto', 'MetricName': 'Latency', 'Dimensions': dimensions}, 'Period': 60, 'Stat': 'Sum'}
values = []
for page in cloudwatch.get_paginator('get_metric_data').paginate(ScanBy='TimestampAscending', MaxDatapoints=3, **span,
    MetricDataQueries=[{'Id': 'sum', 'MetricStat': stat}, {'Id': 'twice', 'Expression': 'sum * 2', 'Label': 'x2'}]):
    for result in page['MetricDataResults']:
        values += [(result['Id'], value) for value in result['Values']]
print(values)
metrics = [m for page in cloudwatch.get_paginator('list_metrics').paginate(Namespace='Boto') for m in page['Metrics']]
print(len(metrics), cloudwatch.describe_alarms()['MetricAlarms'])
for call in (
    lambda: cloudwatch.put_metric_data(Namespace='AWS/ECS', MetricData=[{'MetricName': 'a', 'Value': 1}]),
    lambda: cloudwatch.put_metric_data(Namespace='Boto', MetricData=[{'MetricName': 'a', 'Value': float('nan')}]),
):
    try:
        call()
    except cloudwatch.exceptions.InvalidParameterValueException as error:
        print(error)
`;

const skip = (await toolsMissing()) ?? false;

describe('CloudWatch with the AWS CLI, boto3 and the SDK', { skip, timeout: patient(240_000) }, () => {
  let neargate: Neargate;
  before(async () => {
    neargate = await Neargate.start({ flags: ['--fake'] });
  });
  after(() => neargate?.close());

  it('takes and tells metrics in boto3', async () => {
    assert.deepEqual((await python(neargate, BOTO3, {})).trim().split('\n'), [
      'Latency 1 2.875 16.0 4.5 Milliseconds',
      "[('p50', 2.75), ('tm90', 2.7666666666666666)]",
      "[('sum', 17.5), ('sum', 13.5), ('sum', 9.5), ('sum', 5.5), ('twice', 35.0), ('twice', 27.0), ('twice', 19.0), ('twice', 11.0)]",
      '1001 []',
      'An error occurred (InvalidParameterValue) when calling the PutMetricData operation: The value AWS/ for parameter Namespace is invalid.',
      'An error occurred (InvalidParameterValue) when calling the PutMetricData operation: The value NaN for parameter MetricData.member.1.Value is invalid.',
    ]);
  });

  it('takes and tells metrics in the AWS CLI', async () => {
    const cloudwatch = (...args: string[]) => aws(neargate, 'cloudwatch', ...args);
    const put = ['--namespace', 'Cli', '--metric-name', 'Jobs', '--dimensions', 'Queue=a,Zone=b'];
    await cloudwatch('put-metric-data', ...put, '--value', '2.5', '--unit', 'Count');
    const statistics = 'Sum=9,Minimum=1,Maximum=5,SampleCount=3';
    await cloudwatch('put-metric-data', ...put, '--statistic-values', statistics, '--unit', 'Count');
    assert.deepEqual(
      await cloudwatch('list-metrics', '--dimensions', 'Name=Zone', '--recently-active', 'PT3H'),
      {
        Metrics: [
          {
            Namespace: 'Cli',
            MetricName: 'Jobs',
            Dimensions: [
              { Name: 'Queue', Value: 'a' },
              { Name: 'Zone', Value: 'b' },
            ],
          },
        ],
      },
    );
    const now = Date.now();
    const span = [
      '--start-time',
      new Date(now - 600_000).toISOString(),
      '--end-time',
      new Date(now + 60_000).toISOString(),
    ];
    const dimensions = ['--dimensions', 'Name=Zone,Value=b', 'Name=Queue,Value=a'];
    const metric = ['--namespace', 'Cli', '--metric-name', 'Jobs', ...dimensions];
    const told = (await cloudwatch(
      'get-metric-statistics',
      ...metric,
      ...span,
      '--period',
      '3600',
      '--statistics',
      'Sum',
      'Minimum',
    )) as { Datapoints: { Sum: number; Minimum: number }[] };
    assert.deepEqual(
      told.Datapoints.map(({ Sum, Minimum }) => [Sum, Minimum]),
      [[11.5, 1]],
    );
    await assert.rejects(
      cloudwatch('get-metric-statistics', ...metric, ...span, '--period', '45', '--statistics', 'Sum'),
      /\(InvalidParameterValue\).*The value 45 for parameter Period is invalid\./,
    );
  });

  for (const [name, protocol] of Object.entries(PROTOCOLS)) {
    it(`takes what the SDK signs, compressed or not, in ${name}`, async () => {
      const client = new CloudWatch({ ...neargate.info, credentials: neargate.info, protocol });
      const Namespace = `Sdk-${name}`;
      const many = Array.from({ length: 300 }, (_, index) => ({
        MetricName: `m${index}`,
        Value: index + 0.5,
      }));
      await client.putMetricData({ Namespace, MetricData: many });
      await client.putMetricData({ Namespace, MetricData: [{ MetricName: 'm0', Value: 2 }] });
      const now = Date.now();
      const { MetricDataResults } = await client.getMetricData({
        StartTime: new Date(now - 600_000),
        EndTime: new Date(now + 60_000),
        MetricDataQueries: [
          {
            Id: 'm',
            MetricStat: { Metric: { Namespace, MetricName: 'm0' }, Period: 3600, Stat: 'Sum' },
            ReturnData: false,
          },
          { Id: 'e', Expression: 'm / 2' },
        ],
      });
      assert.deepEqual(
        MetricDataResults?.map(({ Id, Values }) => [Id, Values]),
        [['e', [1.25]]],
      );
      await assert.rejects(client.listMetrics({ NextToken: 'x' }), {
        name: 'InvalidParameterValueException',
      });
      client.destroy();
    });
  }

  it('is there for tasks by an endpoint of their VPC', async () => {
    const { ServiceNames } = (await aws(neargate, 'ec2', 'describe-vpc-endpoint-services')) as {
      ServiceNames: string[];
    };
    assert.ok(ServiceNames.includes(`com.amazonaws.${neargate.info.region}.monitoring`));
  });

  it('keeps what was put when its process is killed', async () => {
    const put = ['--namespace', 'Kept', '--metric-name', 'a', '--value', '7'];
    await aws(neargate, 'cloudwatch', 'put-metric-data', ...put);
    await neargate.killControlPlane();
    await neargate.startAgain();
    const { Metrics } = (await aws(neargate, 'cloudwatch', 'list-metrics', '--namespace', 'Kept')) as {
      Metrics: unknown[];
    };
    assert.equal(Metrics.length, 1);
  });
});
