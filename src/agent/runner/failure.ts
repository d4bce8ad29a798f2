/**
 * Fargate's words for what goes wrong while a task is launched: `Name: message`, at most 1024 characters. The names are
 * those of the task's platform version.
 */
import type { PlatformVersion } from '../../domain/ecs/platform-version.ts';
import { AppError } from '../../domain/errors.ts';
import type { LaunchStepName } from './steps.ts';

export interface LaunchFailure {
  /** What the task's stoppedReason says. */
  readonly task: string;
  /** What the container's reason says, where a container is to blame. */
  readonly container?: string;
}

export interface FailureContext {
  readonly names: PlatformVersion['errorNames'];
  /** How long the runtime was given. */
  readonly runtimeTimeoutMs: number;
}

const LONGEST = 1024;

/** `details.failed` of errors that came before the runtime was asked: the definition does not fit the image. */
export const SPECIFICATION_FAILED = 'specification';
/** `details.failed` of errors that came while a container's volumes were made. */
export const VOLUMES_FAILED = 'volumes';

/** Said without a path, which is the machine's business. */
const FULL_DISK = 'no space left on device';

type Wording = (error: AppError, context: FailureContext) => string;

const resource =
  (what: string): Wording =>
  (error, { names }) =>
    `${names.resourceInitialization}: ${what}: ${error.message}`;

const said: Wording = (error, { names }) => `${names.resourceInitialization}: ${error.message}`;
const pull: Wording = (error) => `CannotPullContainerError: ${error.message}`;

const WORDINGS: Readonly<Record<LaunchStepName, { words: Wording; blamesContainer: boolean }>> = {
  'attach-eni': task(resource('failed to configure ENI')),
  'create-disk': task(resource('failed to provision ephemeral storage')),
  'create-cgroup': task(resource('failed to create task cgroup')),
  'create-pid-namespace': task(resource('failed to create task PID namespace')),
  'mount-file-systems': task(resource('failed to invoke EFS utils commands to set up EFS volumes: stderr')),
  'write-files': task(resource('failed to configure task network files')),
  'fetch-secrets': task(said),
  'fetch-environment-files': task(said),
  'open-logs': task(resource('failed to validate logger args')),
  'pull-image': container(pull),
  'charge-image': container(pull),
  'create-container': container(createWords),
  'start-container': container(startWords),
  // Its last run is its end, and that has no other words.
  'restart-container': container(startWords),
};

function task(words: Wording): { words: Wording; blamesContainer: boolean } {
  return { words, blamesContainer: false };
}

function container(words: Wording): { words: Wording; blamesContainer: boolean } {
  return { words, blamesContainer: true };
}

export function launchFailure(
  step: LaunchStepName,
  thrown: AppError,
  context: FailureContext,
): LaunchFailure {
  const { words, blamesContainer } = WORDINGS[step];
  const error = isFullDisk(thrown) ? withoutPath(thrown) : thrown;
  const text =
    error.kind === 'internal' ? `${context.names.internal}: ${error.message}` : words(error, context);
  const reason = text.replace(/\s+/g, ' ').trim().slice(0, LONGEST);
  return { task: reason, ...(blamesContainer && { container: reason }) };
}

/** Of the machine, which any step may meet that writes a file there: itself, or by the runtime and the tools that it calls. */
function isFullDisk({ cause, details }: AppError): boolean {
  const names = [details['errno'], details['syscallCode'], (cause as { code?: string } | undefined)?.code];
  return names.includes('ENOSPC');
}

/** What the agent itself could not write is no fault of its own. */
function withoutPath({ kind, details }: AppError): AppError {
  return new AppError(kind === 'internal' ? 'unavailable' : kind, FULL_DISK, { details });
}

function createWords(error: AppError, context: FailureContext): string {
  const { names } = context;
  if (error.details['failed'] === VOLUMES_FAILED) return `${names.volumeCreation}: ${error.message}`;
  if (error.details['failed'] !== SPECIFICATION_FAILED) return startWords(error, context);
  return nested('CannotCreateContainerError', `unable to create new container: ${error.message}`, names);
}

function startWords(error: AppError, { names, runtimeTimeoutMs }: FailureContext): string {
  if (error.kind === 'deadline') {
    const waited = duration(runtimeTimeoutMs);
    return `${names.runtimeTimeout}: Could not transition to running; timed out after waiting ${waited}: ${error.message}`;
  }
  if (error.kind === 'unavailable' || error.kind === 'aborted') return `${names.runtime}: ${error.message}`;
  return nested(
    'CannotStartContainerError',
    `failed to create new container runtime task: ${error.message}`,
    names,
  );
}

/** Two names, one in the other, where the platform version has both. */
function nested(name: string, message: string, { resourceInitialization }: FailureContext['names']): string {
  return resourceInitialization === 'ResourceInitializationError'
    ? `${name}: ${resourceInitialization}: ${message}`
    : `${name}: ${message}`;
}

/** In Go's words, as the agent says it: `1m`, `90s`, `1500ms`. */
function duration(ms: number): string {
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}
