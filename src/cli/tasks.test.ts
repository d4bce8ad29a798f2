import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Task } from '@aws-sdk/client-ecs';
import { taskTable } from './commands/ps.ts';
import { findTask } from './tasks.ts';

const NOW_MS = Date.UTC(2025, 0, 1, 12);

function aTask(id: string, members: Partial<Task> = {}): Task {
  return {
    taskArn: `arn:aws:ecs:us-east-1:000000000000:task/demo/${id}`,
    clusterArn: 'arn:aws:ecs:us-east-1:000000000000:cluster/demo',
    taskDefinitionArn: 'arn:aws:ecs:us-east-1:000000000000:task-definition/web:3',
    lastStatus: 'RUNNING',
    createdAt: new Date(NOW_MS - 300_000),
    ...members,
  };
}

describe('neargate ps', () => {
  it('shows a task with its address, age and containers', () => {
    const containers = [
      { name: 'web', lastStatus: 'RUNNING', networkInterfaces: [{ privateIpv4Address: '172.31.0.9' }] },
      { name: 'once', lastStatus: 'STOPPED', exitCode: 3 },
    ];
    assert.equal(
      taskTable([aTask('3f9c', { containers })], [], NOW_MS),
      'TASK  CLUSTER  DEFINITION  STATUS   ADDRESS     AGE  CONTAINERS\n' +
        '3f9c  demo     web:3       RUNNING  172.31.0.9  5m   web running, once exited 3\n',
    );
  });

  it('shows how far the image is that a container waits for', () => {
    const containers = ['web', 'db', 'log'].map((name) => ({ name, image: name, lastStatus: 'PENDING' }));
    const task = aTask('3f9c', { lastStatus: 'PENDING', containers });
    const layers = { layersDone: 2, layersUnpacked: 1, layersTotal: 7, bytesDone: 12_345_678 };
    const progress = { ...layers, bytesTotal: 85_600_000, phase: 'downloading' };
    const table = taskTable(
      [task],
      [
        { taskArn: task.taskArn ?? '', image: 'web', ...progress },
        { taskArn: task.taskArn ?? '', image: 'db', ...progress, phase: 'unpacking' },
        { taskArn: 'another', image: 'log', ...progress },
      ],
      NOW_MS,
    );
    assert.match(
      table,
      /web pulling 12\.3 of 85\.6 MB, 2 of 7 layers, db unpacking 1 of 7 layers, log pending\n$/,
    );
  });

  it('shows a dash while a task has no address', () => {
    assert.match(taskTable([aTask('3f9c')], [], NOW_MS), /RUNNING {2}- /);
  });
});

describe('findTask', () => {
  const tasks = [aTask('3f9c'), aTask('3f00')];

  it('finds a task by its ARN and by the beginning of its id', () => {
    assert.equal(findTask(tasks, '3f9'), tasks[0]);
    assert.equal(findTask(tasks, tasks[1]?.taskArn ?? ''), tasks[1]);
  });

  it('asks for more when several begin so, and says when there is none', () => {
    assert.throws(() => findTask(tasks, '3f'), /Several tasks begin with 3f/);
    assert.throws(() => findTask(tasks, 'a'), /There is no task a/);
  });
});
