/** An AWS account in the place of Neargate's own services, where the settings name a profile of it. */
import { Limiter } from '../agent/limiter.ts';
import { withDeadline } from '../agent/waiting.ts';
import type { ServiceAccess } from '../agent/aws/service-client.ts';
import { ServiceSecretSource } from '../agent/aws/service-secret-source.ts';
import type { TaskCredentials } from '../domain/task/assignment.ts';
import type { AssignmentRecord } from '../domain/task/assignment-record.ts';
import type { WantedRole } from '../drivers/aws-account/assumed-roles.ts';
import { systemClock } from '../drivers/system/system-clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import type { Settings } from './config/settings.ts';

type AccountSettings = Pick<
  Settings,
  'roleCredentialsProfile' | 'roleCredentialsEndpoint' | 'secretsProfile' | 'secretsEndpoint'
>;

const CALLS_AT_ONCE = 8;
const CALL_MS = 60_000;

/** Credentials of a task's role; undefined where it has none, or they could not be had now. */
export type RoleCredentials = (assigned: AssignmentRecord) => Promise<TaskCredentials | undefined>;

/** Undefined where tasks' roles are Neargate's own. What fails is logged and asked for again by the agent. */
export function accountRoles(
  { roleCredentialsProfile: profile, roleCredentialsEndpoint: endpoint }: AccountSettings,
  logger: Pick<Logger, 'warn'>,
  signal: AbortSignal,
): RoleCredentials | undefined {
  if (profile === undefined) return undefined;
  const limiter = new Limiter(CALLS_AT_ONCE);
  const assumeRole = async (wanted: WantedRole): Promise<TaskCredentials> => {
    // Loaded by those who need it.
    const { AssumedRoles } = await import('../drivers/aws-account/assumed-roles.ts');
    const options = { profile, ...(endpoint !== undefined && { endpoint: endpoint.url }) };
    return new AssumedRoles(options).credentials(wanted);
  };
  const asked = new Map<string, Promise<TaskCredentials | undefined>>();
  const ask: RoleCredentials = async ({ assignment: { taskId, taskRoleArn: roleArn, region } }) => {
    if (roleArn === undefined) return undefined;
    try {
      const wanted = { roleArn, sessionName: taskId, region };
      // A program that a profile names may hang.
      const assume = () => withDeadline(systemClock, CALL_MS, signal, () => assumeRole(wanted));
      return await limiter.run(assume, signal);
    } catch (error) {
      logger.warn('control: no credentials for the role of a task', { taskId, roleArn, error });
      return undefined;
    }
  };
  return (assigned) => {
    const { taskId } = assigned.assignment;
    const answer = asked.get(taskId) ?? ask(assigned).finally(() => asked.delete(taskId));
    asked.set(taskId, answer);
    return answer;
  };
}

/** Secrets of tasks: from Neargate's own services, or from those of the account. */
export function serviceSecrets(
  { secretsProfile: profile, secretsEndpoint: endpoint }: AccountSettings,
  access: ServiceAccess,
  timeoutMs: number,
): SecretSource {
  if (profile === undefined) return new ServiceSecretSource(access, timeoutMs);
  return new ServiceSecretSource(access, timeoutMs, {
    endpoint: (service, region) => new URL(endpoint?.url ?? `https://${service}.${region}.amazonaws.com`),
    credentials: async () => {
      const { profileKeys } = await import('../drivers/aws-account/profile-keys.ts');
      return profileKeys(profile);
    },
  });
}
