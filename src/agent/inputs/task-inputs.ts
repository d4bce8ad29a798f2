/** What a task's containers are given from elsewhere before they are made: secrets and environment files. */
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import type { EnvironmentOfFiles } from './environment-files.ts';
import type { TaskSecrets } from './secrets.ts';

export interface TaskInputs {
  /**
   * Values of all `secrets`, `secretOptions` and `repositoryCredentials` of the task. Rejects with what users read
   * after `ResourceInitializationError: `.
   */
  secrets(assignment: TaskAssignment, signal: AbortSignal): Promise<TaskSecrets>;
  /** Variables of all `environmentFiles`. Rejects with what users read after `ResourceInitializationError: `. */
  environmentFiles(assignment: TaskAssignment, signal: AbortSignal): Promise<EnvironmentOfFiles>;
}
