/**
 * What a task's recorded facts become when an agent starts again and has looked at the machine. Pure. Containers that
 * run are adopted, those that ended meanwhile have their exit, and what is half made is made again or undone.
 */
import type { ContainerRestartPolicy } from '../../domain/ecs/task-definition.ts';
import type { RuntimeContainer } from '../../ports/container-runtime.ts';
import { afterExit, endedAsBefore, VANISHED } from './changes.ts';
import {
  type AgentTaskRecord,
  type ContainerFacts,
  isPastStart,
  pauseRuntimeId,
  type ResourceState,
  type TaskFacts,
} from './facts.ts';

/** What is on the machine, by task id; containers by runtime id. */
export interface Observed {
  readonly containers: ReadonlyMap<string, RuntimeContainer>;
  readonly attached: ReadonlySet<string>;
  readonly disks: ReadonlySet<string>;
  readonly cgroups: ReadonlySet<string>;
  readonly logs: ReadonlySet<string>;
  readonly fileSystems: ReadonlySet<string>;
}

export function recoverFacts(record: AgentTaskRecord, observed: Observed, now: number): TaskFacts {
  const { facts, desired } = record;
  const { taskId } = desired.assignment;
  const containers = facts.containers.map((container) => {
    const found = observed.containers.get(container.runtimeId);
    // Containers are made after their namespace, which only a restart of the machine takes away.
    const mayHaveRun = isPastStart(container) || (found !== undefined && !observed.attached.has(taskId));
    const definition = desired.assignment.containers.find((one) => one.definition.name === container.name);
    const isStopping = facts.stop !== undefined || desired.desiredStatus === 'STOPPED';
    const policy = isStopping ? undefined : definition?.definition.restartPolicy;
    return recoverContainer(container, found, { mayHaveRun, policy, isStopping, now });
  });
  const isLaunched = containers.every(isPastStart);
  const pausing = new Set(observed.containers.has(pauseRuntimeId(taskId)) ? [taskId] : []);
  const resource = (state: ResourceState, seen: ReadonlySet<string>): ResourceState =>
    recoverResource(state, seen.has(taskId), isLaunched);
  return {
    ...facts,
    containers,
    eni: resource(facts.eni, observed.attached),
    disk: resource(facts.disk, observed.disks),
    cgroup: resource(facts.cgroup, observed.cgroups),
    logs: resource(facts.logs, observed.logs),
    pidNamespace: resource(facts.pidNamespace, pausing),
    // One that broke stays as its containers know it.
    fileSystems: recoverResource(
      facts.fileSystems,
      observed.fileSystems.has(taskId),
      containers.some(isPastStart),
    ),
    // Values that only the agent before had in mind.
    secretsFetched: facts.secretsFetched && isLaunched,
    environmentFetched: facts.environmentFetched && isLaunched,
    // The disk may have been made anew.
    filesWritten: facts.filesWritten && isLaunched,
  };
}

/** While a task is launched every resource is made once more, which is cheap where it is there. */
function recoverResource(state: ResourceState, isThere: boolean, isLaunched: boolean): ResourceState {
  if (state === 'made' && !isLaunched) return 'begun';
  if (isThere && (state === 'none' || state === 'gone')) return 'begun';
  return state;
}

interface RecoverContext {
  readonly mayHaveRun: boolean;
  readonly policy: ContainerRestartPolicy | undefined;
  readonly isStopping: boolean;
  readonly now: number;
}

function recoverContainer(
  facts: ContainerFacts,
  found: RuntimeContainer | undefined,
  { mayHaveRun, policy, isStopping, now }: RecoverContext,
): ContainerFacts {
  const seen = {
    ...facts,
    begun: facts.begun || found !== undefined,
    deleted: facts.deleted && found === undefined,
  };
  if (facts.phase === 'stopped') return seen;
  // What was started had been pulled and charged, and had its logs, whatever the record knows of it.
  const started = { ...seen, pulled: true, charged: true, logsReady: true };
  if (found?.state === 'running') {
    // Its restart may be done, which only the runtime knows.
    const restart = facts.phase === 'restarting' ? { restartedAt: now, outOfMemory: false } : {};
    return { ...started, ...restart, phase: 'running', startedAt: facts.startedAt ?? now };
  }
  if (facts.phase === 'restarting' && found !== undefined) {
    return { ...started, ...(isStopping ? endedAsBefore(facts) : {}) };
  }
  if (found?.state === 'exited' && found.exit !== undefined) {
    // The same as if the event had come: it may have to be started again.
    if (facts.phase === 'running') return { ...started, ...afterExit(started, found.exit, policy) };
    const { exitCode, exitedAt } = found.exit;
    const startedAt = facts.startedAt ?? exitedAt;
    return { ...started, phase: 'stopped', startedAt, exitCode, finishedAt: exitedAt };
  }
  // Without its image on record (digest, size, stop signal) it is made once more.
  if (found?.state === 'created' && facts.pulled) return { ...seen, phase: 'created' };
  if (mayHaveRun) return { ...seen, phase: 'stopped', reason: VANISHED, finishedAt: now };
  // Never started: it is made again. What the image says is looked up again, too.
  return { ...seen, phase: 'none', pulled: false, logsReady: false };
}
