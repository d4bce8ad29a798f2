/**
 * Task protection at the endpoint (`$ECS_AGENT_URI/task-protection/v1/state`): what a request says, and the answers of the
 * ECS agent. What is answered is ECS's own answer, or an error in the agent's words.
 */
import { goTime } from './go-json.ts';

export interface WantedProtection {
  readonly protectionEnabled: boolean;
  readonly expiresInMinutes?: number;
}

export interface ProtectedTask {
  readonly taskArn?: string | undefined;
  readonly protectionEnabled?: boolean | undefined;
  /** Epoch milliseconds. */
  readonly expiresAt?: number;
}

export interface ProtectionFailure {
  readonly arn?: string | undefined;
  readonly reason?: string | undefined;
  readonly detail?: string | undefined;
}

/** What ECS says. */
export interface ProtectionAnswer {
  readonly tasks: readonly ProtectedTask[];
  readonly failures: readonly ProtectionFailure[];
}

export interface ProtectionReply {
  readonly status: number;
  readonly body: object;
}

interface ProtectionError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly taskArn?: string;
  readonly requestId?: string;
}

/** For errors of ECS, `requestId` is that of its answer. */
export function protectionError({
  status,
  code,
  message,
  taskArn,
  requestId,
}: ProtectionError): ProtectionReply {
  return { status, body: { requestID: requestId, error: { Arn: taskArn, Code: code, Message: message } } };
}

const INVALID = 'InvalidParameterException';

/** The body of a PUT: a JSON object with these members and no other, in any spelling of capitals. */
export function wantedProtection(body: string): WantedProtection | ProtectionReply {
  const undecodable = protectionError({
    ...{ status: 400, code: INVALID, message: 'UpdateTaskProtection: failed to decode request' },
  });
  const members = membersOf(body);
  if (members === undefined) return undecodable;
  let enabled: unknown;
  let minutes: unknown;
  for (const [name, value] of Object.entries(members)) {
    const lower = name.toLowerCase();
    if (lower === 'protectionenabled') enabled = value;
    else if (lower === 'expiresinminutes') minutes = value;
    else return undecodable;
  }
  const isNumber = minutes === undefined || minutes === null || Number.isSafeInteger(minutes);
  if (!isNumber || !(enabled === undefined || enabled === null || typeof enabled === 'boolean')) {
    return undecodable;
  }
  if (typeof enabled !== 'boolean') {
    const message = "Invalid request: does not contain 'ProtectionEnabled' field";
    return protectionError({ status: 400, code: INVALID, message });
  }
  return {
    protectionEnabled: enabled,
    ...(typeof minutes === 'number' && { expiresInMinutes: minutes }),
  };
}

/** ECS's answer about one task. */
export function protectionReply({ tasks, failures }: ProtectionAnswer, taskArn: string): ProtectionReply {
  const [failure] = failures;
  if (failures.length === 1 && failure !== undefined) {
    const { arn, detail = null, reason } = failure;
    return { status: 200, body: { failure: { Arn: arn, Detail: detail, Reason: reason } } };
  }
  const [task] = tasks;
  if (task === undefined || tasks.length > 1 || failures.length > 1) {
    return protectionError({
      ...{ status: 500, code: 'ServerException', message: 'Unexpected error occurred', taskArn },
    });
  }
  const { expiresAt, protectionEnabled, taskArn: arn } = task;
  const ExpirationDate = expiresAt === undefined ? null : goTime(expiresAt);
  return {
    status: 200,
    body: { protection: { ExpirationDate, ProtectionEnabled: protectionEnabled, TaskArn: arn } },
  };
}

function membersOf(body: string): object | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
