/** Fargate's words for what goes wrong while a task is launched: `Name: message`, at most 1024 characters. */
import type { AppError } from '../../domain/errors.ts';
import type { LaunchStepName } from './steps.ts';

export interface LaunchFailure {
  /** What the task's stoppedReason says. */
  readonly task: string;
  /** What the container's reason says, where a container is to blame. */
  readonly container?: string;
}

const LONGEST = 1024;
const RESOURCE = 'ResourceInitializationError';

/** What could not be made before the runtime was asked: the spec is wrong, not the runtime. */
export const SPECIFICATION_FAILED = 'specification';

type Wording = (error: AppError) => { text: string; blamesContainer: boolean };

const resource =
  (what: string): Wording =>
  (error) => ({ text: `${RESOURCE}: ${what}: ${error.message}`, blamesContainer: false });

const runtime: Wording = (error) => ({ text: runtimeText(error), blamesContainer: true });

const WORDINGS: Readonly<Record<LaunchStepName, Wording>> = {
  'attach-eni': resource('failed to configure ENI'),
  'create-disk': resource('failed to provision ephemeral storage'),
  'create-cgroup': resource('failed to create task cgroup'),
  'write-files': resource('failed to configure task network files'),
  'open-logs': resource('failed to validate logger args'),
  'pull-image': (error) => ({ text: `CannotPullContainerError: ${error.message}`, blamesContainer: true }),
  'charge-image': (error) => ({ text: `CannotPullContainerError: ${error.message}`, blamesContainer: true }),
  'create-container': runtime,
  'start-container': runtime,
};

export function launchFailure(step: LaunchStepName, error: AppError): LaunchFailure {
  const { text, blamesContainer } = WORDINGS[step](error);
  const reason = text.replace(/\s+/g, ' ').trim().slice(0, LONGEST);
  return { task: reason, ...(blamesContainer && { container: reason }) };
}

function runtimeText(error: AppError): string {
  if (error.details['failed'] === SPECIFICATION_FAILED) {
    return `CannotCreateContainerError: ${RESOURCE}: unable to create new container: ${error.message}`;
  }
  if (error.kind === 'deadline') {
    return `ContainerRuntimeTimeoutError: Could not transition to running; timed out after waiting 1m: ${error.message}`;
  }
  if (error.kind === 'unavailable' || error.kind === 'aborted')
    return `ContainerRuntimeError: ${error.message}`;
  return `CannotStartContainerError: ${RESOURCE}: failed to create new container runtime task: ${error.message}`;
}
