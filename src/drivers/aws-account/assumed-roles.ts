/** Credentials of roles of an AWS account: STS is asked with the keys of a profile. */
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { AppError } from '../../domain/errors.ts';
import type { TaskCredentials } from '../../domain/task/assignment.ts';
import { profileKeys } from './profile-keys.ts';

export interface AssumedRolesOptions {
  readonly profile: string;
  /** Default: STS of the region. */
  readonly endpoint?: string;
}

export interface WantedRole {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly region: string;
}

/** An hour is what every role allows, also to a role that assumes it. */
const SECONDS = 3600;
const ATTEMPTS = 3;
const TIMEOUTS = { connectionTimeout: 5000, requestTimeout: 10_000 } as const;

export class AssumedRoles {
  readonly #options: AssumedRolesOptions;

  constructor(options: AssumedRolesOptions) {
    this.#options = options;
  }

  /**
   * New credentials. Rejects with `failed-precondition` when the profile gives no keys or STS refuses
   * (`details.awsCode`), with `unavailable` when it does not answer. No error holds a key.
   */
  async credentials({ roleArn, sessionName, region }: WantedRole): Promise<TaskCredentials> {
    const { profile, endpoint } = this.#options;
    // Before anything is asked of STS: a profile without keys is no matter of the network.
    const credentials = await profileKeys(profile);
    const client = new STSClient({
      region,
      credentials,
      maxAttempts: ATTEMPTS,
      requestHandler: TIMEOUTS,
      ...(endpoint !== undefined && { endpoint }),
    });
    try {
      const command = new AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: sessionName,
        DurationSeconds: SECONDS,
      });
      const { Credentials: made } = await client.send(command);
      if (made?.AccessKeyId === undefined || made.SecretAccessKey === undefined) throw new Error('no keys');
      return {
        accessKeyId: made.AccessKeyId,
        secretAccessKey: made.SecretAccessKey,
        sessionToken: made.SessionToken ?? '',
        expiresAt: made.Expiration?.getTime() ?? 0,
      };
    } catch (error) {
      throw failure(error, roleArn);
    } finally {
      client.destroy();
    }
  }
}

function failure(error: unknown, roleArn: string): AppError {
  const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (status === undefined || status >= 500) {
    return new AppError('unavailable', `STS did not give credentials of ${roleArn}: ${message}`);
  }
  return new AppError('failed-precondition', message, { details: { awsCode: name, status } });
}
