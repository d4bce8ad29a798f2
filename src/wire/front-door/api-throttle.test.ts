import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CloudWatch, DescribeAlarms$ } from '@aws-sdk/client-cloudwatch';
import { CreateDefaultVpc$, EC2 } from '@aws-sdk/client-ec2';
import { DescribeTasks$, ECS } from '@aws-sdk/client-ecs';
import { PutParameter$, SSM } from '@aws-sdk/client-ssm';
import { GetCallerIdentity$, STS } from '@aws-sdk/client-sts';
import { openFrontDoor, type TrivialFrontDoor } from '../../../test/support/trivial-front-door.ts';
import { operation, type OperationSchema, type ServiceDefinition } from '../service.ts';
import { ApiThrottle } from './api-throttle.ts';

const ACCOUNT = '111122223333';
const REGION = 'us-east-1';
const CALLER = { account: ACCOUNT, region: REGION, principalArn: `arn:aws:iam::${ACCOUNT}:root` };

const answering = (schema: OperationSchema) => [operation(schema, async () => ({}))];

const SERVICES: readonly ServiceDefinition[] = [
  {
    name: 'ecs',
    protocol: 'aws-json',
    targetPrefix: 'AmazonEC2ContainerServiceV20141113',
    jsonVersion: '1.1',
    operations: answering(DescribeTasks$),
  },
  {
    name: 'ssm',
    protocol: 'aws-json',
    targetPrefix: 'AmazonSSM',
    jsonVersion: '1.1',
    operations: answering(PutParameter$),
  },
  {
    name: 'monitoring',
    protocol: 'aws-json',
    targetPrefix: 'GraniteServiceVersion20100801',
    jsonVersion: '1.0',
    operations: answering(DescribeAlarms$),
  },
  { name: 'ec2', protocol: 'ec2-query', version: '2016-11-15', operations: answering(CreateDefaultVpc$) },
  {
    name: 'sts',
    protocol: 'aws-query',
    version: '2011-06-15',
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    operations: answering(GetCallerIdentity$),
  },
];

const clock = { nowMs: 1_000_000, now: (): number => clock.nowMs };

describe('requests beyond a quota', () => {
  const throttle = new ApiThrottle(clock);
  let front: TrivialFrontDoor;
  let settings: object;
  /** Called after each refusal. */
  let onRefused = (): void => undefined;

  before(async () => {
    front = await openFrontDoor(SERVICES, {
      open: true,
      throttle,
      onAnswered: ({ status }) => status >= 400 && onRefused(),
    });
    settings = clientSettings({ maxAttempts: 1 });
  });
  after(() => front.door.close());

  function clientSettings(more: object): object {
    const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'any' };
    return { endpoint: front.endpoint, region: REGION, credentials, ...more };
  }

  /** Takes what there is now. */
  function exhaust(service: string, name: string, times: number): void {
    clock.nowMs += 1_000_000;
    for (let taken = 0; taken < times; taken += 1) throttle.check(CALLER, service, name, {});
  }

  const tables = [
    {
      ...{ service: 'ecs', name: 'DescribeTasks', burst: 100 },
      ask: () => new ECS(settings).describeTasks({ tasks: ['a'] }),
      refusal: ['ThrottlingException', 400, 'Rate exceeded'],
    },
    {
      ...{ service: 'ssm', name: 'PutParameter', burst: 3 },
      ask: () => new SSM(settings).putParameter({ Name: 'a', Value: 'b', Type: 'String' }),
      refusal: ['ThrottlingException', 400, 'Rate exceeded'],
    },
    {
      ...{ service: 'monitoring', name: 'DescribeAlarms', burst: 9 },
      ask: () => new CloudWatch(settings).describeAlarms({}),
      refusal: ['ThrottlingException', 400, 'Rate exceeded'],
    },
    {
      ...{ service: 'ec2', name: 'CreateDefaultVpc', burst: 1 },
      ask: () => new EC2(settings).createDefaultVpc({}),
      refusal: ['RequestLimitExceeded', 503, 'Request limit exceeded.'],
    },
    {
      ...{ service: 'sts', name: 'GetCallerIdentity', burst: 600 },
      ask: () => new STS(settings).getCallerIdentity({}),
      refusal: ['Throttling', 400, 'Rate exceeded'],
    },
  ] as const;

  for (const { service, name, burst, ask, refusal } of tables) {
    it(`are refused by ${service} in its protocol's words, until tokens have come`, async () => {
      exhaust(service, name, burst);
      const error = (await ask().catch((caught: unknown) => caught)) as {
        readonly name: string;
        readonly message: string;
        readonly $metadata: { readonly httpStatusCode?: number };
      };
      assert.deepEqual([error.name, error.$metadata?.httpStatusCode, error.message], refusal);
      clock.nowMs += 1000;
      await ask();
    });
  }

  it('do not count for another account or region', async () => {
    exhaust('ecs', 'DescribeTasks', 100);
    assert.throws(() => throttle.check(CALLER, 'ecs', 'ListTasks', {}), /Rate exceeded/);
    throttle.check({ ...CALLER, region: 'eu-west-1' }, 'ecs', 'ListTasks', {});
    throttle.check({ ...CALLER, account: '444455556666' }, 'ecs', 'ListTasks', {});
  });

  it('take nothing when one of several buckets has too little', () => {
    exhaust('ecs', 'StopTask', 0);
    for (let launched = 0; launched < 100; launched += 10) {
      throttle.check(CALLER, 'ecs', 'RunTask', { count: 10 });
    }
    assert.throws(() => throttle.check(CALLER, 'ecs', 'RunTask', { count: 1 }), /Rate exceeded/);
    // Ten of a hundred were taken, and none by the refusal.
    for (let stopped = 0; stopped < 90; stopped += 1) throttle.check(CALLER, 'ecs', 'StopTask', {});
    assert.throws(() => throttle.check(CALLER, 'ecs', 'StopTask', {}), /Rate exceeded/);
  });

  for (const retryMode of ['standard', 'adaptive']) {
    it(`pass with the retries of an SDK in its ${retryMode} mode`, async () => {
      exhaust('ecs', 'DescribeTasks', 98);
      onRefused = () => (clock.nowMs += 100);
      try {
        const ecs = new ECS(clientSettings({ retryMode, maxAttempts: 5 }));
        const answers = await Promise.all(
          Array.from({ length: 4 }, () => ecs.describeTasks({ tasks: ['a'] })),
        );
        assert.ok(
          answers.some(({ $metadata }) => ($metadata.attempts ?? 1) > 1),
          'nothing was refused',
        );
      } finally {
        onRefused = () => undefined;
      }
    });
  }
});
