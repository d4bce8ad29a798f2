/**
 * Private subnets with some endpoints and not others: what 1.3.0 fetches by a way of its own, 1.4.0 fetches by the
 * task's interface, and where that leads nowhere the task stops in Fargate's words.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateFlowLogsCommand } from '@aws-sdk/client-ec2';
import { CreateRepositoryCommand, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import type { ContainerDefinition, Task } from '@aws-sdk/client-ecs';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { buildSampleImage, pushImage } from '../../src/cli/sample-image/sample.ts';
import { type FlowRecord, recordsInLogs } from '../support/neargate/flow-records.ts';
import { Scene } from '../support/neargate/scene.ts';
import { TestNetwork, type TestSubnet, eniIdOf, placeIn, tcpFrom } from '../support/neargate/test-network.ts';
import { Vantage } from '../support/neargate/vantage.ts';

const FLOWS = '/flows';
const NAME = 'api.ecr.us-east-1.amazonaws.com';
/** A failure that takes AWS five minutes is over within one here. */
const FAILURE_MS = 60_000;

interface PrivateNetwork {
  readonly network: TestNetwork;
  readonly subnet: TestSubnet;
  readonly endpointGroup: string;
  readonly taskGroup: string;
}

describe('Endpoints of a private subnet', { timeout: 240_000 }, () => {
  let scene: Scene;
  let image: string;
  let secretArn: string;
  let parameterArn: string;
  /** No `ecr.api`. */
  let half: PrivateNetwork;
  /** All for images and logs. */
  let whole: PrivateNetwork;
  let plain: string;
  let withSecret: string;
  let withParameter: string;

  const pushToEcr = async (repository: string): Promise<string> => {
    const { ecr, info } = scene.neargate;
    await ecr.send(new CreateRepositoryCommand({ repositoryName: repository }));
    const { authorizationData = [] } = await ecr.send(new GetAuthorizationTokenCommand({}));
    const token = Buffer.from(authorizationData[0]?.authorizationToken ?? '', 'base64').toString();
    const [username = '', password = ''] = token.split(':');
    await pushImage(await buildSampleImage('/bin/busybox'), {
      ...{ registryUrl: info.endpoint, repository, tag: 'latest', auth: { username, password } },
    });
    return `${info.account}.dkr.ecr.${info.region}.amazonaws.com/${repository}:latest`;
  };

  const makeNetwork = async (range: string, ...services: string[]): Promise<PrivateNetwork> => {
    const network = await TestNetwork.make(scene.neargate.ec2, range);
    const subnet = await network.addSubnet();
    const taskGroup = await network.addGroup('tasks');
    const endpointGroup = await network.addGroup('endpoints', tcpFrom(taskGroup, 443));
    for (const service of services) await network.addEndpoint(service, subnet, endpointGroup);
    await network.addGatewayEndpoint('s3', subnet);
    await scene.neargate.ec2.send(
      new CreateFlowLogsCommand({
        ...{ ResourceType: 'VPC', ResourceIds: [network.vpcId], TrafficType: 'ALL', LogGroupName: FLOWS },
        DeliverLogsPermissionArn: `arn:aws:iam::${scene.neargate.info.account}:role/flow-logs`,
      }),
    );
    return { network, subnet, endpointGroup, taskGroup };
  };

  const define = (words: string, over: Partial<ContainerDefinition> = {}): Promise<string> =>
    scene.register([scene.container('app', { image, command: ['sh', '-c', words], ...over })]);
  const start = ({ subnet, taskGroup }: PrivateNetwork, definition: string, platformVersion: string) =>
    scene.run(definition, { ...placeIn(subnet, taskGroup), platformVersion });
  const end = (arn: string): Promise<Task> => scene.until(arn, 'STOPPED');

  const assertRan = async (arn: string, said: string): Promise<void> => {
    const task = await end(arn);
    assert.deepEqual(
      [task.stopCode, task.containers?.[0]?.exitCode],
      ['EssentialContainerExited', 0],
      task.stoppedReason,
    );
    assert.deepEqual(await scene.output(arn, 'app'), [said]);
  };

  /** All records of a task's interface, once they tell of its end. */
  const flowsOf = async (arn: string): Promise<FlowRecord[]> => {
    const eniId = eniIdOf(await scene.describe(arn));
    const deadline = performance.now() + 15_000;
    let records: FlowRecord[] = [];
    // The last of its records may be one interval late.
    for (let seen = -1; seen < records.length && performance.now() < deadline; ) {
      seen = records.length;
      await delay(2_500);
      records = await recordsInLogs(scene.neargate.logs, FLOWS, `${eniId}-all`);
    }
    assert.ok(records.length > 0, 'the interface has no records');
    return records;
  };

  const addressesOf = async ({ subnet, taskGroup }: PrivateNetwork, name: string): Promise<string[]> => {
    const arn = await scene.run(await define('sleep 60'), {
      ...{ ...placeIn(subnet, taskGroup), platformVersion: '1.3.0' },
    });
    await scene.until(arn, 'RUNNING');
    const place = Vantage.inTask(scene.neargate.dataDir, arn);
    try {
      return await place.resolve(name, '169.254.169.253');
    } finally {
      place.close();
      await scene.stop(arn);
    }
  };

  before(async () => {
    scene = await Scene.start(['--flow-log-interval', '2s']);
    const { logs, secretsManager, ssm, info } = scene.neargate;
    await logs.send(new CreateLogGroupCommand({ logGroupName: FLOWS }));
    image = await pushToEcr('app');
    const secret = await secretsManager.send(
      new CreateSecretCommand({ Name: 'password', SecretString: 'from-secrets-manager' }),
    );
    secretArn = secret.ARN ?? assert.fail('the secret has no ARN');
    await ssm.send(new PutParameterCommand({ Name: '/app/word', Value: 'from-ssm', Type: 'SecureString' }));
    parameterArn = `arn:aws:ssm:${info.region}:${info.account}:parameter/app/word`;
    half = await makeNetwork('10.85', 'ecr.dkr', 'logs');
    whole = await makeNetwork('10.86', 'ecr.dkr', 'logs', 'ecr.api');
    plain = await define('echo started');
    withSecret = await define('echo "$VALUE"', { secrets: [{ name: 'VALUE', valueFrom: secretArn }] });
    withParameter = await define('echo "$VALUE"', { secrets: [{ name: 'VALUE', valueFrom: parameterArn }] });
  });

  after(async () => {
    await scene?.close();
  });

  it('of ECR: without ecr.api a task starts on 1.3.0, and stops on 1.4.0 and says why', async () => {
    const [older, newer] = [await start(half, plain, '1.3.0'), await start(half, plain, '1.4.0')];
    await assertRan(older, 'started');
    const began = performance.now();
    const task = await end(newer);
    assert.ok(performance.now() - began < FAILURE_MS, 'it took too long');
    const [address = ''] = await addressesOf(half, NAME);
    assert.equal(task.stopCode, 'TaskFailedToStart');
    assert.equal(
      task.stoppedReason,
      'ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth ' +
        'from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network ' +
        'configuration. operation error ECR: GetAuthorizationToken, exceeded maximum number of attempts, 3, https ' +
        'response error StatusCode: 0, RequestID: , request send failed, Post ' +
        `"https://api.ecr.us-east-1.amazonaws.com/": dial tcp ${address}:443: i/o timeout`,
    );
    const to = (records: FlowRecord[]): FlowRecord[] => records.filter(({ dstaddr }) => dstaddr === address);
    const attempts = to(await flowsOf(newer));
    assert.ok(attempts.length > 0, 'the login is not in the flow log');
    assert.ok(attempts.every(({ dstport, protocol }) => dstport === '443' && protocol === '6'));
    assert.deepEqual(to(await flowsOf(older)), []);
  });

  it('of ECR: with all of them a task starts on both versions, and on 1.4.0 its login goes by its interface', async () => {
    const arns = await Promise.all([start(whole, plain, '1.3.0'), start(whole, plain, '1.4.0')]);
    for (const arn of arns) await assertRan(arn, 'started');
    const [address = ''] = await addressesOf(whole, NAME);
    assert.match(address, /^10\.86\./, 'the address of the endpoint');
    const [older, newer] = await Promise.all(arns.map(flowsOf));
    assert.ok(newer?.some(({ dstaddr, dstport }) => dstaddr === address && dstport === '443'));
    assert.ok(newer?.some(({ srcaddr, srcport }) => srcaddr === address && srcport === '443'));
    assert.deepEqual(
      older?.filter(({ dstaddr }) => dstaddr === address),
      [],
    );
  });

  it('of secrets: without them a task starts on 1.3.0, and stops on 1.4.0 and says why', async () => {
    const started = await Promise.all([
      start(whole, withSecret, '1.3.0'),
      start(whole, withParameter, '1.3.0'),
      start(whole, withSecret, '1.4.0'),
      start(whole, withParameter, '1.4.0'),
    ]);
    const [olderSecret, olderParameter, newerSecret, newerParameter] = started;
    await assertRan(olderSecret, 'from-secrets-manager');
    await assertRan(olderParameter, 'from-ssm');
    const failures = 'ResourceInitializationError: unable to pull secrets or registry auth: ';
    const secret = await end(newerSecret);
    assert.equal(secret.stopCode, 'TaskFailedToStart');
    assert.ok(
      secret.stoppedReason?.startsWith(
        `${failures}unable to retrieve secret from asm: There is a connection ` +
          'issue between the task and AWS Secrets Manager. Check your task network configuration. failed to fetch ' +
          `secret ${secretArn} from secrets manager: `,
      ),
      secret.stoppedReason,
    );
    const parameter = await end(newerParameter);
    assert.equal(parameter.stopCode, 'TaskFailedToStart');
    assert.ok(
      parameter.stoppedReason?.startsWith(
        `${failures}unable to retrieve secrets from ssm: The task cannot pull ` +
          'secrets from AWS Systems Manager. There is a connection issue between the task and AWS Systems Manager ' +
          'Parameter Store. Check your task network configuration. ',
      ),
      parameter.stoppedReason,
    );
  });

  it('of secrets: with them a task starts on 1.4.0', async () => {
    const { network, subnet, endpointGroup } = whole;
    for (const service of ['secretsmanager', 'ssm'])
      await network.addEndpoint(service, subnet, endpointGroup);
    const [secret, parameter] = [
      await start(whole, withSecret, '1.4.0'),
      await start(whole, withParameter, '1.4.0'),
    ];
    await assertRan(secret, 'from-secrets-manager');
    await assertRan(parameter, 'from-ssm');
  });

  it('serve whom their groups admit: a task that may not reach them stops', async () => {
    const { network, subnet, endpointGroup, taskGroup } = whole;
    await network.withdraw(endpointGroup, tcpFrom(taskGroup, 443));
    const task = await end(await scene.run(plain, placeIn(subnet, taskGroup)));
    assert.match(task.stoppedReason ?? '', /dial tcp 10\.86\.\d+\.\d+:443: i\/o timeout$/);
  });
});
