/**
 * The steps of a task's life, in three kinds: launching, stopping containers, releasing what was made. The names are
 * the one table that planner, executors and failure texts are checked against.
 */
export const LAUNCH_STEPS = [
  'attach-eni',
  'create-disk',
  'create-cgroup',
  'create-pid-namespace',
  'mount-file-systems',
  'write-files',
  'fetch-secrets',
  'fetch-environment-files',
  'open-logs',
  'pull-image',
  'charge-image',
  'create-container',
  'start-container',
  'restart-container',
] as const;
export type LaunchStepName = (typeof LAUNCH_STEPS)[number];

export const RELEASE_STEPS = [
  'delete-container',
  'close-logs',
  'unmount-file-systems',
  'remove-pid-namespace',
  'detach-eni',
  'remove-disk',
  'remove-cgroup',
] as const;
export type ReleaseStepName = (typeof RELEASE_STEPS)[number];

export type EndStepName = 'stop-container' | ReleaseStepName;
export type StepName = LaunchStepName | EndStepName;

type StepOf<N extends StepName> = {
  readonly [K in N]: {
    readonly name: K;
    /** Name of the container that the step is for, where it is for one. */
    readonly container?: string;
  };
}[N];

export type Step = StepOf<StepName>;
export type LaunchStep = StepOf<LaunchStepName>;

/** Tells one step from another of the same task. */
export function stepKey(step: Step): string {
  return step.container === undefined ? step.name : `${step.name}:${step.container}`;
}

const LAUNCHING: ReadonlySet<string> = new Set(LAUNCH_STEPS);
const RELEASING: ReadonlySet<string> = new Set(RELEASE_STEPS);

export function isLaunchStep(step: Step): step is LaunchStep {
  return LAUNCHING.has(step.name);
}

export function isReleaseStep(step: Step): step is StepOf<ReleaseStepName> {
  return RELEASING.has(step.name);
}

/** What a stop cuts short. A start is seen through: whether the process runs decides the order in which all are stopped. */
export function isAbandoned(step: Step): boolean {
  return isLaunchStep(step) && step.name !== 'start-container' && step.name !== 'restart-container';
}
