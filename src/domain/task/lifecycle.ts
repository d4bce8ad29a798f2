/**
 * The statuses of a task and of a container, and which may follow which. Known status only moves forward.
 *
 *   PROVISIONING → PENDING → ACTIVATING → RUNNING → DEACTIVATING → STOPPING → DEPROVISIONING → STOPPED → DELETED
 *
 * Any status may be skipped; none is ever taken back.
 */
export const TASK_STATUSES = [
  'PROVISIONING',
  'PENDING',
  'ACTIVATING',
  'RUNNING',
  'DEACTIVATING',
  'STOPPING',
  'DEPROVISIONING',
  'STOPPED',
  'DELETED',
] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

export type DesiredStatus = 'RUNNING' | 'STOPPED';
export type HealthStatus = 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';

export const STOP_CODES = [
  'TaskFailedToStart',
  'EssentialContainerExited',
  'UserInitiated',
  'ServiceSchedulerInitiated',
  'SpotInterruption',
  'TerminationNotice',
] as const;
export type StopCode = (typeof STOP_CODES)[number];

/** Why a task stops or stopped, as users read it in DescribeTasks. The first one set wins. */
export interface StopReason {
  readonly stopCode: StopCode;
  readonly reason: string;
}

const ORDER = new Map<TaskStatus, number>(TASK_STATUSES.map((status, index) => [status, index]));

/** True when `next` lies after `current`. */
export function isForward(current: TaskStatus, next: TaskStatus): boolean {
  return (ORDER.get(next) ?? -1) > (ORDER.get(current) ?? -1);
}

/** The later of two statuses. */
export function laterStatus(a: TaskStatus, b: TaskStatus): TaskStatus {
  return isForward(a, b) ? b : a;
}
