import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aws, python, toolsMissing } from '../support/neargate/python.ts';
import { Scene } from '../support/neargate/scene.ts';

const BOTO3 = `
import os, json, boto3
kw = dict(endpoint_url=os.environ['ENDPOINT'])
ecs = boto3.client('ecs', **kw); logs = boto3.client('logs', **kw)
ecs.create_cluster(clusterName='boto')
logs.create_log_group(logGroupName='/boto')
td = ecs.register_task_definition(
    family='boto', requiresCompatibilities=['FARGATE'], networkMode='awsvpc', cpu='256', memory='512',
    executionRoleArn='arn:aws:iam::000000000000:role/execution',
    containerDefinitions=[dict(name='hello', image=os.environ['IMAGE'],
        command=['sh', '-c', 'echo hello from boto3; trap "exit 3" TERM; while :; do sleep 0.1; done'],
        logConfiguration=dict(logDriver='awslogs', options={
            'awslogs-group': '/boto', 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 'b'}))],
)['taskDefinition']
task = ecs.run_task(cluster='boto', taskDefinition=td['taskDefinitionArn'], launchType='FARGATE',
    networkConfiguration={'awsvpcConfiguration': {'subnets': [os.environ['SUBNET']], 'assignPublicIp': 'ENABLED'}})['tasks'][0]
arn = task['taskArn']
waiter = {'Delay': 1, 'MaxAttempts': 60}
ecs.get_waiter('tasks_running').wait(cluster='boto', tasks=[arn], WaiterConfig=waiter)
running = ecs.describe_tasks(cluster='boto', tasks=[arn])['tasks'][0]
stream = 'b/hello/' + arn.split('/')[-1]
ecs.stop_task(cluster='boto', task=arn, reason='done')
ecs.get_waiter('tasks_stopped').wait(cluster='boto', tasks=[arn], WaiterConfig=waiter)
stopped = ecs.describe_tasks(cluster='boto', tasks=[arn])['tasks'][0]
events = logs.get_log_events(logGroupName='/boto', logStreamName=stream, startFromHead=True)['events']
try:
    ecs.describe_task_definition(taskDefinition='nothing')
    error = None
except ecs.exceptions.ClientException as e:
    error = e.response['Error']
print(json.dumps(dict(first=task['lastStatus'], running=running['lastStatus'], stopped=stopped['lastStatus'],
    reason=stopped['stoppedReason'], exit=stopped['containers'][0]['exitCode'],
    lines=[e['message'] for e in events], error=error)))
`;

interface CliTask {
  taskArn: string;
  lastStatus: string;
  stoppedReason?: string;
  containers: { exitCode?: number }[];
}

describe("Debian's tools of AWS", async () => {
  const missing = await toolsMissing();
  const skip = missing ?? false;
  let scene: Scene;

  before(async () => {
    if (missing === undefined) scene = await Scene.start();
  });

  after(async () => {
    await scene?.close();
  });

  it('aws: a task from its cluster to its end', { skip }, async () => {
    const { neargate } = scene;
    const task = async (arn: string): Promise<CliTask> => {
      const answer = await aws(neargate, 'ecs', 'describe-tasks', '--cluster', 'cli', '--tasks', arn);
      return (answer as { tasks: CliTask[] }).tasks[0] ?? assert.fail('describe-tasks shows no task');
    };
    await aws(neargate, 'ecs', 'create-cluster', '--cluster-name', 'cli');
    await aws(neargate, 'logs', 'create-log-group', '--log-group-name', '/cli');
    const options = { 'awslogs-group': '/cli', 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 'c' };
    const containers = [
      { name: 'web', image: scene.image, logConfiguration: { logDriver: 'awslogs', options } },
    ];
    await aws(neargate, 'ecs', 'register-task-definition', '--family', 'cli', '--network-mode', 'awsvpc',
      '--requires-compatibilities', 'FARGATE', '--cpu', '256', '--memory', '512',
      '--execution-role-arn', 'arn:aws:iam::000000000000:role/execution',
      '--container-definitions', JSON.stringify(containers)); // biome-ignore format: one call
    const subnet = neargate.info.defaultVpc.subnets[0]?.subnetId ?? '';
    const run = await aws(
      neargate,
      'ecs',
      'run-task',
      '--cluster',
      'cli',
      '--task-definition',
      'cli',
      '--launch-type',
      'FARGATE',
      '--network-configuration',
      `awsvpcConfiguration={subnets=[${subnet}],assignPublicIp=ENABLED}`,
    );
    const arn = (run as { tasks: CliTask[] }).tasks[0]?.taskArn ?? assert.fail('run-task gave no task');
    await aws(neargate, 'ecs', 'wait', 'tasks-running', '--cluster', 'cli', '--tasks', arn);
    assert.equal((await task(arn)).lastStatus, 'RUNNING');
    const stream = `c/web/${arn.slice(arn.lastIndexOf('/') + 1)}`;
    await aws(neargate, 'ecs', 'stop-task', '--cluster', 'cli', '--task', arn, '--reason', 'cli is done');
    await aws(neargate, 'ecs', 'wait', 'tasks-stopped', '--cluster', 'cli', '--tasks', arn);
    assert.equal((await task(arn)).stoppedReason, 'cli is done');
    const logs = await aws(
      neargate,
      'logs',
      'get-log-events',
      '--log-group-name',
      '/cli',
      '--log-stream-name',
      stream,
      '--start-from-head',
    );
    const lines = (logs as { events: { message: string }[] }).events.map(({ message }) => message);
    assert.deepEqual(lines, ['serving /www on port 8080', 'stopping']);
  });

  it('boto3: a task from its cluster to its end', { skip }, async () => {
    const printed = await python(scene.neargate, BOTO3, {
      IMAGE: scene.image,
      SUBNET: scene.neargate.info.defaultVpc.subnets[0]?.subnetId ?? '',
    });
    assert.deepEqual(JSON.parse(printed), {
      first: 'PROVISIONING',
      running: 'RUNNING',
      stopped: 'STOPPED',
      reason: 'done',
      exit: 3,
      lines: ['hello from boto3'],
      error: { Message: 'Unable to describe task definition.', Code: 'ClientException' },
    });
  });
});
