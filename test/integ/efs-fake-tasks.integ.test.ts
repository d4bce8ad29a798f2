/** Volumes of EFS with the fake runtime: nothing is mounted, but all that comes before is asked as of real tasks. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { SharedFileSystem } from '../support/efs/shared-file-system.ts';
import { Neargate } from '../support/neargate/instance.ts';
import { patient } from '../../src/ports/testing/patience.ts';

const PATIENCE_MS = patient(30_000);

describe('A fake task with a volume of EFS', () => {
  let neargate: Neargate;

  before(async () => {
    neargate = await Neargate.start({ flags: ['--fake'] });
    await neargate.ecs.send(new CreateClusterCommand({ clusterName: 'default' }));
  });

  after(async () => {
    await neargate?.close();
  });

  /** The task when it runs or has stopped. */
  const run = async (fileSystem: SharedFileSystem): Promise<Task> => {
    const { taskDefinition } = await neargate.ecs.send(
      new RegisterTaskDefinitionCommand({
        ...{ family: 'files', requiresCompatibilities: ['FARGATE'], networkMode: 'awsvpc' },
        ...{ cpu: '256', memory: '512', volumes: [fileSystem.volume('v')] },
        containerDefinitions: [
          { name: 'app', image: 'any', mountPoints: [{ sourceVolume: 'v', containerPath: '/v' }] },
        ],
      }),
    );
    const subnets = [neargate.info.defaultVpc.subnets[0]?.subnetId ?? ''];
    const { tasks = [] } = await neargate.ecs.send(
      new RunTaskCommand({
        taskDefinition: taskDefinition?.taskDefinitionArn,
        launchType: 'FARGATE',
        networkConfiguration: { awsvpcConfiguration: { subnets } },
      }),
    );
    const taskArn = tasks[0]?.taskArn ?? assert.fail('no task');
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const { tasks: found = [] } = await neargate.ecs.send(new DescribeTasksCommand({ tasks: [taskArn] }));
      const [task] = found;
      if (task?.lastStatus === 'RUNNING' || task?.lastStatus === 'STOPPED') return task;
      if (performance.now() > deadline) assert.fail(`it is ${task?.lastStatus}`);
      await delay(20);
    }
  };

  it('runs where there is a mount target, and says why not where there is none', async () => {
    const fileSystem = await SharedFileSystem.make(neargate);
    assert.match((await run(fileSystem)).stoppedReason ?? '', /stderr: Failed to resolve "fs-/);
    await fileSystem.addMountTarget(neargate.info.defaultVpc.subnets[0]?.subnetId ?? '');
    assert.equal((await run(fileSystem)).lastStatus, 'RUNNING');
  });
});
