/** What a task's containers are given from elsewhere before they are made: secrets and environment files. */
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import {
  type EnvironmentFilesDeps,
  type EnvironmentOfFiles,
  fetchEnvironmentFiles,
} from './environment-files.ts';
import { fetchSecrets, type SecretsDeps } from './secrets.ts';
import type { TaskSecrets } from './task-secrets.ts';

export interface TaskInputs {
  /** As `fetchSecrets`. */
  secrets(assignment: TaskAssignment, signal: AbortSignal): Promise<TaskSecrets>;
  /** As `fetchEnvironmentFiles`. */
  environmentFiles(assignment: TaskAssignment, signal: AbortSignal): Promise<EnvironmentOfFiles>;
}

export function createTaskInputs(deps: SecretsDeps & EnvironmentFilesDeps): TaskInputs {
  return {
    secrets: (assignment, signal) => fetchSecrets(assignment, deps, signal),
    environmentFiles: (assignment, signal) => fetchEnvironmentFiles(assignment, deps, signal),
  };
}
