/** The words of what fails in a private subnet for want of an endpoint; `vpc-endpoints` has the login to ECR. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ModifyVpcAttributeCommand } from '@aws-sdk/client-ec2';
import type { ContainerDefinition, Task } from '@aws-sdk/client-ecs';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { pushToEcr } from '../support/ecr/push-to-ecr.ts';
import { Scene } from '../support/neargate/scene.ts';
import { placeIn, TestNetwork, type TestSubnet, tcpFrom } from '../support/neargate/test-network.ts';
import { registryMissing } from '../support/registry/registry.ts';
import { type S3Server, startS3Server } from '../support/s3/s3-server.ts';
import { atOnce, patient } from '../../src/ports/testing/patience.ts';

const skip = (await registryMissing()) ?? (process.getuid?.() !== 0 && 'needs root');
const SUFFIX = 'us-east-1.amazonaws.com';
const VERSIONS = ['1.3.0', '1.4.0'] as const;
const PREFIX = 'ResourceInitializationError: unable to pull secrets or registry auth: ';
/** What the agent says when nothing answers at an address. */
const unanswered = (service: string, address: string): string =>
  `exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, Post "https://${service}.${SUFFIX}/": dial tcp ${address}:443: i/o timeout`;

/** A private subnet from which nothing leads out but endpoints, and tasks of an image of ECR in it. */
class PrivateSubnet {
  readonly scene: Scene;
  readonly network: TestNetwork;
  readonly subnet: TestSubnet;
  readonly #group: string;
  readonly #image: string;

  constructor(
    scene: Scene,
    parts: { network: TestNetwork; subnet: TestSubnet; group: string; image: string },
  ) {
    this.scene = scene;
    this.network = parts.network;
    this.subnet = parts.subnet;
    this.#group = parts.group;
    this.#image = parts.image;
  }

  static async make(scene: Scene, range: string, image: string): Promise<PrivateSubnet> {
    const network = await TestNetwork.make(scene.neargate.ec2, range);
    const subnet = await network.addSubnet();
    const group = await network.addGroup('endpoints', tcpFrom('0.0.0.0/0', 443));
    return new PrivateSubnet(scene, { network, subnet, group, image });
  }

