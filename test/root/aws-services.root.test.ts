import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { toolsMissing } from '../support/neargate/python.ts';
import { Scene } from '../support/neargate/scene.ts';
import { runInTask } from '../support/neargate/task-program.ts';

const BOTO3 = `
import boto3, json
region = dict(region_name='us-east-1')
cloudwatch = boto3.client('cloudwatch', **region)
cloudwatch.put_metric_data(Namespace='Task', MetricData=[dict(MetricName='jobs', Value=1.5)])
print(json.dumps(dict(
    groups=[g['logGroupName'] for g in boto3.client('logs', **region).describe_log_groups()['logGroups']],
    clusters=boto3.client('ecs', **region).list_clusters()['clusterArns'],
    vpcs=[v['VpcId'] for v in boto3.client('ec2', **region).describe_vpcs()['Vpcs']],
    files=[f['FileSystemId'] for f in boto3.client('efs', **region).describe_file_systems()['FileSystems']],
    metrics=[m['MetricName'] for m in cloudwatch.list_metrics(Namespace='Task')['Metrics']],
    registry=boto3.client('ecr', **region).get_authorization_token()['authorizationData'][0]['proxyEndpoint'])))
`;

const ROLE_BY_BOTO3 = `
import boto3
session = boto3.Session(region_name='us-east-1')
keys = session.get_credentials().get_frozen_credentials()
print(keys.access_key, keys.secret_key, keys.token, sep='\\n')
print(session.client('sts').get_caller_identity()['Arn'])
print(session.client('ecs').list_clusters()['clusterArns'][0])
`;
import { patient } from '../../src/ports/testing/patience.ts';

/** The lines `NAME=value` of a container that printed its environment. */
function variablesOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
}

