/**
 * The driver awsfirelens: a container's output goes to the task's log router, by the router's socket. The container never
 * waits for it.
 */
import { findFirelensRouter, firelensBufferLimit, firelensTag } from '../../../domain/ecs/firelens/router.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { LineDriver } from '../line-driver.ts';
import type { ContainerLogs } from '../task-logs.ts';
import { FirelensTarget } from './firelens-target.ts';
import { RouterConnection } from './router-connection.ts';
import { connectToRouter } from './router-socket.ts';

export interface FirelensDriverDeps {
  readonly clock: Clock;
  readonly maxBacklogBytes: number;
}

const BATCH = { lines: 2_000, bytes: 262_144 };
/** Of Docker's fluentd driver, for 0, too. */
const DEFAULT_BACKLOG_LINES = 1_048_576;

export function firelensDriver(
  logs: ContainerLogs,
  { clock, maxBacklogBytes }: FirelensDriverDeps,
): LineDriver {
  const { assignment, container, runtimeId } = logs;
  const { name } = container.definition;
  const router = findFirelensRouter(assignment.containers);
  const connection = new RouterConnection({
    open: (signal) => connectToRouter(logs.router.socketPath(), signal),
    // What takes records from Fluentd's socket answers nothing.
    asksForAnswers: router?.type !== 'fluentd',
    clock,
  });
  return {
    target: new FirelensTarget({
      connection,
      tag: firelensTag(name, assignment.taskId),
      containerId: runtimeId,
      containerName: name,
    }),
    limits: {
      ...BATCH,
      flushIntervalMs: 0,
      firstRetryMs: 100,
      lastRetryMs: 2_000,
      backlogBytes: maxBacklogBytes,
      backlogLines: firelensBufferLimit(container) || DEFAULT_BACKLOG_LINES,
    },
    // While it is there what its users wrote last may still be handed over.
    hasEnded: () => logs.router.hasEnded(),
    prepare: () => Promise.resolve(),
  };
}
