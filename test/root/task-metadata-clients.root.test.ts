/** Those who ask the task metadata endpoint: clients of AWS and of OpenTelemetry, and tasks that want what is not theirs. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Scene } from '../support/neargate/scene.ts';
import { runInTask } from '../support/neargate/task-program.ts';

const SHOWS = ['sh', '-c', 'env; echo shown; trap "exit 0" TERM; while :; do sleep 0.1; done'];

const DETECTED = `
import { awsEcsDetector } from '@opentelemetry/resource-detector-aws';
const { attributes = {} } = awsEcsDetector.detect();
const known = await Promise.all(Object.entries(attributes).map(async ([name, value]) => [name, await value]));
console.log(JSON.stringify(Object.fromEntries(known)));
`;

const ROLE_OF_SDK = `
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
const { Arn } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
console.log(Arn);
`;

interface ShownTask {
  readonly arn: string;
  readonly taskId: string;
  readonly variables: Readonly<Record<string, string>>;
}

describe('The task metadata endpoint', () => {
  let scene: Scene;
  let [one, other]: ShownTask[] = [];
  before(async () => {
    scene = await Scene.start();
    [one, other] = await Promise.all([shown(), shown()]);
  });
  after(() => scene?.close());

  const shown = async (): Promise<ShownTask> => {
    const taskRoleArn = `arn:aws:iam::${scene.neargate.info.account}:role/app`;
    const app = scene.container('app', { command: SHOWS });
    const arn = await scene.run(await scene.register([app], { taskRoleArn }));
    const lines = await scene.outputWith(arn, 'app', /^shown$/);
    const variables = lines.flatMap((line) => {
      const [, name, value] = /^([A-Z_0-9]+)=(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    });
    return { arn, taskId: arn.slice(arn.lastIndexOf('/') + 1), variables: Object.fromEntries(variables) };
  };

  const node = ({ taskId, variables }: ShownTask, program: string): Promise<string> =>
    runInTask(scene.neargate, taskId, [process.execPath, '--input-type=module', '-e', program], {
      ...variables,
      NODE_NO_WARNINGS: '1',
    });

  it("tells OpenTelemetry's detector where it is", async () => {
    assert.ok(one);
    const { account, region } = scene.neargate.info;
    const task = await scene.describe(one.arn);
    const definition = task.taskDefinitionArn?.split('/')[1]?.split(':') ?? [];
    const found = JSON.parse(await node(one, DETECTED)) as Record<string, unknown>;
    const wanted = {
      'cloud.provider': 'aws',
      'cloud.platform': 'aws_ecs',
      'cloud.account.id': account,
      'cloud.region': region,
      'cloud.availability_zone': task.availabilityZone,
      'aws.ecs.cluster.arn': task.clusterArn,
      'aws.ecs.task.arn': one.arn,
      'aws.ecs.task.family': definition[0],
      'aws.ecs.task.revision': definition[1],
      'aws.ecs.launchtype': 'fargate',
      'aws.ecs.container.arn': task.containers?.[0]?.containerArn,
      'aws.log.group.names': ['/test'],
      'aws.log.stream.names': [`it/app/${one.taskId}`],
    };
    const seen = Object.fromEntries(Object.keys(wanted).map((name) => [name, found[name]]));
    assert.deepEqual(seen, wanted, JSON.stringify(found));
  });

  it("gives AWS's SDK for JavaScript the role of the task", async () => {
    assert.ok(one);
    const role = `arn:aws:sts::${scene.neargate.info.account}:assumed-role/app/${one.taskId}`;
    assert.equal((await node(one, ROLE_OF_SDK)).trim(), role);
  });

  it('has nothing of another task, whatever is asked for and however', async () => {
    assert.ok(one && other);
    const task = await scene.describe(other.arn);
    const address = task.containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address ?? assert.fail();
    const { variables, taskId } = other;
    const v4 = new URL(variables['ECS_CONTAINER_METADATA_URI_V4'] ?? '').pathname;
    const credentials = variables['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] ?? assert.fail();
    const spoofed = ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'Host', 'X-Amzn-Task'].flatMap((name) => [
      '-H',
      `${name}: ${name === 'Forwarded' ? `for=${address}` : address}`,
    ]);
    const attempts: string[][] = [
      ...[v4, `${v4}/task`, `${v4}/stats`, `${v4}/task/stats`, `${v4}/../../v2/metadata/${taskId}`].map(
        (path) => [`http://169.254.170.2${path}`],
      ),
      [`http://169.254.170.2${v4.replace('v4', 'v3')}`],
      [`http://169.254.170.2/v2/metadata/${v4.slice(4)}`],
      [`http://169.254.170.2/v2/stats/${v4.slice(4)}`],
      [`http://169.254.170.2${credentials}`],
      [`http://169.254.170.2/v1/credentials?id=${credentials.slice('/v2/credentials/'.length)}`],
      [...spoofed, 'http://169.254.170.2/v2/metadata'],
      [...spoofed, `http://169.254.170.2${credentials}`],
      [`http://${address}${v4}`],
      [`http://${address}${credentials}`],
      ['--resolve', `x:80:${address}`, '-H', 'Host: 169.254.170.2', `http://x${credentials}`],
      ['http://169.254.169.254/latest/meta-data/'],
      ['-X', 'PUT', 'http://169.254.169.254/latest/api/token'],
      ['http://[fd00:ec2::254]/latest/meta-data/'],
    ];
    for (const attempt of attempts) {
      const command = ['sh', '-c', 'curl -s -m 3 --path-as-is -L "$@" || true', 'curl', ...attempt];
      const answer = await runInTask(scene.neargate, one.taskId, command, { PATH: '/usr/bin:/bin' });
      assert.doesNotMatch(answer, /AccessKeyId|SecretAccessKey|cpu_stats|ami-id/, attempt.join(' '));
      for (const its of [other.arn, address]) {
        assert.ok(!answer.includes(its), `${attempt.join(' ')}: ${answer}`);
      }
    }
  });
});
