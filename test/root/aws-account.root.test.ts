/** Another Neargate plays AWS: roles and secrets of tasks are those of its account. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { patient } from '../../src/ports/testing/patience.ts';
import { trusting } from '../support/iam/iam-under-test.ts';
import { Neargate } from '../support/neargate/instance.ts';
import { Scene } from '../support/neargate/scene.ts';

const ACCOUNT = '123456789012';
const CREDENTIALS = 'wget -q -O - "http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"';
const WAIT = 'trap "exit 0" TERM; while :; do sleep 0.1; done';

interface TaskKeys {
  readonly RoleArn: string;
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token: string;
  readonly Expiration: string;
}

describe('An AWS account in the place of Neargate’s services', { timeout: patient(180_000) }, () => {
  let aws: Neargate;
  let scene: Scene;
  const filesBefore = process.env['AWS_SHARED_CREDENTIALS_FILE'];

  before(async () => {
    aws = await Neargate.start({ flags: ['--fake', '--account', ACCOUNT, '--iam', 'enforce'] });
    // Neargate's keys are a profile of a file, as AWS's tools read it; `up` gets the environment of the test.
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = join(aws.dataDir, 'credentials');
    const { endpoint } = aws.info;
    scene = await Scene.start([
      ...['--role-credentials-profile', 'neargate', '--role-credentials-endpoint', endpoint],
      ...['--secrets-profile', 'neargate', '--secrets-endpoint', endpoint],
    ]);
  });
  after(async () => {
    if (filesBefore === undefined) delete process.env['AWS_SHARED_CREDENTIALS_FILE'];
    else process.env['AWS_SHARED_CREDENTIALS_FILE'] = filesBefore;
    await scene?.close();
    await aws?.close();
  });

  const identity = async (endpoint: string, keys: TaskKeys): Promise<string | undefined> => {
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken } = keys;
    const credentials = { accessKeyId, secretAccessKey, sessionToken };
    const sts = new STSClient({ endpoint, region: 'us-east-1', credentials });
    try {
      return (await sts.send(new GetCallerIdentityCommand({}))).Arn;
    } finally {
      sts.destroy();
    }
  };

  it('gives tasks credentials of its roles, which are of no use with Neargate itself', async () => {
    const iam = new IAMClient({
      endpoint: aws.info.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: aws.info.accessKeyId, secretAccessKey: aws.info.secretAccessKey },
    });
    const trust = trusting({ AWS: ACCOUNT });
    const made = new CreateRoleCommand({ RoleName: 'app', Path: '/team/', AssumeRolePolicyDocument: trust });
    const taskRoleArn = (await iam.send(made)).Role?.Arn ?? '';
    iam.destroy();
    const command = ['sh', '-c', `${CREDENTIALS}; echo; ${WAIT}`];
    const arn = await scene.run(await scene.register([scene.container('app', { command })], { taskRoleArn }));
    const lines = await scene.outputWith(arn, 'app', /"Token"/);
    const keys = JSON.parse(lines.find((line) => line.includes('"Token"')) ?? '') as TaskKeys;
    assert.equal(keys.RoleArn, taskRoleArn);
    const taskId = arn.slice(arn.lastIndexOf('/') + 1);
    assert.equal(
      await identity(aws.info.endpoint, keys),
      `arn:aws:sts::${ACCOUNT}:assumed-role/app/${taskId}`,
    );
    await assert.rejects(identity(scene.neargate.info.endpoint, keys), { name: 'InvalidClientTokenId' });
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
  });

  it('gives none of a role that does not let the profile', async () => {
    const taskRoleArn = `arn:aws:iam::${ACCOUNT}:role/none`;
    const command = ['sh', '-c', `${CREDENTIALS} 2>&1 | head -1; echo asked; ${WAIT}`];
    const arn = await scene.run(await scene.register([scene.container('app', { command })], { taskRoleArn }));
    const lines = await scene.outputWith(arn, 'app', /^asked$/);
    assert.match(lines.join('\n'), /503/);
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
  });

  it('gives tasks its secrets and parameters', async () => {
    const { ARN = '' } = await aws.secretsManager.send(
      new CreateSecretCommand({ Name: 'app/db', SecretString: '{"password":"of the account"}' }),
    );
    const parameter = { Name: '/app/token', Type: 'SecureString', Value: 'of the account, too' } as const;
    await aws.ssm.send(new PutParameterCommand(parameter));
    const container = scene.container('app', {
      command: ['sh', '-c', 'echo "$PASSWORD"; echo "$TOKEN"'],
      secrets: [
        { name: 'PASSWORD', valueFrom: `${ARN}:password::` },
        { name: 'TOKEN', valueFrom: '/app/token' },
      ],
    });
    const arn = await scene.run(await scene.register([container]));
    await scene.until(arn, 'STOPPED');
    assert.deepEqual(await scene.output(arn, 'app'), ['of the account', 'of the account, too']);
  });

  it('says of a secret that is not there what Fargate says', async () => {
    const valueFrom = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:none-AbCdEf`;
    const container = scene.container('app', { secrets: [{ name: 'PASSWORD', valueFrom }] });
    const arn = await scene.run(await scene.register([container]));
    await scene.until(arn, 'STOPPED');
    const { stoppedReason } = await scene.describe(arn);
    assert.match(
      stoppedReason ?? '',
      /^ResourceInitializationError: unable to pull secrets or registry auth: .*ResourceNotFoundException: The task can't retrieve the secret with ARN/,
    );
  });
});
