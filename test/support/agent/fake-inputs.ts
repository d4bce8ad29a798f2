/** Secrets and environment files that every task has: none. */
import type { TaskInputs } from '../../../src/agent/inputs/task-inputs.ts';
import { TaskSecrets } from '../../../src/agent/inputs/task-secrets.ts';

export const fakeInputs: TaskInputs = {
  secrets: () =>
    Promise.resolve(
      new TaskSecrets({ environment: new Map(), logOptions: new Map(), registryAuth: new Map() }),
    ),
  environmentFiles: () => Promise.resolve(new Map()),
};
