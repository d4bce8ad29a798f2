/** Secrets and environment files that every task has: none. */
import type { TaskInputs } from '../../../src/agent/inputs/task-inputs.ts';
import { TaskSecrets } from '../../../src/agent/inputs/secrets.ts';

export const fakeInputs: TaskInputs = {
  secrets: () => Promise.resolve(new TaskSecrets()),
  environmentFiles: () => Promise.resolve(new Map()),
};
