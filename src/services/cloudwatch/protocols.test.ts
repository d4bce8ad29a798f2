import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { CloudWatch, CloudWatchServiceException } from '@aws-sdk/client-cloudwatch';
import { cbor } from '@smithy/core/cbor';
import {
  CLOUDWATCH_SCOPE,
  CloudWatchUnderTest,
  PROTOCOLS,
} from '../../../test/support/cloudwatch/cloudwatch-under-test.ts';
import { neededPermissions } from '../../wire/authorization.ts';
import { permissionsOf } from '../../wire/service.ts';
import { createCloudWatchServices } from './service.ts';

const NAMES = Object.keys(PROTOCOLS) as (keyof typeof PROTOCOLS)[];
const PATH = '/service/GraniteServiceVersion20100801/operation/';
const HEADERS = { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' };

async function refusal(call: Promise<unknown>): Promise<CloudWatchServiceException & { Code?: string }> {
  return call.then(
    () => assert.fail('nothing was refused'),
    (error: unknown) => error as CloudWatchServiceException,
  );
}

/** Puts and reads; answers what a caller sees of it. */
async function whatIsSeen(client: CloudWatch, now: number) {
  const Dimensions = [{ Name: 'Queue', Value: 'a&b <ü>'.replace('ü', 'u') }];
  await client.putMetricData({
    Namespace: 'App',
    MetricData: [
      { MetricName: 'Latency', Dimensions, Values: [1.5, 2.25e-3, 3], Counts: [1, 2, 1], Unit: 'Seconds' },
    ],
    EntityMetricData: [
      {
        Entity: { KeyAttributes: { Type: 'Service', Name: 'web' } },
        MetricData: [{ MetricName: 'Jobs', Value: -1, Timestamp: new Date(now - 60_000), Unit: 'Count' }],
      },
    ],
    StrictEntityValidation: true,
  });
  const span = { StartTime: new Date(now - 300_000), EndTime: new Date(now + 60_000) };
  const { Metrics } = await client.listMetrics({ Namespace: 'App' });
  const { Label, Datapoints } = await client.getMetricStatistics({
    ...span,
    Namespace: 'App',
    MetricName: 'Latency',
    Dimensions,
    Period: 60,
    ExtendedStatistics: ['p100', 'tc50'],
  });
  const { MetricDataResults, Messages } = await client.getMetricData({
    ...span,
    MetricDataQueries: [
      {
        Id: 'm',
        MetricStat: { Metric: { Namespace: 'App', MetricName: 'Jobs' }, Period: 60, Stat: 'Minimum' },
      },
    ],
  });
  return { Metrics, Label, Datapoints, MetricDataResults, Messages };
}

describe('CloudWatch in each of its protocols', () => {
  for (const name of NAMES) {
    it(`keeps and tells the same in ${name}`, async () => {
      const cloudwatch = new CloudWatchUnderTest();
      const now = cloudwatch.clock.now();
      const seen = await whatIsSeen(cloudwatch.clientIn(name), now);
      assert.deepEqual(seen, {
        Metrics: [
          { Namespace: 'App', MetricName: 'Jobs', Dimensions: [] },
          { Namespace: 'App', MetricName: 'Latency', Dimensions: [{ Name: 'Queue', Value: 'a&b <u>' }] },
        ],
        Label: 'Latency',
        Datapoints: [{ Timestamp: new Date(now), Unit: 'Seconds', ExtendedStatistics: { p100: 3, tc50: 2 } }],
        MetricDataResults: [
          {
            Id: 'm',
            Label: 'Jobs',
            Timestamps: [new Date(now - 60_000)],
            Values: [-1],
            StatusCode: 'Complete',
          },
        ],
        Messages: [],
      });
      assert.deepEqual(cloudwatch.errors, []);
    });

    it(`refuses with the exception's name, and the query protocol's, in ${name}`, async () => {
      const client = new CloudWatchUnderTest().clientIn(name);
      const error = await refusal(
        client.putMetricData({ Namespace: 'AWS/EC2', MetricData: [{ MetricName: 'a', Value: 1 }] }),
      );
      assert.equal(error.name, 'InvalidParameterValueException');
      assert.equal(error.message, 'The value AWS/ for parameter Namespace is invalid.');
      assert.equal(error.$metadata.httpStatusCode, 400);
      if (name !== 'query') assert.equal(error.Code, 'InvalidParameterValue');
    });

    it(`names what is missing in ${name}`, async () => {
      const client = new CloudWatchUnderTest().clientIn(name);
      const error = await refusal(client.putMetricData({ MetricData: [] } as never));
      assert.match(error.name, /^Validation(Exception|Error)$/);
      assert.match(error.message, /^1 validation error detected: Value null at '[nN]amespace'/);
    });

    it(`refuses numbers that are none in ${name}`, async () => {
      const client = new CloudWatchUnderTest().clientIn(name);
      const error = await refusal(
        client.putMetricData({ Namespace: 'App', MetricData: [{ MetricName: 'a', Value: Number.NaN }] }),
      );
      // JSON has no such numbers: there it is no number at all.
      if (name === 'json') assert.equal(error.name, 'SerializationException');
      else assert.equal(error.message, 'The value NaN for parameter MetricData.member.1.Value is invalid.');
    });
  }

  it('takes what an SDK compresses', async () => {
    const cloudwatch = new CloudWatchUnderTest();
    const MetricData = Array.from({ length: 1000 }, (_, index) => ({
      MetricName: `m${index}`,
      Value: index,
    }));
    for (const name of NAMES) {
      await cloudwatch.clientIn(name).putMetricData({ Namespace: name, MetricData });
      const { Metrics = [], NextToken } = await cloudwatch.client.listMetrics({ Namespace: name });
      assert.equal(Metrics.length, 500);
      assert.equal(
        (await cloudwatch.client.listMetrics({ Namespace: name, NextToken })).Metrics?.length,
        500,
      );
    }
  });
});

describe('Permissions of CloudWatch', () => {
  it('are on nothing particular, for what is put in a namespace', async () => {
    const { clock, metrics } = new CloudWatchUnderTest();
    for (const service of createCloudWatchServices({ clock, metrics })) {
      const needed = (operation: string, input: object) =>
        neededPermissions(permissionsOf(service), operation, input, CLOUDWATCH_SCOPE);
      assert.deepEqual(await needed('PutMetricData', { Namespace: 'App' }), [
        { action: 'cloudwatch:PutMetricData', arn: '*', context: { 'cloudwatch:namespace': 'App' } },
      ]);
      assert.deepEqual(await needed('ListMetrics', {}), [{ action: 'cloudwatch:ListMetrics', arn: '*' }]);
    }
  });
});

describe('CloudWatch in CBOR', () => {
  const post = (body: Uint8Array, over: object = {}, path = `${PATH}ListMetrics`) =>
    new CloudWatchUnderTest().dispatcher.dispatch(
      { method: 'POST', url: path, headers: { ...HEADERS, ...over }, body },
      'id',
      () => undefined,
    );
  const told = ({ status, body }: Awaited<ReturnType<typeof post>>) => [
    status,
    (cbor.deserialize(body as Uint8Array) as { __type?: string }).__type,
  ];

  it('says its protocol, and the whole id of an exception', async () => {
    const answer = await post(cbor.serialize({ RecentlyActive: 'PT4H' }));
    assert.deepEqual(told(answer), [400, 'com.amazonaws.cloudwatch#ValidationException']);
    assert.equal(answer.contentType, 'application/cbor');
    assert.deepEqual(answer.headers, {
      'smithy-protocol': 'rpc-v2-cbor',
      'x-amzn-query-error': 'ValidationError;Sender',
    });
  });

  it('takes an empty body as no members', async () => {
    assert.deepEqual(told(await post(new Uint8Array())), [200, undefined]);
  });

  it('does not know other operations, methods of other protocols and other types of bodies', async () => {
    const none = cbor.serialize({});
    assert.deepEqual(told(await post(none, {}, `${PATH}PutMetricAlarm`)), [404, 'UnknownOperationException']);
    assert.deepEqual(told(await post(none, { 'smithy-protocol': 'x' })), [404, 'UnknownOperationException']);
    assert.deepEqual(told(await post(none, { 'content-type': 'application/json' })), [
      400,
      'SerializationException',
    ]);
  });

  for (const [name, hex] of Object.entries({
    'a list that says it has four thousand million members': '9affffffff',
    'a map that says it is longer than any body': 'bbffffffffffffffff',
    'a text that is cut off': '78ff61',
    'more behind the body': 'a000',
    'a big number of many bytes': 'a16141c25a00ffffff',
    'a decimal with a huge exponent': 'a16141c4821a0fffffff01',
    'a key that is no text': 'a10101',
    'a list of unknown length without an end': 'a161419f01',
    'what is reserved': 'a16141fc',
    'lists in lists': `a16141${'81'.repeat(5000)}01`,
  })) {
    it(`refuses ${name}`, async () => {
      assert.deepEqual(told(await post(Buffer.from(hex, 'hex'))), [400, 'SerializationException']);
    });
  }

  it('reads maps and lists without a length', async () => {
    // {_ "Namespace": "App", "Dimensions": [_ {_ "Name": "a"}]}
    const hex = 'bf694e616d657370616365634170706a44696d656e73696f6e739fbf644e616d656161ffffff';
    assert.deepEqual(told(await post(Buffer.from(hex, 'hex'))), [200, undefined]);
  });

  it('refuses compressed bodies that are none, or become too large', async () => {
    const gzip = { 'content-encoding': 'gzip' };
    assert.equal((await post(Buffer.from('no gzip'), gzip)).errorCode, 'SerializationException');
    const large = await post(gzipSync(Buffer.alloc(8 * 1024 * 1024)), gzip);
    assert.deepEqual([large.status, large.errorCode], [413, 'RequestEntityTooLargeException']);
    assert.deepEqual(told(await post(gzipSync(cbor.serialize({})), gzip)), [200, undefined]);
  });
});
