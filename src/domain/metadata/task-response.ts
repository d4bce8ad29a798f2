/** Tasks as the metadata endpoint shows them; see `container-response.ts`. */
import { platformVersion } from '../ecs/platform-version.ts';
import { containerResponseV2, containerResponseV4 } from './container-response.ts';
import { goMap, goTime } from './go-json.ts';
import { supervisorResponse } from './supervisor.ts';
import type { AskedTags, ClockDrift, MetadataSurroundings, MetadataTask } from './task-view.ts';

const UNITS_OF_A_VCPU = 1024;
const MIB = 2 ** 20;
/** A task with 20 GiB is shown with 20,496 MiB: what its volume has above the size that was asked for. */
const RESERVED_ABOVE_MIB = 16;

/** A task of v2 and v3; with its tags where they were asked for and had. */
export function taskResponseV2(task: MetadataTask, asked?: AskedTags): object {
  const { metadata } = platformVersion(task.assignment.platformVersion);
  const containers = task.containers.map((container) =>
    containerResponseV2({ task, container, platform: metadata }),
  );
  return {
    ...identity(task),
    Containers: containers,
    ...figures(task),
    AvailabilityZone: metadata.availabilityZone ? task.assignment.availabilityZone : undefined,
    TaskTags: tagMap(asked),
  };
}

/** A task of v4; with its tags where they were asked for, or why there are none. */
export function taskResponseV4(
  task: MetadataTask,
  surroundings: MetadataSurroundings,
  asked?: AskedTags,
): object {
  const { assignment } = task;
  const { metadata } = platformVersion(assignment.platformVersion);
  const supervisor = supervisorResponse(task);
  return {
    ...identity(task),
    ...figures(task),
    AvailabilityZone: metadata.availabilityZone ? assignment.availabilityZone : undefined,
    TaskTags: tagMap(asked),
    LaunchType: metadata.launchDetails ? 'FARGATE' : undefined,
    Errors: tagErrors(task, asked),
    Containers: [
      ...task.containers.map((container) => containerResponseV4({ task, container, platform: metadata })),
      ...(supervisor === undefined ? [] : [supervisor]),
    ],
    ClockDrift: clockDrift(surroundings.clockDrift),
    EphemeralStorageMetrics: metadata.storageStatistics ? storage(assignment, surroundings) : undefined,
    FaultInjectionEnabled: assignment.enableFaultInjection === true,
  };
}

function tagMap(asked: AskedTags | undefined): object | undefined {
  if (asked === undefined || !('tags' in asked)) return undefined;
  return Object.keys(asked.tags).length === 0 ? undefined : goMap(asked.tags);
}

function tagErrors({ assignment }: MetadataTask, asked: AskedTags | undefined): object[] | undefined {
  if (asked === undefined || !('error' in asked)) return undefined;
  const { code, message, status, requestId } = asked.error;
  return [
    {
      ErrorField: 'TaskTags',
      ErrorCode: code,
      ErrorMessage: message,
      StatusCode: status,
      RequestId: requestId,
      ResourceARN: assignment.taskArn,
    },
  ];
}

function identity({ assignment, desiredStatus, knownStatus }: MetadataTask): object {
  return {
    Cluster: assignment.clusterArn,
    TaskARN: assignment.taskArn,
    Family: assignment.family,
    Revision: String(assignment.revision),
    DesiredStatus: desiredStatus,
    KnownStatus: knownStatus,
  };
}

function figures(task: MetadataTask): object {
  const { cpuUnits, memoryMiB } = task.assignment;
  const time = (at: number | undefined): string | undefined => (at === undefined ? undefined : goTime(at));
  return {
    Limits: { CPU: cpuUnits / UNITS_OF_A_VCPU, Memory: memoryMiB },
    PullStartedAt: time(task.pullStartedAt),
    PullStoppedAt: time(task.pullStoppedAt),
    ExecutionStoppedAt: time(task.executionStoppedAt),
  };
}

function clockDrift(drift: ClockDrift | undefined): object | undefined {
  if (drift === undefined) return undefined;
  const wholeSeconds = drift.measuredAt - (drift.measuredAt % 1000);
  return {
    ClockErrorBound: drift.errorBoundMs,
    ReferenceTimestamp: goTime(wholeSeconds),
    ClockSynchronizationStatus: drift.synchronized ? 'SYNCHRONIZED' : 'NOT_SYNCHRONIZED',
  };
}

function storage(
  { ephemeralStorageGiB }: MetadataTask['assignment'],
  { storageUsedBytes }: MetadataSurroundings,
): object | undefined {
  if (storageUsedBytes === undefined) return undefined;
  return {
    Utilized: Math.floor(storageUsedBytes / MIB),
    Reserved: ephemeralStorageGiB * 1024 + RESERVED_ABOVE_MIB,
  };
}
