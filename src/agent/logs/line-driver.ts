/** The log drivers that take output line by line: awsfirelens and splunk. */
import type { TaskNetwork } from '../../ports/task-network.ts';
import type { Clock } from '../../ports/clock.ts';
import { logMode, maxBufferBytes } from './awslogs-options.ts';
import { firelensDriver } from './firelens/firelens-driver.ts';
import type { DeliveryLimits } from './line-sink.ts';
import type { OutputTarget } from './output-target.ts';
import { splunkDriver } from './splunk/splunk-driver.ts';
import type { ContainerLogs } from './task-logs.ts';

export interface LineDriver {
  readonly target: OutputTarget;
  readonly limits: DeliveryLimits;
  /** Whether the target is gone for good: the end of the output then waits for it no longer. */
  hasEnded(): boolean;
  /** Rejects with what users read after `failed to validate logger args: ` when the container must not start. */
  prepare(signal: AbortSignal): Promise<void>;
}

export interface LineDriverDeps {
  readonly network: Pick<TaskNetwork, 'dialer'>;
  readonly clock: Clock;
  /** Of output that waits, where the log configuration does not say it. */
  readonly maxBacklogBytes: number;
}

/** The driver of a container's log configuration, where it is one of these. */
export function lineDriver(logs: ContainerLogs, deps: LineDriverDeps): LineDriver | undefined {
  const { assignment, container } = logs;
  const configuration = container.definition.logConfiguration;
  if (configuration?.logDriver === 'awsfirelens') return firelensDriver(logs, deps);
  if (configuration?.logDriver !== 'splunk') return undefined;
  const mode = logMode(configuration, assignment.defaultLogMode ?? 'non-blocking');
  const backlogBytes = mode === 'blocking' ? deps.maxBacklogBytes : maxBufferBytes(configuration);
  return splunkDriver(logs, { ...deps, backlogBytes });
}
