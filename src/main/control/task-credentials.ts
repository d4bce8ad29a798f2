/** The credentials that the control plane gives to machines: for tasks' own roles, for what is done for tasks, for flow logs. */
import type { TaskControllerDeps } from '../../control/tasks/task-controller.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import { assumedRoleArn, type SessionTokens } from '../../wire/sigv4/session-token.ts';
import type { RoleCredentials } from '../aws-account.ts';

const ROLE_CREDENTIALS_MS = 6 * 3_600_000;
const EXECUTION_CREDENTIALS_MS = 12 * 3_600_000;

/** What the delivery of flow logs does: it acts for no role. */
const DELIVERY_ACTIONS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];

type TaskCredentialsDeps = Pick<
  TaskControllerDeps,
  'mintCredentials' | 'mintRoleCredentials' | 'mintDeliveryCredentials'
>;

/** Mints all of them as session tokens; those of tasks' roles come from `accountRoles` where there are such. */
export function taskCredentials(
  sessions: SessionTokens,
  accountRoles: RoleCredentials | undefined,
): TaskCredentialsDeps {
  return {
    mintCredentials: ({ assignment: { account, taskId, taskArn, executionRoleArn } }) =>
      executionRoleArn === undefined
        ? undefined
        : sessions.mint({
            account,
            principalArn: assumedRoleArn(executionRoleArn, taskId),
            taskArn,
            expiresAtMs: systemClock.now() + EXECUTION_CREDENTIALS_MS,
          }),
    mintRoleCredentials:
      accountRoles ??
      (async ({ assignment: { account, taskId, taskArn, taskRoleArn } }) =>
        taskRoleArn === undefined
          ? undefined
          : sessions.mint({
              account,
              principalArn: assumedRoleArn(taskRoleArn, taskId),
              taskArn,
              endsWithTask: taskId,
              expiresAtMs: systemClock.now() + ROLE_CREDENTIALS_MS,
            })),
    mintDeliveryCredentials: (machineId, account) =>
      sessions.mint({
        account,
        principalArn: `arn:aws:sts::${account}:assumed-role/neargate-flow-logs/${machineId}`,
        onlyActions: DELIVERY_ACTIONS,
        expiresAtMs: systemClock.now() + EXECUTION_CREDENTIALS_MS,
      }),
  };
}
