/** What tasks, and what is done for them, may do by their roles. Nothing is permissive here. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { IAM } from '@aws-sdk/client-iam';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { patient } from '../../src/ports/testing/patience.ts';
import { SharedFileSystem } from '../support/efs/shared-file-system.ts';
import { toolsMissing } from '../support/neargate/python.ts';
import { Scene } from '../support/neargate/scene.ts';
import { runInTask } from '../support/neargate/task-program.ts';

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
});
const LOGS = { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: '*' };
const LOGIN = { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' };

const skip = (await toolsMissing()) ?? (process.getuid?.() !== 0 && 'needs root');

describe('Roles of tasks', { skip, timeout: patient(240_000) }, () => {
  let scene: Scene;
  let iam: IAM;
  let here: string;
  before(async () => {
    scene = await Scene.start(['--iam', 'enforce']);
    const { endpoint, region, accessKeyId, secretAccessKey, account } = scene.neargate.info;
    iam = new IAM({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
    here = `${region}:${account}`;
  });
  after(async () => {
    iam?.destroy();
    await scene?.close();
  });

  const role = async (name: string, ...statements: readonly object[]): Promise<string> => {
    const { Role } = await iam.createRole({ RoleName: name, AssumeRolePolicyDocument: TRUST });
    if (statements.length > 0) {
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
      await iam.putRolePolicy({ RoleName: name, PolicyName: 'inline', PolicyDocument });
    }
    return Role?.Arn ?? assert.fail('no role');
  };
  const secret = async (name: string): Promise<string> => {
    const request = new CreateSecretCommand({ Name: name, SecretString: `value of ${name}` });
    return (await scene.neargate.secretsManager.send(request)).ARN ?? assert.fail('no secret');
  };

  it('let a container read one secret and not another, for as long as the role is there', async () => {
    const { neargate } = scene;
    const [mine, other] = [await secret('mine'), await secret('other')];
    const from = (range: string): object => ({ Condition: { IpAddress: { 'aws:SourceIp': range } } });
    const allowed = { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue' };
    const taskRoleArn = await role(
      'app',
      { ...allowed, Resource: mine, ...from(neargate.publicCidr) },
      // Of the VPC: that is not where the internet sees it.
      { ...allowed, Resource: other, ...from('10.0.0.0/8') },
    );
    const container = scene.container('app', {
      command: ['sh', '-c', 'env; echo shown; sleep 600'],
      stopTimeout: 2,
    });
    const executionRoleArn = 'ecsTaskExecutionRole';
    const arn = await scene.run(await scene.register([container], { taskRoleArn, executionRoleArn }));
    const lines = await scene.outputWith(arn, 'app', /^shown$/);
    const taskId = arn.slice(arn.lastIndexOf('/') + 1);
    const variables = Object.fromEntries(
      lines.filter((line) => line.includes('=')).map((line) => line.split('=', 2)),
    ) as Record<string, string>;
    const read = (id: string) =>
      runInTask(
        neargate,
        taskId,
        ['aws', 'secretsmanager', 'get-secret-value', '--secret-id', id, '--output', 'json'],
        { ...variables, PATH: '/usr/bin:/bin', AWS_PAGER: '' },
      );
    const denied = (id: string): RegExp =>
      new RegExp(
        `\\(AccessDeniedException\\) when calling the GetSecretValue operation: User: arn:aws:sts::\\d{12}:assumed-role/app/${taskId} is not authorized to perform: secretsmanager:GetSecretValue on resource: ${id} because no identity-based policy allows the secretsmanager:GetSecretValue action`,
      );
    const found = JSON.parse(await read(mine)) as { SecretString: string };
    assert.equal(found.SecretString, 'value of mine');
    await assert.rejects(read(other), denied(other));
    await iam.deleteRolePolicy({ RoleName: 'app', PolicyName: 'inline' });
    await iam.deleteRole({ RoleName: 'app' });
    await assert.rejects(read(mine), denied(mine));
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
  });

  it('that a task has not give it no credentials', async () => {
    const url = 'http://169.254.170.2/v2/credentials/0123';
    const command = ['sh', '-c', `env | grep CREDENTIALS; wget -qO- ${url}; echo shown; sleep 600`];
    const container = scene.container('app', { command, stopTimeout: 2 });
    const arn = await scene.run(
      await scene.register([container], { executionRoleArn: 'ecsTaskExecutionRole' }),
    );
    const lines = await scene.outputWith(arn, 'app', /^shown$/);
    assert.ok(!lines.some((line) => line.includes('AWS_CONTAINER_CREDENTIALS')), lines.join('\n'));
    assert.ok(
      lines.some((line) => line.includes('HTTP/1.1 400')),
      lines.join('\n'),
    );
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
  });

  it('decide how a file system is mounted that leaves it to the account', async () => {
    const { neargate } = scene;
    const files = await SharedFileSystem.make(neargate);
    await files.addMountTarget(neargate.info.defaultVpc.subnets[0]?.subnetId ?? '');
    await files.putPolicy({ Principal: { AWS: neargate.info.account } });
    const accessPointId = await files.addAccessPoint({
      uid: 1001,
      gid: 1001,
      root: '/own',
      permissions: '755',
    });
    const client = (name: string, Condition = {}): object => ({
      ...{ Effect: 'Allow', Action: `elasticfilesystem:Client${name}`, Resource: '*', Condition },
    });
    const point = `arn:aws:elasticfilesystem:${here}:access-point/${accessPointId}`;
    const byPoint = { StringEquals: { 'elasticfilesystem:AccessPointArn': point } };
    const run = async (taskRoleArn: string, authorization: object = {}): Promise<string> => {
      const command = ['sh', '-c', 'touch /v/$$.txt 2>&1 && stat -c %u /v/$$.txt'];
      const container = scene.container('app', {
        command,
        mountPoints: [{ sourceVolume: 'v', containerPath: '/v' }],
      });
      const volume = files.volume('v', {
        transitEncryption: 'ENABLED',
        authorizationConfig: { iam: 'ENABLED', ...authorization },
      });
      const executionRoleArn = 'ecsTaskExecutionRole';
      return await scene.run(
        await scene.register([container], { taskRoleArn, executionRoleArn, volumes: [volume] }),
      );
    };
    const wrote = async (taskArn: Promise<string>): Promise<string> => {
      const arn = await taskArn;
      await scene.until(arn, 'STOPPED');
      return (await scene.output(arn, 'app')).join();
    };
    const refused = async (taskArn: Promise<string>): Promise<string> =>
      (await scene.until(await taskArn, 'STOPPED')).stoppedReason ?? '';
    const pointed = await role('pointed', client('Mount', byPoint), client('Write', byPoint));
    const bounded = await role('bounded', client('*'));
    await iam.putRolePermissionsBoundary({
      RoleName: 'bounded',
      PermissionsBoundary: 'arn:aws:iam::aws:policy/AmazonElasticFileSystemClientReadOnlyAccess',
    });
    const [reader, beyond, squashed, owner, byItsPoint, without, stranger] = await Promise.all([
      wrote(run(await role('reader', client('Mount')))),
      wrote(run(bounded)),
      wrote(run(await role('squashed', client('Mount'), client('Write')))),
      wrote(run(await role('owner', client('*')))),
      wrote(run(pointed, { accessPointId })),
      refused(run(pointed)),
      refused(run(await role('stranger'))),
    ]);
    for (const told of [reader, beyond]) assert.match(told, /Read-only file system/);
    // As nobody, in a directory of root's.
    assert.match(squashed, /Permission denied|not permitted/);
    assert.deepEqual([owner, byItsPoint], ['0', '1001']);
    for (const reason of [without, stranger]) assert.match(reason, /access denied by server while mounting/);
  });

  /** What is told of a task that could not start, less its principal's name and ids of requests. */
  const stopped = async (executionRoleArn: string, over: Partial<ContainerDefinition>): Promise<string> => {
    const arn = await scene.run(await scene.register([scene.container('app', over)], { executionRoleArn }));
    const taskId = arn.slice(arn.lastIndexOf('/') + 1);
    const task = await scene.until(arn, 'STOPPED');
    assert.equal(task.stopCode, 'TaskFailedToStart');
    return (task.stoppedReason ?? '')
      .replace(/RequestID: [0-9a-f-]{36}/, 'RequestID: …')
      .replaceAll(taskId, 'TASK');
  };
  const user = (name: string) =>
    `User: arn:aws:sts::${scene.neargate.info.account}:assumed-role/${name}/TASK is not authorized to perform:`;
  const none = (action: string) => `because no identity-based policy allows the ${action} action`;

  it('fail a task whose secrets may not be read for it', async () => {
    const executionRoleArn = await role('no-secrets', LOGS, LOGIN);
    const arn = await secret('hidden');
    const reason = await stopped(executionRoleArn, { secrets: [{ name: 'S', valueFrom: arn }] });
    assert.equal(
      reason,
      `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${arn} from secrets manager: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, RequestID: …, api error AccessDeniedException: ${user('no-secrets')} secretsmanager:GetSecretValue on resource: ${arn} ${none('secretsmanager:GetSecretValue')}`,
    );
    const parameter = new PutParameterCommand({ Name: '/hidden', Type: 'SecureString', Value: 'x' });
    await scene.neargate.ssm.send(parameter);
    assert.equal(
      await stopped(executionRoleArn, { secrets: [{ name: 'S', valueFrom: '/hidden' }] }),
      `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): operation error SSM: GetParameters, https response error StatusCode: 400, RequestID: …, api error AccessDeniedException: ${user('no-secrets')} ssm:GetParameters on resource: arn:aws:ssm:${here}:parameter/hidden ${none('ssm:GetParameters')}`,
    );
  });

  it('fail a task whose log stream may not be made for it', async () => {
    const reason = await stopped(await role('no-logs', LOGIN), {});
    const stream = `arn:aws:logs:${here}:log-group:/test:log-stream:it/app/TASK`;
    assert.equal(
      reason,
      `ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: AccessDeniedException: ${user('no-logs')} logs:CreateLogStream on resource: ${stream} ${none('logs:CreateLogStream')} : exit status 1`,
    );
  });

  it('fail a task whose image may not be pulled for it', async () => {
    const { account, region } = scene.neargate.info;
    const image = `${account}.dkr.ecr.${region}.amazonaws.com/app:latest`;
    assert.equal(
      await stopped(await role('no-login', LOGS), { image }),
      `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): operation error ECR: GetAuthorizationToken, https response error StatusCode: 400, RequestID: …, api error AccessDeniedException: ${user('no-login')} ecr:GetAuthorizationToken on resource: * ${none('ecr:GetAuthorizationToken')}`,
    );
    assert.equal(
      await stopped(await role('no-pull', LOGS, LOGIN), { image }),
      `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: pulling from host ${image.split('/', 1)[0]} failed with status code [manifests latest]: 403 Forbidden`,
    );
  });
});
