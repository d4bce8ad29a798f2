/**
 * What an agent's report does to the record of a task. Pure; applying a report twice, or an older one after a newer,
 * changes nothing: statuses only move forward, times and reasons are set once.
 */
import type { ContainerRecord, TaskRecord } from '../ecs/records.ts';
import type { ContainerReport, TaskReport } from './assignment.ts';
import { isForward, laterStatus } from './lifecycle.ts';

const TIMES = [
  'pullStartedAt',
  'pullStoppedAt',
  'startedAt',
  'stoppingAt',
  'executionStoppedAt',
  'stoppedAt',
] as const;

/** The record after the report, with `version` raised; undefined when the report says nothing new. */
export function mergeReport(record: TaskRecord, report: TaskReport, now: number): TaskRecord | undefined {
  const lastStatus = laterStatus(record.lastStatus, report.status);
  // What was found last stays on a task that has ended.
  const { healthStatus } = lastStatus === 'STOPPED' ? record : report;
  const next: TaskRecord = { ...record, lastStatus, healthStatus };
  next.containers = record.containers.map((container) =>
    mergeContainer(
      container,
      report.containers.find(({ name }) => name === container.name),
    ),
  );
  for (const time of TIMES) {
    const value = report[time];
    if (next[time] === undefined && value !== undefined) next[time] = value;
  }
  if (report.stop !== undefined && next.stopCode === undefined) {
    next.stopCode = report.stop.stopCode;
    next.stoppedReason = report.stop.reason;
  }
  if (next.stopCode !== undefined || !isForward(next.lastStatus, 'STOPPING')) next.desiredStatus = 'STOPPED';
  mergeEni(next, report, now);
  if (JSON.stringify(next) === JSON.stringify(record)) return undefined;
  return { ...next, version: record.version + 1 };
}

/** A task that never reached a machine, ended. */
export function endUnplaced(record: TaskRecord, now: number): TaskRecord {
  return {
    ...record,
    desiredStatus: 'STOPPED',
    lastStatus: 'STOPPED',
    stopCode: record.stopCode ?? 'TaskFailedToStart',
    stoppedReason: record.stoppedReason ?? 'Task failed to start',
    containers: record.containers.map((container) => ({ ...container, lastStatus: 'STOPPED' })),
    stoppingAt: record.stoppingAt ?? now,
    stoppedAt: now,
    version: record.version + 1,
  };
}

function mergeContainer(record: ContainerRecord, report: ContainerReport | undefined): ContainerRecord {
  if (report === undefined) return record;
  const next: ContainerRecord = {
    ...record,
    lastStatus: laterStatus(record.lastStatus, report.status),
    healthStatus: report.healthStatus,
  };
  if (report.runtimeId !== undefined) next.runtimeId = report.runtimeId;
  if (report.imageDigest !== undefined) next.imageDigest = report.imageDigest;
  if (report.exitCode !== undefined) next.exitCode ??= report.exitCode;
  if (report.reason !== undefined) next.reason ??= report.reason;
  return next;
}

function mergeEni(next: TaskRecord, report: TaskReport, now: number): void {
  if (next.eni === undefined) return;
  if (report.eniAttached && next.eni.attachmentStatus === 'ATTACHING') {
    next.eni = { ...next.eni, attachmentStatus: 'ATTACHED' };
    next.connectivity = 'CONNECTED';
    next.connectivityAt ??= now;
  }
  if (next.lastStatus === 'DEPROVISIONING' && next.eni.attachmentStatus === 'ATTACHED') {
    next.eni = { ...next.eni, attachmentStatus: 'DETACHING' };
  }
  if (report.eniDetached || next.lastStatus === 'STOPPED') {
    next.eni = { ...next.eni, attachmentStatus: 'DELETED' };
  }
}
