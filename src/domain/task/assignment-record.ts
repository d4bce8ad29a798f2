/** The store's link from a machine to a task that runs on it; gone once the task's end is on record. */
import type { TaskAssignment } from './assignment.ts';

export interface AssignmentRecord {
  /** Key of the TaskRecord. */
  taskKey: string;
  assignment: TaskAssignment;
}
