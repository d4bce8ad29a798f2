/** What the task metadata endpoint knows of a task, whatever the version of the answer. Times are epoch milliseconds. */
import type { TaskAssignment } from '../task/assignment.ts';
import type { HealthStatus } from '../task/lifecycle.ts';

/** Of a task these are not the API's: what is being pulled is NONE, and PENDING does not exist. */
export type KnownStatus = 'NONE' | 'PULLED' | 'CREATED' | 'RUNNING' | 'STOPPED';

export interface MetadataHealth {
  readonly status: HealthStatus;
  readonly since: number;
  readonly exitCode?: number;
  readonly output: string;
}

/** A container as it is now. */
export interface MetadataContainer {
  readonly name: string;
  /** `<task id>-<10 digits>`: its runtime id, and its id in the paths of v3 and v4. */
  readonly dockerId: string;
  readonly knownStatus: KnownStatus;
  readonly imageDigest?: string;
  readonly exitCode?: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** Only with a health check. */
  readonly health?: MetadataHealth;
  /** Only with a restart policy. */
  readonly restartCount?: number;
}

export interface ClockDrift {
  /** Milliseconds; absent while the clock is not synchronized. */
  readonly errorBoundMs?: number;
  readonly measuredAt: number;
  readonly synchronized: boolean;
}

/** A task as it is now. */
export interface MetadataTask {
  readonly assignment: TaskAssignment;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly knownStatus: KnownStatus;
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly executionStoppedAt?: number;
  readonly containers: readonly MetadataContainer[];
}

/** What is asked of the machine when v4 tells of a whole task. */
export interface MetadataSurroundings {
  readonly clockDrift?: ClockDrift;
  /** Bytes; absent while the disk is not there. */
  readonly storageUsedBytes?: number;
}

/** What came of asking ECS for the task's tags. */
export type AskedTags =
  | { readonly tags: Readonly<Record<string, string>> }
  | {
      readonly error: {
        readonly code: string;
        readonly message: string;
        readonly status?: number;
        readonly requestId?: string;
      };
    };
