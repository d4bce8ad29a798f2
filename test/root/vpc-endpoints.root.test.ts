/**
 * Private subnets with some endpoints and not others, and what their flow logs tell: what 1.3.0 fetches by a way of its
 * own, 1.4.0 fetches by the task's interface. The settings for waiting are the defaults.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateFlowLogsCommand } from '@aws-sdk/client-ec2';
import type { Secret, Task } from '@aws-sdk/client-ecs';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { buildLayer } from '../../src/cli/sample-image/image.ts';
import { pushToEcr } from '../support/ecr/push-to-ecr.ts';
import { file } from '../../src/cli/sample-image/tar.ts';
import { type FlowRecord, recordsInLogs } from '../support/neargate/flow-records.ts';
import { Scene } from '../support/neargate/scene.ts';
import { TestNetwork, type TestSubnet, eniIdOf, placeIn, tcpFrom } from '../support/neargate/test-network.ts';
import { Vantage } from '../support/neargate/vantage.ts';
import { patient } from '../../src/ports/testing/patience.ts';

const FLOWS = '/flows';
const HTTPS = 443;
const ECR_API = 'api.ecr.us-east-1.amazonaws.com';
const SECRETS = ['secretsmanager.us-east-1.amazonaws.com', 'ssm.us-east-1.amazonaws.com'];
const REGISTRY = '000000000000.dkr.ecr.us-east-1.amazonaws.com';
/** A failure that takes AWS five minutes is over within one here. */
const FAILURE_MS = patient(60_000);
const FLOWS_MS = patient(20_000);

const VERSIONS = ['1.3.0', '1.4.0'] as const;
const ENDPOINTS = ['ecr.api', 'ecr.dkr', 'logs', 's3'] as const;
/** A network is named for the endpoint that it lacks. */
type Lack = 'ecr.api' | 's3' | 'nothing';

interface PrivateNetwork {
  readonly network: TestNetwork;
  readonly subnet: TestSubnet;
  readonly endpointGroup: string;
  readonly taskGroup: string;
}

/** A task that will end by itself. */
interface Run {
  readonly arn: string;
  readonly ended: Promise<{ readonly task: Task; readonly tookMs: number }>;
}

const NO_CONNECTION = 'Check your task network configuration.';
const CREDENTIALS = 'ResourceInitializationError: unable to pull secrets or registry auth: ';
const timedOut = (name: string, address: string): string =>
  'exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, ' +
  `Post "https://${name}/": dial tcp ${address}:443: i/o timeout`;

