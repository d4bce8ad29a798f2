/**
 * The PID namespace that the containers of a task share: held by a container of its own, which runs no program of the
 * task's and outlives each of them. Containers that run already must not lose it: one that is there is used.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../domain/errors.ts';
import { pauseProgram } from '../../domain/oci/pause-program.ts';
import { pauseSpec } from '../../domain/oci/pause-spec.ts';
import type { CreateContainerRequest } from '../../ports/container-runtime.ts';
import { type FactsChange, pauseRuntimeId } from './facts.ts';
import { imageArchitecture } from './architecture.ts';
import type { StepContext } from './step-context.ts';
import { makeWritableLayer, writableLayer } from './task-files.ts';
import { withDeadline } from '../waiting.ts';

/** May be repeated. */
export async function createPidNamespace(context: StepContext): Promise<FactsChange> {
  const { deps, assignment, signal } = context;
  const id = pauseRuntimeId(assignment.taskId);
  const pausePid = await withDeadline(deps.clock, deps.settings.runtimeTimeoutMs, signal, async (inner) => {
    const found = await deps.runtime.inspect(id);
    if (found?.state === 'running' && found.pid !== undefined) return found.pid;
    if (found !== undefined) await deps.runtime.delete(id);
    const { pid } = await deps.runtime.create(pauseRequest(id, context), inner);
    await deps.runtime.start(id, inner);
    return pid;
  });
  return (facts) => ({ ...facts, pidNamespace: 'made', pausePid });
}

/** Where a container's spec finds the namespace. */
export function pidNamespacePath(pausePid: number): string {
  return `/proc/${pausePid}/ns/pid`;
}

function pauseRequest(id: string, { assignment, deps, facts }: StepContext): CreateContainerRequest {
  const { diskPath, namespacePath, cgroupPath } = facts();
  if (diskPath === undefined || namespacePath === undefined || cgroupPath === undefined) {
    throw new AppError('internal', 'a PID namespace was to be made before its surroundings');
  }
  const architecture = imageArchitecture(assignment.cpuArchitecture);
  const directory = join(diskPath, 'pause');
  const program = join(directory, 'pause');
  mkdirSync(directory, { recursive: true });
  writeFileSync(program, pauseProgram(architecture), { mode: 0o755 });
  chmodSync(program, 0o755);
  makeWritableLayer(diskPath, id);
  const handler = assignment.runtimeHandler ?? deps.settings.runtimeHandler;
  return {
    id,
    taskId: assignment.taskId,
    labels: {},
    image: '',
    spec: pauseSpec({
      architecture,
      hostname: assignment.eni.privateDnsName,
      networkNamespacePath: namespacePath,
      taskCgroup: cgroupPath,
      runtimeId: id,
    }),
    rootfs: { lowerDirs: [directory], ...writableLayer(diskPath, id) },
    stdoutPath: join(directory, 'output'),
    stderrPath: join(directory, 'output'),
    ...(handler !== undefined && { handler }),
  };
}
