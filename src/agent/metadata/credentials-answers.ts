/** Credentials of the task's role, as AWS's SDKs ask a container's surroundings for them. */
import { timingSafeEqual } from 'node:crypto';
import { goJson, goTime } from '../../domain/metadata/go-json.ts';
import type { CredentialsRoute } from '../../domain/metadata/routes.ts';
import type { TaskCredentials } from '../../domain/task/assignment.ts';
import type { Answer } from './metadata-answers.ts';

const JSON_TYPE = 'application/json';

/** `known`: the id that the task's containers were told; undefined without a role. */
export async function credentialsAnswer(
  { version, id }: CredentialsRoute,
  roleArn: string,
  known: string | undefined,
  credentials: () => Promise<TaskCredentials>,
): Promise<Answer> {
  const failed = (status: number, code: string, words: string): Answer => {
    const message = `CredentialsV${version}Request: ${words}`;
    return answer(status, { code, message, HTTPErrorCode: status });
  };
  if (id === '') return failed(400, 'NoIdInRequest', 'No Credential ID in the request');
  if (known === undefined || !isSame(id, known)) {
    return failed(400, 'InvalidIdInRequest', 'Credentials not found');
  }
  try {
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = await credentials();
    return answer(200, {
      RoleArn: roleArn,
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: goTime(expiresAt - (expiresAt % 1000)),
    });
  } catch {
    return failed(503, 'CredentialsUninitialized', 'Credentials uninitialized for ID');
  }
}

function answer(status: number, body: object): Answer {
  return { status, contentType: JSON_TYPE, body: goJson(body) };
}

function isSame(one: string, other: string): boolean {
  const [given, expected] = [Buffer.from(one), Buffer.from(other)];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
