/**
 * What a machine measured of its tasks in one minute: the source of Container Insights, `/metrics` and OTLP. Rates are
 * taken over the minute, amounts are means of its samples.
 */
import type { HealthStatus, TaskStatus } from '../task/lifecycle.ts';

/** Of the task's interface: bytes a second over the minute, the rest counted since the task's start. */
export interface NetworkMinute {
  readonly rxBytesPerSecond: number;
  readonly txBytesPerSecond: number;
  readonly rxPackets: number;
  readonly rxErrors: number;
  readonly rxDropped: number;
  readonly txPackets: number;
  readonly txErrors: number;
  readonly txDropped: number;
}

/** Of a disk: bytes a second over the minute. */
export interface StorageMinute {
  readonly readBytesPerSecond: number;
  readonly writeBytesPerSecond: number;
}

/** Of a container that ran in the minute. */
export interface ContainerMinute {
  readonly name: string;
  /** `<task id>-<10 digits>`. */
  readonly runtimeId: string;
  readonly image: string;
  readonly status: TaskStatus;
  /** CPU units in use, 1024 a processor: what it used over the whole minute, also when it ran for a part of it. */
  readonly cpuUtilized: number;
  /** MiB while it ran, without what the kernel can take back (inactive file pages on cgroup v2, cache on v1). */
  readonly memoryUtilized: number;
  /** Absent where the kernel keeps no count by cgroup and the task has several containers. */
  readonly storage?: StorageMinute;
  /** By its restart policy, since the task's start; absent without one. */
  readonly restartCount?: number;
  /** UNKNOWN without a health check. */
  readonly health: HealthStatus;
}

/** What was measured of one task in one minute. */
export interface TaskMinute {
  readonly taskId: string;
  readonly taskArn: string;
  /** Epoch milliseconds, a whole minute: the end of the minute that was measured. */
  readonly at: number;
  /** Those that ran in the minute, one at least. */
  readonly containers: readonly ContainerMinute[];
  /** Absent with a platform version that measures none. */
  readonly network?: NetworkMinute;
  /** Of the task's disk; absent when it could not be read. */
  readonly storage?: StorageMinute;
  /** Bytes of the task's disk; absent with a platform version that measures none. */
  readonly ephemeralStorage?: { readonly reserved: number; readonly utilized: number };
}

/** Some of the tasks of a machine in one minute, as an agent tells of them, in order and again until it is heard. */
export interface MinuteBatch {
  /** Of the agent's process: a new one counts anew. */
  readonly run: string;
  /** From 1 on. A batch that is told again has the same number. */
  readonly number: number;
  readonly tasks: readonly TaskMinute[];
}