  async endpoints(...services: string[]): Promise<void> {
    for (const service of services) {
      if (service === 's3') await this.network.addGatewayEndpoint(service, this.subnet);
      else await this.network.addEndpoint(service, this.subnet, this.#group);
    }
  }

  async run(platformVersion: string, definition: Partial<ContainerDefinition> = {}): Promise<string> {
    const command = ['sh', '-c', 'echo "secret $SECRET, parameter $PARAMETER"; sleep 600'];
    const own = { image: this.#image, command, stopTimeout: 2, ...definition };
    const container = this.scene.container('app', own);
    const arn = await this.scene.register([container]);
    return this.scene.run(arn, { platformVersion, ...placeIn(this.subnet, this.#group) });
  }

  /** It runs, and what it wrote has come to CloudWatch Logs. */
  async starts(platformVersion: string, definition?: Partial<ContainerDefinition>): Promise<string> {
    const arn = await this.run(platformVersion, definition);
    await this.scene.until(arn, 'RUNNING');
    const lines = await this.scene.outputWith(arn, 'app', /^secret/);
    await this.scene.stop(arn);
    await this.scene.until(arn, 'STOPPED');
    return lines.join('\n');
  }

  async stops(platformVersion: string, definition?: Partial<ContainerDefinition>): Promise<Task> {
    const task = await this.scene.until(await this.run(platformVersion, definition), 'STOPPED');
    assert.equal(task.stopCode, 'TaskFailedToStart');
    assert.equal(task.startedAt, undefined);
    return task;
  }
}

describe('the platform’s traffic for a task in a private subnet', {
  timeout: patient(280_000),
  concurrency: atOnce(4),
}, () => {
  let scene: Scene;
  let s3: S3Server;
  let image: string;

  before(async () => {
    if (skip !== false) return;
    s3 = await startS3Server({
      buckets: { config: { 'app.env': 'SECRET=none\nPARAMETER=file' } },
      open: ['config'],
    });
    const limits = ['--connect-timeout', '2s', '--service-timeout', '6s'];
    scene = await Scene.start([...limits, '--s3-endpoint', s3.url.origin]);
    image = await pushToEcr(scene.neargate, 'team/app');
    const { secretsManager, ssm } = scene.neargate;
    await secretsManager.send(
      new CreateSecretCommand({ Name: 'app', SecretString: '{"password":"hunter2"}' }),
    );
    await ssm.send(new PutParameterCommand({ Name: '/app', Type: 'SecureString', Value: 'hunter3' }));
  });
  after(async () => {
    await scene?.close();
    await s3?.close();
  });

  it('needs secretsmanager and ssm for secrets on 1.4.0, and not on 1.3.0', { skip }, async () => {
    const place = await PrivateSubnet.make(scene, '10.62', image);
    await place.endpoints('ecr.dkr', 's3', 'logs', 'ecr.api');
    const { account } = scene.neargate.info;
    // Members of a secret came with 1.4.0.
    const arn = `arn:aws:secretsmanager:us-east-1:${account}:secret:app`;
    const secrets = [
      { name: 'SECRET', valueFrom: arn },
      { name: 'PARAMETER', valueFrom: '/app' },
    ];
    assert.equal(
      await place.starts('1.3.0', { secrets }),
      'secret {"password":"hunter2"}, parameter hunter3',
    );
    const both = await place.stops('1.4.0', { secrets });
    assert.equal(
      both.stoppedReason,
      `${PREFIX}unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets Manager. Check your task network configuration. failed to fetch secret ${arn} from secrets manager: operation error Secrets Manager: GetSecretValue, ${unanswered('secretsmanager', '198.18.0.17')};unable to retrieve secrets from ssm: The task cannot pull secrets from AWS Systems Manager. There is a connection issue between the task and AWS Systems Manager Parameter Store. Check your task network configuration. operation error SSM: GetParameters, ${unanswered('ssm', '198.18.0.18')}`.slice(
        0,
        1024,
      ),
    );
    await place.endpoints('secretsmanager');
    const one = await place.stops('1.4.0', { secrets });
    assert.equal(
      one.stoppedReason,
      `${PREFIX}unable to retrieve secrets from ssm: The task cannot pull secrets from AWS Systems Manager. There is a connection issue between the task and AWS Systems Manager Parameter Store. Check your task network configuration. operation error SSM: GetParameters, ${unanswered('ssm', '198.18.0.18')}`,
    );
    await place.endpoints('ssm');
    const [, ...rest] = secrets;
    const member = [{ name: 'SECRET', valueFrom: `${arn}:password::` }, ...rest];
    assert.equal(await place.starts('1.4.0', { secrets: member }), 'secret hunter2, parameter hunter3');
  });

  it('needs the resolver of the VPC', { skip }, async () => {
    const place = await PrivateSubnet.make(scene, '10.66', image);
    await place.endpoints('ecr.dkr', 's3', 'logs', 'ecr.api');
    await scene.neargate.ec2.send(
      new ModifyVpcAttributeCommand({ VpcId: place.network.vpcId, EnableDnsSupport: { Value: false } }),
    );
    const { stoppedReason } = await place.stops('1.4.0');
    assert.equal(
      stoppedReason,
      `${PREFIX}The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration. operation error ECR: GetAuthorizationToken, exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, Post "https://api.ecr.${SUFFIX}/": dial tcp: lookup api.ecr.${SUFFIX}: i/o timeout`,
    );
  });

  it('needs s3 for environment files', { skip }, async () => {
    const place = await PrivateSubnet.make(scene, '10.65', image);
    await place.endpoints('ecr.dkr', 'logs', 'ecr.api');
    const environmentFiles = [{ type: 's3' as const, value: 'arn:aws:s3:::config/app.env' }];
    const { stoppedReason = '' } = await place.stops('1.4.0', { environmentFiles });
    assert.equal(
      stoppedReason,
      "ResourceInitializationError: failed to download env files: file download command: non empty error stream: The task can't download the environment variable files from Amazon S3. There is a connection issue between the task and Amazon S3. Check your task network configuration. RequestCanceled: request context canceled caused by: context deadline exceeded",
    );
    assert.deepEqual(s3.requests, []);
    await place.endpoints('s3');
    assert.equal(await place.starts('1.4.0', { environmentFiles }), 'secret none, parameter file');
  });

  it('needs logs and ecr.dkr on both versions', { skip }, async () => {
    const place = await PrivateSubnet.make(scene, '10.63', image);
    await place.endpoints('ecr.api', 's3', 'ecr.dkr');
    for (const version of VERSIONS) {
      const name = version === '1.3.0' ? 'CannotCreateContainerError' : 'ResourceInitializationError';
      const { stoppedReason } = await place.stops(version);
      assert.equal(
        stoppedReason,
        `${name}: failed to validate logger args: The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a connection issue between the task and Amazon CloudWatch. Check your network configuration. : signal: killed`,
      );
    }
    const other = await PrivateSubnet.make(scene, '10.64', image);
    await other.endpoints('ecr.api', 's3', 'logs');
    for (const version of VERSIONS) {
      const { stoppedReason } = await other.stops(version);
      const repository = image.replace(/:.*$/, '');
      assert.equal(
        stoppedReason,
        `CannotPullContainerError: The task cannot pull '${image}' from the Amazon ECR repository '${repository}'. There is a connection issue between the task and Amazon ECR. Check your task network configuration.`,
      );
    }
  });
});
