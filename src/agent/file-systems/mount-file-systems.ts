/** The step of a task's launch that mounts its volumes of EFS, all at the same time, and the step that undoes it. */
import type { FactsChange } from '../runner/facts.ts';
import type { StepContext } from '../runner/step-context.ts';
import { efsVolume } from './efs-volume.ts';
import { mountVolume } from './mount-volume.ts';

const DEFAULT_SUFFIX = 'amazonaws.com';

/** Rejects with the first failure, when no mount is being made any more. */
export async function mountFileSystems(context: StepContext): Promise<FactsChange> {
  const { assignment, deps } = context;
  const dnsSuffix = deps.settings.dnsSuffix ?? DEFAULT_SUFFIX;
  const volumes = assignment.volumes
    .map((volume) => efsVolume(volume, assignment.region, dnsSuffix))
    .filter((volume) => volume !== undefined);
  const failure = new AbortController();
  const signal = AbortSignal.any([context.signal, failure.signal]);
  const first: unknown[] = [];
  const mounted: Record<string, string> = {};
  await Promise.all(
    volumes.map(async (volume) => {
      try {
        mounted[volume.volume] = await mountVolume(volume, context, { dnsSuffix, signal });
      } catch (error) {
        first.push(error);
        failure.abort();
      }
    }),
  );
  if (first.length > 0) throw first[0];
  return (facts) => ({ ...facts, fileSystems: 'made', fileSystemPaths: mounted });
}

/** May be repeated, and works on half of it. */
export async function unmountFileSystems({ assignment, deps }: StepContext): Promise<FactsChange> {
  await deps.fileSystems.unmount(assignment.taskId);
  return (facts) => ({ ...facts, fileSystems: 'gone' });
}
