/**
 * Health of containers and tasks, by the rules of Docker's health checks as ECS reports them: some failures in a row
 * make UNHEALTHY, one success makes HEALTHY again; failures while a container starts up do not count. Pure.
 */
import type { HealthCheck } from '../ecs/task-definition.ts';
import type { HealthStatus } from './lifecycle.ts';

export interface HealthTimes {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly startPeriodMs: number;
}

export interface HealthState {
  readonly status: HealthStatus;
  /** Failures in a row that count. */
  readonly failures: number;
  /** A success ends the start period before its time. */
  readonly hasSucceeded: boolean;
}

export const UNKNOWN_HEALTH: HealthState = { status: 'UNKNOWN', failures: 0, hasSucceeded: false };

const DEFAULTS = { interval: 30, timeout: 5, retries: 3, startPeriod: 0 } as const;

/** In the definition times are seconds. */
export function healthTimes(check: HealthCheck): HealthTimes {
  return {
    intervalMs: (check.interval ?? DEFAULTS.interval) * 1_000,
    timeoutMs: (check.timeout ?? DEFAULTS.timeout) * 1_000,
    retries: check.retries ?? DEFAULTS.retries,
    startPeriodMs: (check.startPeriod ?? DEFAULTS.startPeriod) * 1_000,
  };
}

/** The process to run: CMD gives its words, CMD-SHELL a line for the container's shell; plain words are taken as CMD. */
export function healthCommand({ command }: HealthCheck): string[] {
  const [kind = '', ...rest] = command ?? [];
  if (kind === 'CMD') return rest;
  return kind === 'CMD-SHELL' ? ['/bin/sh', '-c', rest.join(' ')] : [kind, ...rest];
}

/** `succeeded`: exit code 0, in time. `runningMs`: how long the container has run by then. */
export function nextHealth(
  state: HealthState,
  succeeded: boolean,
  runningMs: number,
  times: HealthTimes,
): HealthState {
  if (succeeded) return { status: 'HEALTHY', failures: 0, hasSucceeded: true };
  if (!state.hasSucceeded && runningMs < times.startPeriodMs) return state;
  const failures = state.failures + 1;
  return { ...state, failures, status: failures >= times.retries ? 'UNHEALTHY' : state.status };
}

/** Of a task: by its essential containers that have a health check. */
export function taskHealth(
  containers: readonly {
    readonly essential: boolean;
    readonly hasHealthCheck: boolean;
    readonly health: HealthStatus;
  }[],
): HealthStatus {
  const checked = containers.filter(({ essential, hasHealthCheck }) => essential && hasHealthCheck);
  if (checked.some(({ health }) => health === 'UNHEALTHY')) return 'UNHEALTHY';
  return checked.length > 0 && checked.every(({ health }) => health === 'HEALTHY') ? 'HEALTHY' : 'UNKNOWN';
}