describe('AWS services for a container that knows nothing of Neargate', {
  timeout: patient(120_000),
}, async () => {
  const skip = (await toolsMissing()) ?? (process.getuid?.() !== 0 && 'needs root');
  let scene: Scene;
  before(async () => {
    if (skip === false) scene = await Scene.start();
  });
  after(async () => {
    await scene?.close();
  });

  it('answer its AWS CLI and its boto3 at their usual names over HTTPS', { skip }, async () => {
    const { neargate } = scene;
    const show = ['sh', '-c', 'env; cat /etc/neargate/ca.pem; echo shown; sleep 600'];
    const arn = await scene.run(await scene.register([scene.container('app', { command: show })]));
    await scene.until(arn, 'RUNNING');
    const lines = await scene.outputWith(arn, 'app', /^shown$/);
    const shown = lines.slice(lines.indexOf('-----BEGIN CERTIFICATE-----'), -1).join('\n');
    assert.equal(`${shown}\n`, await readFile(join(neargate.dataDir, 'ca.pem'), 'utf8'));
    assert.ok(new X509Certificate(shown).ca);

    const environment = {
      ...variablesOf(lines),
      PATH: '/usr/bin:/bin',
      AWS_ACCESS_KEY_ID: neargate.info.accessKeyId,
      AWS_SECRET_ACCESS_KEY: neargate.info.secretAccessKey,
      AWS_PAGER: '',
    };
    assert.equal(environment['AWS_ENDPOINT_URL' as keyof typeof environment], undefined);
    const taskId = arn.slice(arn.lastIndexOf('/') + 1);
    const run = (...command: string[]) => runInTask(neargate, taskId, command, environment);
    const found = await run('aws', 'logs', 'describe-log-groups', '--query', 'logGroups[].logGroupName');
    assert.deepEqual(JSON.parse(found), ['/test']);
    const account = neargate.info.account;
    assert.deepEqual(JSON.parse(await run('python3', '-c', BOTO3)), {
      groups: ['/test'],
      clusters: [`arn:aws:ecs:us-east-1:${account}:cluster/default`],
      vpcs: [neargate.info.defaultVpc.vpcId],
      files: [],
      metrics: ['jobs'],
      registry: `https://${account}.dkr.ecr.us-east-1.amazonaws.com`,
    });
    const health = 'https://logs.us-east-1.amazonaws.com/_neargate/health';
    for (const command of [
      ['curl', '--silent', '--show-error', health],
      [process.execPath, '-e', `fetch('${health}').then((r) => r.text()).then(console.log)`],
    ]) {
      assert.deepEqual(JSON.parse(await run(...command)), { status: 'ok' });
    }
    // Its neighbours have names, too.
    const address = Scene.address(await scene.describe(arn));
    const name = `ip-${address.replaceAll('.', '-')}.ec2.internal`;
    const lookUp = `import socket; print(socket.gethostbyname('${name}'), socket.gethostbyaddr('${address}')[0])`;
    assert.equal((await run('python3', '-c', lookUp)).trim(), `${address} ${name}`);
    await scene.stop(arn);
  });

  it('know its AWS CLI and its boto3 by the role of the task, for as long as the task is there', {
    skip,
  }, async () => {
    const { neargate } = scene;
    const { account } = neargate.info;
    const show = ['sh', '-c', 'env; echo shown; sleep 600'];
    const container = scene.container('app', { command: show, stopTimeout: 2 });
    const taskRoleArn = `arn:aws:iam::${account}:role/some/path/app`;
    const arn = await scene.run(await scene.register([container], { taskRoleArn }));
    const variables = variablesOf(await scene.outputWith(arn, 'app', /^shown$/));
    assert.match(
      variables['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] ?? '',
      /^\/v2\/credentials\/[0-9a-f-]{36}$/,
    );
    const environment = { ...variables, PATH: '/usr/bin:/bin', AWS_PAGER: '' };
    const taskId = arn.slice(arn.lastIndexOf('/') + 1);
    const run = (...command: string[]) => runInTask(neargate, taskId, command, environment);
    const role = `arn:aws:sts::${account}:assumed-role/app/${taskId}`;
    const identity = JSON.parse(await run('aws', 'sts', 'get-caller-identity')) as Record<string, string>;
    assert.deepEqual([identity['Arn'], identity['Account']], [role, account]);
    const lines = (await run('python3', '-c', ROLE_BY_BOTO3)).trim().split('\n');
    const [key = '', secret = '', token = '', ...found] = lines;
    assert.deepEqual(found, [role, `arn:aws:ecs:us-east-1:${account}:cluster/default`]);

    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
    const taken = new STSClient({
      region: 'us-east-1',
      endpoint: neargate.info.endpoint,
      credentials: { accessKeyId: key, secretAccessKey: secret, sessionToken: token },
    });
    await assert.rejects(taken.send(new GetCallerIdentityCommand({})), { name: 'InvalidClientTokenId' });
  });

  it('leave alone what its definition says of certificates, and are read-only for it', { skip }, async () => {
    const tamper =
      'cd /etc/neargate; for file in *; do head -n 1 $file; echo x >> $file || echo refused; done';
    const definition = scene.container('app', {
      command: ['sh', '-c', `env; ${tamper}; echo shown`],
      environment: [{ name: 'SSL_CERT_FILE', value: '/own.pem' }],
      readonlyRootFilesystem: true,
    });
    const arn = await scene.run(await scene.register([definition]));
    const lines = await scene.outputWith(arn, 'app', /^shown$/);
    const files = lines.filter((line) => line === '-----BEGIN CERTIFICATE-----' || line === 'refused');
    assert.deepEqual(files, Array(2).fill(['-----BEGIN CERTIFICATE-----', 'refused']).flat());
    const variables = variablesOf(lines);
    assert.equal(variables['SSL_CERT_FILE'], '/own.pem');
    assert.equal(variables['AWS_CA_BUNDLE'], '/etc/neargate/ca-bundle.pem');
    await scene.until(arn, 'STOPPED');
  });
});

describe('AWS services by an address of their own', { timeout: patient(120_000) }, async () => {
  const skip = (await toolsMissing()) ?? (process.getuid?.() !== 0 && 'needs root');

  it('are what containers are told where the settings say so', { skip }, async () => {
    const scene = await Scene.start(['--service-trust', 'endpoint-url']);
    try {
      const command = [
        'sh',
        '-c',
        'env; wget -qO- $AWS_ENDPOINT_URL/_neargate/health; echo; ls -d /etc/neargate; echo shown',
      ];
      const arn = await scene.run(await scene.register([scene.container('app', { command })]));
      const lines = await scene.outputWith(arn, 'app', /^shown$/);
      assert.equal(variablesOf(lines)['AWS_ENDPOINT_URL'], 'http://198.18.0.1');
      assert.equal(variablesOf(lines)['SSL_CERT_FILE'], undefined);
      assert.ok(lines.includes('{"status":"ok"}'), lines.join('\n'));
      assert.ok(!lines.includes('/etc/neargate'));
      await scene.until(arn, 'STOPPED');
    } finally {
      await scene.close();
    }
  });
});
