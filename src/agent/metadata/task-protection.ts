/** Task protection as containers ask for it and change it: ECS is asked with the credentials of the task's role. */
import { isApiError, toAppError } from '../../domain/errors.ts';
import { goJson } from '../../domain/metadata/go-json.ts';
import {
  protectionError,
  type ProtectionReply,
  protectionReply,
  wantedProtection,
} from '../../domain/metadata/task-protection.ts';
import type { TaskAssignment, TaskCredentials } from '../../domain/task/assignment.ts';
import type { EcsClient } from '../aws/ecs-client.ts';
import { type Answer, OTHER_METHOD } from './metadata-answers.ts';

/** The largest body that can mean anything. */
export const LONGEST_BODY = 4096;

export interface ProtectionRequest {
  readonly method: string;
  /** Empty where it was longer than LONGEST_BODY. */
  readonly body: string;
  /** Whether the id in the path is one of the task's containers'. */
  readonly isKnown: boolean;
}

export interface ProtectionSources {
  readonly assignment: TaskAssignment;
  readonly ecs: Pick<EcsClient, 'protection' | 'protect'>;
  /** Of the task's own role. */
  readonly roleCredentials: () => Promise<TaskCredentials>;
}

export async function protectionAnswer(
  request: ProtectionRequest,
  sources: ProtectionSources,
): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'PUT') return OTHER_METHOD;
  const { status, body } = await reply(request, sources);
  return { status, contentType: 'application/json', body: goJson(body) };
}

async function reply(
  { method, body, isKnown }: ProtectionRequest,
  { assignment, ecs, roleCredentials }: ProtectionSources,
): Promise<ProtectionReply> {
  const wanted = method === 'PUT' ? wantedProtection(body) : undefined;
  if (wanted !== undefined && 'status' in wanted) return wanted;
  if (!isKnown) {
    const message = 'Failed to find a task for the request';
    return protectionError({ status: 404, code: 'ResourceNotFoundException', message });
  }
  const { taskArn } = assignment;
  if (assignment.taskRoleArn === undefined) {
    const message = 'Invalid Request: no task IAM role credentials available for task';
    return protectionError({ status: 403, code: 'AccessDeniedException', message, taskArn });
  }
  try {
    const answer =
      wanted === undefined
        ? await ecs.protection(assignment, roleCredentials)
        : await ecs.protect(assignment, roleCredentials, wanted);
    return protectionReply(answer, taskArn);
  } catch (error) {
    return failed(error, taskArn);
  }
}

function failed(error: unknown, taskArn: string): ProtectionReply {
  if (isApiError(error)) {
    const { code, message, received } = error;
    const { status = 400, requestId } = received ?? {};
    return protectionError({ status, code, message, taskArn, ...(requestId !== undefined && { requestId }) });
  }
  if (toAppError(error).kind === 'deadline') {
    const message = 'Timed out calling ECS Task Protection API';
    return protectionError({ status: 504, code: 'RequestCanceled', message, taskArn });
  }
  const message = 'Unexpected error occurred';
  return protectionError({ status: 500, code: 'ServerException', message, taskArn });
}
