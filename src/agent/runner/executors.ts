/** The table of all steps: what is noted before each one, and how it is done. */
import { AppError } from '../../domain/errors.ts';
import { END_EXECUTORS } from './end-executors.ts';
import { changeContainer, type FactsChange } from './facts.ts';
import { LAUNCH_EXECUTORS } from './launch-executors.ts';
import type { AssignedContainer } from '../../domain/task/assignment.ts';
import type { ContainerContext, Executor, StepContext } from './step-context.ts';
import type { Step, StepName } from './steps.ts';

const EXECUTORS: Readonly<Record<StepName, Executor>> = { ...LAUNCH_EXECUTORS, ...END_EXECUTORS };

/** What is known as soon as a step begins: that something may have to be undone. */
const BEGINNINGS: Readonly<Partial<Record<StepName, (container: string) => FactsChange>>> = {
  'attach-eni': () => (facts) => ({ ...facts, eni: 'begun' }),
  'create-disk': () => (facts) => ({ ...facts, disk: 'begun' }),
  'create-cgroup': () => (facts) => ({ ...facts, cgroup: 'begun' }),
  'mount-file-systems': () => (facts) => ({ ...facts, fileSystems: 'begun' }),
  'create-pid-namespace': () => (facts) => ({ ...facts, pidNamespace: 'begun' }),
  'write-files': () => (facts) => ({ ...facts, logs: 'begun' }),
  'open-logs': () => (facts) => ({ ...facts, logs: 'begun' }),
  'create-container': (container) => changeContainer(container, () => ({ begun: true })),
  'start-container': (container) => changeContainer(container, () => ({ starting: true })),
};

export function begin(step: Step): FactsChange {
  return BEGINNINGS[step.name]?.(step.container ?? '') ?? ((facts) => facts);
}

/** Does a step; resolves with the change of facts that it made true. */
export async function execute(step: Step, context: StepContext): Promise<FactsChange> {
  const executor = EXECUTORS[step.name];
  return executor(containerContext(step.container ?? '', context));
}

/** Steps of the whole task never look at the container. */
function containerContext(name: string, context: StepContext): ContainerContext {
  const { containers } = context.assignment;
  return {
    ...context,
    name,
    get container(): AssignedContainer {
      return required(containers.find(({ definition }) => definition.name === name));
    },
    containerFacts: () => required(context.facts().containers.find((facts) => facts.name === name)),
  };
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new AppError('internal', 'a step names a container that the task lacks');
  return value;
}
