/** What of a task never changes and steers its plan, read once from its assignment. */
import { registryOfImage } from '../../domain/ecr/names.ts';
import type { ContainerRestartPolicy, HealthCheck } from '../../domain/ecs/task-definition.ts';
import { dependenciesOf, type Dependency } from '../../domain/task/dependencies.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';

export interface ContainerShape {
  readonly dependencies: readonly Dependency[];
  /** Names of the containers that wait for this one; they are stopped before it. */
  readonly dependents: readonly string[];
  readonly startTimeoutMs: number | undefined;
  readonly restartPolicy: ContainerRestartPolicy | undefined;
  readonly healthCheck: HealthCheck | undefined;
}

export interface TaskShape {
  /** All containers in one PID namespace (`pidMode` task). */
  readonly sharesProcesses: boolean;
  /** Secrets, or a login to ECR. */
  readonly needsSecrets: boolean;
  readonly needsEnvironmentFiles: boolean;
  readonly usesFileSystems: boolean;
  readonly container: (name: string) => ContainerShape;
}

/** `dnsSuffix`: what the names of AWS services end in; without it no image is known as one of ECR. */
export function taskShape({ containers, pidMode, volumes }: TaskAssignment, dnsSuffix?: string): TaskShape {
  const definitions = containers.map(({ definition }) => definition);
  const dependencies = new Map(
    definitions.map((definition) => [definition.name, dependenciesOf(definition, definitions)]),
  );
  const shapes = new Map(
    definitions.map((definition): [string, ContainerShape] => {
      const { name, startTimeout, restartPolicy, healthCheck } = definition;
      const dependents = [...dependencies].filter(([, all]) => all.some(({ on }) => on === name));
      return [
        name,
        {
          dependencies: dependencies.get(name) ?? [],
          dependents: dependents.map(([dependent]) => dependent),
          startTimeoutMs: startTimeout === undefined ? undefined : startTimeout * 1_000,
          restartPolicy,
          // NONE is Docker's word for no check at all.
          healthCheck: healthCheck?.command?.[0] === 'NONE' ? undefined : healthCheck,
        },
      ];
    }),
  );
  return {
    sharesProcesses: pidMode === 'task',
    needsSecrets: definitions.some(
      ({ secrets, logConfiguration, repositoryCredentials, image }) =>
        [...(secrets ?? []), ...(logConfiguration?.secretOptions ?? [])].length > 0 ||
        repositoryCredentials !== undefined ||
        (dnsSuffix !== undefined && registryOfImage(image, dnsSuffix) !== undefined),
    ),
    needsEnvironmentFiles: definitions.some(
      ({ environmentFiles }) => environmentFiles !== undefined && environmentFiles.length > 0,
    ),
    usesFileSystems: volumes.some(({ efsVolumeConfiguration }) => efsVolumeConfiguration !== undefined),
    container(name) {
      const shape = shapes.get(name);
      if (shape === undefined) throw new Error(`the task has no container ${name}`);
      return shape;
    },
  };
}
