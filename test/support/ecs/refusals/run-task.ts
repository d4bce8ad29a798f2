/** Refusals of RunTask: what a request may not ask for, whatever the cluster and the definition are. */
import type { RunTaskRefusal } from './refusal.ts';
import { CAPACITY_ROWS, NETWORK_ROWS } from './run-task-capacity.ts';
import { OVERRIDE_ROWS } from './run-task-overrides.ts';
import { REQUEST_ROWS } from './run-task-requests.ts';
import { UNSUPPORTED_ROWS } from './run-task-unsupported.ts';

export const RUN_TASK_REFUSALS: readonly RunTaskRefusal[] = [
  ...REQUEST_ROWS,
  ...NETWORK_ROWS,
  ...CAPACITY_ROWS,
  ...OVERRIDE_ROWS,
  ...UNSUPPORTED_ROWS,
];
