/** Tells task records from everything else that changes under `a/`. */
const TASK_KEY = /^a\/[^/]+\/[^/]+\/ecs\/task\/[^/]+\/[^/]+$/;

/** True for the key of a TaskRecord (see domain/keys.ts). */
export function isTaskKey(key: string): boolean {
  return TASK_KEY.test(key);
}
