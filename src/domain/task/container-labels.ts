/** Labels of a task's container, for the runtime and for the metadata endpoint. */
import type { AssignedContainer, TaskAssignment } from './assignment.ts';

/** The runtime takes no longer ones, characters of name and value together. */
const LONGEST_LABEL = 4096;

/** The definition's, and the agent's own, which beat them. */
export function containerLabels(
  assignment: Pick<TaskAssignment, 'clusterArn' | 'taskArn' | 'family' | 'revision'>,
  { name, dockerLabels }: Pick<AssignedContainer['definition'], 'name' | 'dockerLabels'>,
): Record<string, string> {
  const given = Object.entries(dockerLabels ?? {});
  return {
    ...Object.fromEntries(given.filter(([key, value]) => key.length + value.length <= LONGEST_LABEL)),
    'com.amazonaws.ecs.cluster': assignment.clusterArn,
    'com.amazonaws.ecs.container-name': name,
    'com.amazonaws.ecs.task-arn': assignment.taskArn,
    'com.amazonaws.ecs.task-definition-family': assignment.family,
    'com.amazonaws.ecs.task-definition-version': String(assignment.revision),
  };
}
