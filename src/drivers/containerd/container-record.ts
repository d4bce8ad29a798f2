/**
 * A container of ours as containerd records it: our labels, the spec, and beside it what its process needs anew each time
 * that it is made (`Launch`), so that a container can be started again by an agent that did not make it.
 */
import { AppError } from '../../domain/errors.ts';
import { parseSpec, specJson } from '../../domain/oci/spec-json.ts';
import type { RuntimeSpec } from '../../domain/oci/types.ts';
import type {
  ContainerExit,
  CreateContainerRequest,
  RootFilesystem,
  RuntimeContainer,
} from '../../ports/container-runtime.ts';
import type { Request, Response } from './proto/message-types.ts';
import { PROCESS_STATUS } from './proto/messages.ts';
import { epochMs } from './timestamps.ts';

/** What is needed to make a container's first process, besides its spec. */
export interface Launch {
  readonly rootfs: RootFilesystem;
  readonly stdoutPath: string;
  readonly stderrPath: string;
  readonly stdinPath?: string;
  readonly terminal: boolean;
  readonly outputLimitBytes?: number;
}

export const TASK_LABEL = 'neargate/task';
const SPEC_TYPE = 'types.containerd.io/opencontainers/runtime-spec/1/Spec';
/** Containers with the same value share one shim. */
const SHIM_GROUP = 'io.containerd.runc.v2.group';
const LAUNCH = 'neargate/launch';
const LAUNCH_TYPE = 'neargate.Launch';

export function launchOf(request: CreateContainerRequest): Launch {
  const { rootfs, stdoutPath, stderrPath, stdinPath, outputLimitBytes, spec } = request;
  return {
    rootfs,
    stdoutPath,
    stderrPath,
    ...(stdinPath !== undefined && { stdinPath }),
    terminal: spec.process.terminal,
    ...(outputLimitBytes !== undefined && { outputLimitBytes }),
  };
}

/** The whole spec, as the runtime gets it. */
export function wholeSpec(request: CreateContainerRequest): RuntimeSpec {
  return {
    ...request.spec,
    // The shim mounts the root file system in the container's bundle, under this name.
    root: { ...request.spec.root, path: 'rootfs' },
    annotations: { ...request.spec.annotations, [SHIM_GROUP]: request.taskId },
  };
}

/** The same without these variables. */
export function withoutVariables(spec: RuntimeSpec, names: readonly string[]): RuntimeSpec {
  const env = spec.process.env.filter((entry) => !names.includes(entry.slice(0, entry.indexOf('='))));
  return { ...spec, process: { ...spec.process, env } };
}

export function containerRecord(
  request: CreateContainerRequest,
  spec: RuntimeSpec,
  runtime: Request<'ContainerRuntime'>,
): Request<'Container'> {
  return {
    id: request.id,
    labels: { ...request.labels, [TASK_LABEL]: request.taskId },
    image: request.image,
    runtime,
    spec: specRecord(spec),
    extensions: { [LAUNCH]: { typeUrl: LAUNCH_TYPE, value: toJson(launchOf(request)) } },
  };
}

/** The spec as a part of a record. */
export function specRecord(spec: RuntimeSpec): Request<'Any'> {
  return { typeUrl: SPEC_TYPE, value: Buffer.from(specJson(spec)) };
}

/** `failed-precondition` for a container that was made before launches were recorded. */
export function recordedLaunch(container: Response<'Container'>): Launch {
  const value = container.extensions[LAUNCH]?.value;
  if (value !== undefined) return JSON.parse(value.toString('utf8')) as Launch;
  throw new AppError(
    'failed-precondition',
    `container "${container.id}" does not say how it was started: it was made by an older version`,
  );
}

export function recordedSpec(container: Response<'Container'>): RuntimeSpec {
  return parseSpec((container.spec?.value ?? Buffer.from('{}')).toString('utf8'));
}

/** What containerd says of a process. */
export type ProcessSummary = Pick<Response<'Process'>, 'id' | 'pid' | 'status' | 'exitStatus' | 'exitedAt'>;

/** In place of an answer of containerd about a process whose shim does not answer: what it says itself after two seconds. */
export function unanswered(id: string): ProcessSummary {
  return { id, pid: 0, status: PROCESS_STATUS.unknown, exitStatus: 0, exitedAt: undefined };
}

/**
 * Undefined when the container is not ours. A process whose shim does not answer is taken to run, for it may: nothing
 * that is known of it says that it has ended.
 */
export function toRuntimeContainer(
  container: Response<'ContainerSummary'>,
  process: ProcessSummary | undefined,
): RuntimeContainer | undefined {
  const { [TASK_LABEL]: taskId, ...labels } = container.labels;
  if (taskId === undefined) return undefined;
  const base = { id: container.id, taskId, labels };
  if (process === undefined) return { ...base, state: 'absent' };
  switch (process.status) {
    case PROCESS_STATUS.created:
      return { ...base, state: 'created', pid: process.pid };
    case PROCESS_STATUS.stopped:
      return { ...base, state: 'exited', exit: toExit(process) };
    case PROCESS_STATUS.unknown:
      return { ...base, state: 'running' };
    default:
      return { ...base, state: 'running', pid: process.pid };
  }
}

export function toExit(from: Pick<ProcessSummary, 'exitStatus' | 'exitedAt'>): ContainerExit {
  return { exitCode: from.exitStatus, exitedAt: epochMs(from.exitedAt) ?? 0 };
}

/** Ids are `<taskId>-<digits>`. */
export function taskIdOf(id: string): string {
  return id.slice(0, id.lastIndexOf('-'));
}

function toJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