describe('A private subnet', { timeout: patient(240_000) }, () => {
  let scene: Scene;
  const networks = new Map<Lack, PrivateNetwork>();
  const runs = new Map<string, Run>();

  const network = (lack: Lack): PrivateNetwork => networks.get(lack) ?? assert.fail(lack);
  const run = (name: string): Run => runs.get(name) ?? assert.fail(name);

  /** With a layer that no other image has. */
  const push = (repository: string): Promise<string> =>
    pushToEcr(scene.neargate, repository, { layers: [buildLayer([file('own', randomBytes(1000))])] });

  const makeNetwork = async (range: string, lack: Lack): Promise<void> => {
    const made = await TestNetwork.make(scene.neargate.ec2, range);
    const subnet = await made.addSubnet();
    const taskGroup = await made.addGroup('tasks');
    const endpointGroup = await made.addGroup('endpoints', tcpFrom(taskGroup, HTTPS));
    for (const service of ENDPOINTS.filter((each) => each !== lack)) {
      if (service === 's3') await made.addGatewayEndpoint(service, subnet);
      else await made.addEndpoint(service, subnet, endpointGroup);
    }
    await scene.neargate.ec2.send(
      new CreateFlowLogsCommand({
        ...{ ResourceType: 'VPC', ResourceIds: [made.vpcId], TrafficType: 'ALL', LogGroupName: FLOWS },
        DeliverLogsPermissionArn: `arn:aws:iam::${scene.neargate.info.account}:role/flow-logs`,
      }),
    );
    networks.set(lack, { network: made, subnet, endpointGroup, taskGroup });
  };

  const define = (image: string, secrets: Secret[] = []): Promise<string> => {
    const command = ['sh', '-c', 'echo "started with $SECRET, $PARAMETER"'];
    return scene.register([scene.container('app', { image, command, secrets })]);
  };

  const start = async (
    name: string,
    definition: string,
    where: { lack: Lack; platformVersion: string; groupId?: string },
  ): Promise<void> => {
    const { subnet, taskGroup } = network(where.lack);
    const place = placeIn(subnet, where.groupId ?? taskGroup);
    const began = performance.now();
    const arn = await scene.run(definition, { ...place, platformVersion: where.platformVersion });
    const ended = scene
      .until(arn, 'STOPPED', FAILURE_MS)
      .then((task) => ({ task, tookMs: performance.now() - began }));
    ended.catch(() => undefined);
    runs.set(name, { arn, ended });
  };

  const assertRan = async (name: string, values = ', '): Promise<void> => {
    const { arn, ended } = run(name);
    const { task } = await ended;
    assert.equal(task.stopCode, 'EssentialContainerExited', task.stoppedReason);
    assert.equal(task.containers?.[0]?.exitCode, 0);
    assert.deepEqual(await scene.output(arn, 'app'), [`started with ${values}`]);
  };
  const assertFailed = async (name: string, reason: string): Promise<void> => {
    const { task, tookMs } = await run(name).ended;
    assert.deepEqual([task.stopCode, task.stoppedReason], ['TaskFailedToStart', reason]);
    assert.equal(task.containers?.[0]?.exitCode, undefined);
    assert.ok(tookMs < FAILURE_MS, `it took ${tookMs} ms`);
  };

  /** The records of a task, once they are as wanted. */
  const flowsOf = async (
    name: string,
    isWanted: (records: readonly FlowRecord[]) => boolean,
  ): Promise<FlowRecord[]> => {
    const eniId = eniIdOf(await scene.describe(run(name).arn));
    for (const deadline = performance.now() + FLOWS_MS; ; await delay(100)) {
      const records = await recordsInLogs(scene.neargate.logs, FLOWS, `${eniId}-all`);
      if (isWanted(records)) return records;
      assert.ok(performance.now() < deadline, `${name} has ${JSON.stringify(records)}`);
    }
  };

  /** What a name stands for in a VPC: its resolver answers a task of it. */
  const resolve = async (lack: Lack, ...names: string[]): Promise<string[]> => {
    const { subnet, taskGroup } = network(lack);
    const definition = await scene.register([{ name: 'app', image: `${REGISTRY}/app:latest` }]);
    const arn = await scene.run(definition, { ...placeIn(subnet, taskGroup), platformVersion: '1.3.0' });
    await scene.until(arn, 'RUNNING');
    const place = Vantage.inTask(scene.neargate.dataDir, arn);
    try {
      const found = await Promise.all(names.map((name) => place.resolve(name, '169.254.169.253')));
      return found.flat();
    } finally {
      place.close();
      await scene.stop(arn);
    }
  };

  before(async () => {
    scene = await Scene.start(['--flow-log-interval', '2s']);
    const { logs, secretsManager, ssm } = scene.neargate;
    await logs.send(new CreateLogGroupCommand({ logGroupName: FLOWS }));
    const plain = await define(await push('app'));
    const lonely = await define(await push('lonely'));
    const secret = await secretsManager.send(
      new CreateSecretCommand({ Name: 'password', SecretString: 'a secret' }),
    );
    await ssm.send(new PutParameterCommand({ Name: '/app/word', Value: 'a word', Type: 'SecureString' }));
    const withSecrets = await define(`${REGISTRY}/app:latest`, [
      { name: 'SECRET', valueFrom: secret.ARN ?? assert.fail('the secret has no ARN') },
      { name: 'PARAMETER', valueFrom: '/app/word' },
    ]);
    const lacks: Lack[] = ['ecr.api', 's3', 'nothing'];
    for (const [index, lack] of lacks.entries()) await makeNetwork(`10.${85 + index}`, lack);
    for (const platformVersion of VERSIONS) {
      for (const lack of lacks) {
        const definition = lack === 's3' ? lonely : plain;
        await start(`without ${lack} on ${platformVersion}`, definition, { lack, platformVersion });
      }
      await start(`with secrets on ${platformVersion}`, withSecrets, { lack: 'nothing', platformVersion });
    }
    const strangers = await network('nothing').network.addGroup('strangers');
    await start('strangers', plain, { lack: 'nothing', platformVersion: '1.4.0', groupId: strangers });
  });

  after(async () => {
    await scene?.close();
  });

  const assertOnlyNewerReached = async (name: string, addresses: readonly string[]): Promise<void> => {
    assert.ok(addresses.length > 0);
    const to = (records: readonly FlowRecord[], address: string): FlowRecord[] =>
      records.filter(({ dstaddr }) => dstaddr === address);
    const newer = await flowsOf(`${name} on 1.4.0`, (records) =>
      addresses.every((address) => to(records, address).length > 0),
    );
    for (const { dstport, protocol, action } of addresses.flatMap((address) => to(newer, address))) {
      assert.deepEqual([dstport, protocol, action], [String(HTTPS), '6', 'ACCEPT']);
    }
    // It began at the same time, and the records of all interfaces come at the same intervals.
    const older = await flowsOf(`${name} on 1.3.0`, (records) => records.length > 0);
    assert.deepEqual(
      addresses.flatMap((address) => to(older, address)),
      [],
    );
  };

  it('with endpoints for ecr.api, ecr.dkr, logs and S3 runs tasks of both platform versions', async () => {
    for (const version of VERSIONS) await assertRan(`without nothing on ${version}`);
    const addresses = await resolve('nothing', ECR_API);
    assert.match(addresses.join(), /^10\.87\.1\.\d+$/, 'the address of the endpoint');
    await assertOnlyNewerReached('without nothing', addresses);
  });

  it('without ecr.api runs a task of 1.3.0; one of 1.4.0 stops, and its flow log shows why', async () => {
    await assertRan('without ecr.api on 1.3.0');
    const addresses = await resolve('ecr.api', ECR_API);
    await assertFailed(
      'without ecr.api on 1.4.0',
      `${CREDENTIALS}The task cannot pull registry auth from Amazon ECR: There is a connection issue between the ` +
        `task and Amazon ECR. ${NO_CONNECTION} operation error ECR: GetAuthorizationToken, ` +
        timedOut(ECR_API, addresses.join()),
    );
    await assertOnlyNewerReached('without ecr.api', addresses);
  });

  it('without secretsmanager and ssm gives secrets to a task of 1.3.0; one of 1.4.0 stops', async () => {
    await assertRan('with secrets on 1.3.0', 'a secret, a word');
    const { stoppedReason = '' } = (await run('with secrets on 1.4.0').ended).task;
    assert.ok(stoppedReason.startsWith(CREDENTIALS), stoppedReason);
    assert.ok(stoppedReason.includes('unable to retrieve secret from asm: There is a connection issue'));
    const addresses = (await resolve('nothing', ...SECRETS)).sort();
    await assertOnlyNewerReached('with secrets', addresses);
  });

  it('without S3 pulls no layers, on both platform versions', async () => {
    const uri = `${REGISTRY}/lonely`;
    for (const version of VERSIONS) {
      await assertFailed(
        `without s3 on ${version}`,
        `CannotPullContainerError: The task cannot pull '${uri}:latest' from the Amazon ECR repository '${uri}'. ` +
          `There is a connection issue between the task and Amazon ECR. ${NO_CONNECTION}`,
      );
    }
  });

  it('has endpoints that serve only whom their groups admit', async () => {
    const [address = ''] = await resolve('nothing', ECR_API);
    const { task } = await run('strangers').ended;
    assert.ok(task.stoppedReason?.endsWith(timedOut(ECR_API, address)), task.stoppedReason);
  });
});
