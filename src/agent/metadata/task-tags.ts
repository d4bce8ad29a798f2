/** The task's tags for the endpoint: ECS is asked with the credentials of the execution role, as the agent of ECS does it. */
import { isApiError, toAppError } from '../../domain/errors.ts';
import type { AskedTags } from '../../domain/metadata/task-view.ts';
import type { TaskAssignment, TaskCredentials } from '../../domain/task/assignment.ts';
import type { EcsClient } from '../aws/ecs-client.ts';

/** Never rejects: what went wrong is part of the answer. */
export async function askTags(
  assignment: TaskAssignment,
  ecs: Pick<EcsClient, 'tags'>,
  credentials: () => Promise<TaskCredentials>,
): Promise<AskedTags> {
  if (assignment.executionRoleArn === undefined) {
    return { error: { code: 'NoCredentialProviders', message: 'unable to find execution role credentials' } };
  }
  try {
    return { tags: await ecs.tags(assignment, credentials) };
  } catch (error) {
    if (!isApiError(error)) return { error: { code: 'RequestError', message: toAppError(error).message } };
    const { code, message, received } = error;
    return { error: { code, message, ...received } };
  }
}
