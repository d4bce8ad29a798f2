/**
 * Keys from a shared credentials file of AWS's tools: its profile `default`. The file must be open to its owner only.
 * It is read for every request, so that an edit counts at once.
 */
import { AppError } from '../../domain/errors.ts';
import { readPrivateFile } from '../../linux/private-file.ts';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const MAX_BYTES = 2 ** 20;
const PROFILE = 'default';

/** Throws `failed-precondition` when the file is not there, open to others, or has no keys. Nothing of it is told. */
export async function readCredentialsFile(path: string): Promise<S3Credentials> {
  const text = await readPrivateFile(path, MAX_BYTES).catch((error: unknown) => {
    if (!(error instanceof AppError) || error.kind !== 'not-found') throw error;
    throw new AppError('failed-precondition', `the credentials file ${path} is not there`, { cause: error });
  });
  const members = profileMembers(text);
  const accessKeyId = members.get('aws_access_key_id');
  const secretAccessKey = members.get('aws_secret_access_key');
  const sessionToken = members.get('aws_session_token');
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new AppError('failed-precondition', `the profile ${PROFILE} in ${path} has no access key`);
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

function profileMembers(text: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  let isInProfile = false;
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[\s*(.*?)\s*\]/.exec(line)?.[1];
    if (section !== undefined) isInProfile = section === PROFILE;
    const [, name, value] = /^\s*([^#;=\s][^=\s]*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (isInProfile && section === undefined && name !== undefined && value !== undefined && value !== '') {
      members.set(name.toLowerCase(), value);
    }
  }
  return members;
}
