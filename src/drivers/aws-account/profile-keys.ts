/**
 * Keys of a profile of AWS's tools: from `~/.aws/credentials` and `~/.aws/config` of this machine, or where
 * AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE say. The files are read each time, so that new keys count at once.
 */
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { AppError } from '../../domain/errors.ts';

export interface AccessKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * What the profile stands for, roles and programs that it names included. Rejects with `failed-precondition` when it
 * is not there or gives no keys; nothing of the files is told.
 */
export async function profileKeys(profile: string): Promise<AccessKeys> {
  try {
    const keys = await fromIni({ profile, ignoreCache: true })();
    const { accessKeyId, secretAccessKey, sessionToken } = keys;
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  } catch (error) {
    // What the library says may quote the files, or what a program printed: it is the cause's alone.
    const words = `the profile ${profile} of the AWS configuration gives no keys`;
    throw new AppError('failed-precondition', words, { cause: nameOf(error) });
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
