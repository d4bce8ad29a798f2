import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { aTask as taskRecord } from '../../../test/support/control/task-records.ts';
import type { TaskEni, TaskRecord } from '../ecs/records.ts';
import type { TaskReport } from './assignment.ts';
import { TASK_STATUSES, isForward } from './lifecycle.ts';
import { endUnplaced, mergeReport } from './merge-report.ts';

const NOW = 1_700_000_000_000;

const ENI: TaskEni = {
  attachmentId: 'a1',
  attachmentStatus: 'ATTACHING',
  eniId: 'eni-1',
  subnetId: 'subnet-1',
  availabilityZone: 'eu-west-1a',
  macAddress: '0a:00:00:00:00:01',
  privateIpv4Address: '172.31.0.4',
  privateDnsName: 'ip-172-31-0-4.eu-west-1.compute.internal',
};

const aTask = (over: Partial<TaskRecord> = {}): TaskRecord =>
  taskRecord('t1', { version: 2, eni: ENI, createdAt: NOW, ...over });

function aReport(over: Partial<TaskReport> = {}): TaskReport {
  return {
    taskId: 't1',
    status: 'RUNNING',
    eniAttached: true,
    eniDetached: false,
    healthStatus: 'UNKNOWN',
    containers: [{ name: 'web', status: 'RUNNING', healthStatus: 'UNKNOWN', runtimeId: 't1-1' }],
    startedAt: NOW + 100,
    ...over,
  };
}

describe('mergeReport', () => {
  it('moves a task to RUNNING with its attachment, times and container', () => {
    const next = mergeReport(aTask(), aReport(), NOW + 5);
    assert.equal(next?.lastStatus, 'RUNNING');
    assert.equal(next.eni?.attachmentStatus, 'ATTACHED');
    assert.equal(next.connectivityAt, NOW + 5);
    assert.equal(next.startedAt, NOW + 100);
    assert.equal(next.containers[0]?.runtimeId, 't1-1');
    assert.equal(next.version, 3);
  });

  it('keeps the reason of the user over a later one of the agent', () => {
    const stopping = aTask({ desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: 'enough' });
    const stop = {
      stopCode: 'EssentialContainerExited',
      reason: 'Essential container in task exited',
    } as const;
    const next = mergeReport(stopping, aReport({ status: 'STOPPED', stop, stoppedAt: NOW + 9 }), NOW);
    assert.equal(next?.stopCode, 'UserInitiated');
    assert.equal(next.stoppedReason, 'enough');
    assert.equal(next.eni?.attachmentStatus, 'DELETED');
  });

  it('shows the health that the agent found, and keeps the last one of a task that ended', () => {
    const running = aTask({ lastStatus: 'RUNNING' });
    const sick = mergeReport(running, aReport({ healthStatus: 'UNHEALTHY' }), NOW);
    assert.equal(sick?.healthStatus, 'UNHEALTHY');
    const ended = mergeReport(sick, aReport({ status: 'STOPPED', stoppedAt: NOW + 9 }), NOW);
    assert.equal(ended?.lastStatus, 'STOPPED');
    assert.equal(ended.healthStatus, 'UNHEALTHY');
  });

  it('never goes back, and says nothing new to a report it knows', () => {
    const status = fc.constantFrom(...TASK_STATUSES);
    fc.assert(
      fc.property(fc.array(status, { minLength: 1, maxLength: 8 }), (statuses) => {
        let record = aTask();
        for (const reported of statuses) {
          const report = aReport({ status: reported });
          const next = mergeReport(record, report, NOW) ?? record;
          assert.ok(!isForward(next.lastStatus, record.lastStatus));
          assert.equal(mergeReport(next, report, NOW + 1), undefined);
          record = next;
        }
      }),
    );
  });
});

describe('endUnplaced', () => {
  it('stops a task that no machine ever had', () => {
    const ended = endUnplaced(aTask(), NOW + 1);
    assert.equal(ended.lastStatus, 'STOPPED');
    assert.equal(ended.stopCode, 'TaskFailedToStart');
    assert.equal(ended.containers[0]?.lastStatus, 'STOPPED');
  });
});
