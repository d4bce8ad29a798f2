/** How many connections a process serves at most, so that it can still open files beside them: a low limit of those is shared out. */
import { readFileSync } from 'node:fs';
import type { Logger } from '../ports/logger.ts';

/** Of callers of the endpoint, and of tasks (whose machines bound them, too). */
const OF_CALLERS = 16_384;
const OF_TASKS = 8_192;
/** Of all tasks of a machine, at its agent. Each takes two: the task's, and the one that it is carried by. */
const AT_AGENT = 4_096;
/** For all else: the store, logs, images on their way, sockets of containers. Of a very low limit half. */
const OTHERS = 512;

export interface DoorConnections {
  readonly ofCallers: number;
  readonly ofTasks: number;
}

/** What the front door serves; says so once where the limit of open files makes it less than usual. */
export function doorConnections(logger: Logger, openFiles = limitOfOpenFiles()): DoorConnections {
  const room = roomOf(openFiles);
  const share = Math.min(1, room / (OF_CALLERS + OF_TASKS));
  const connections = { ofCallers: Math.floor(OF_CALLERS * share), ofTasks: Math.floor(OF_TASKS * share) };
  if (share < 1) {
    logger.warn('the limit of open files is low: fewer connections are served', {
      openFiles,
      ...connections,
    });
  }
  return connections;
}

/** The same of an agent, for connections of tasks to services. */
export function agentConnections(logger: Logger, openFiles = limitOfOpenFiles()): number {
  const connections = Math.min(AT_AGENT, Math.floor(roomOf(openFiles) / 4));
  if (connections < AT_AGENT) {
    logger.warn('the limit of open files is low: fewer connections of tasks are served', {
      openFiles,
      connections,
    });
  }
  return connections;
}

function roomOf(openFiles: number): number {
  return openFiles - Math.min(OTHERS, openFiles / 2);
}

/** What holds for this process; Node has raised it as far as it may. */
function limitOfOpenFiles(): number {
  try {
    const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
  } catch {
    // Not Linux: the APIs alone run there.
    return Number.POSITIVE_INFINITY;
  }
}
