/** Constraints of the API on single members, in AWS's words. None shows any part of a value. */
import { checkTags } from '../../domain/ecs/tags.ts';
import type { Tag } from '../../domain/ecs/task-definition.ts';
import { ApiError } from '../../domain/errors.ts';
import type { Tag as WireTag } from '@aws-sdk/client-secrets-manager';

const NAME = /^[A-Za-z0-9/_+=.@!-]{1,512}$/;
const LONGEST_VALUE = 65_536;
const LONGEST_DESCRIPTION = 2048;
const MOST_STAGES = 20;

export function invalidParameter(message: string): ApiError {
  return new ApiError('InvalidParameterException', message);
}

export const isSecretName = (name: string): boolean => NAME.test(name);

export function checkSecretName(name: string | undefined): string {
  if (name !== undefined && isSecretName(name)) return name;
  throw new ApiError(
    'ValidationException',
    'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
  );
}

export function checkDescription(description: string | undefined): void {
  if ((description ?? '').length <= LONGEST_DESCRIPTION) return;
  throw invalidParameter(`The description is longer than ${LONGEST_DESCRIPTION} characters.`);
}

/** Ids of versions are given by callers. */
export function checkRequestToken(token: string | undefined): void {
  if (token === undefined || (token.length >= 32 && token.length <= 64 && /^[\x21-\x7e]+$/.test(token)))
    return;
  throw invalidParameter('ClientRequestToken must be 32-64 characters long.');
}

export function checkStages(stages: readonly string[] | undefined): void {
  if (stages === undefined) return;
  const hasForm = stages.every((stage) => stage.length >= 1 && stage.length <= 256);
  if (hasForm && stages.length >= 1 && stages.length <= MOST_STAGES) return;
  throw invalidParameter(
    `VersionStages must have between 1 and ${MOST_STAGES} labels of 1 to 256 characters.`,
  );
}

export interface GivenValue {
  /** The text, or the bytes in base64. */
  readonly text: string;
  readonly isBinary: boolean;
}

/** The value that a request brings; undefined where it brings none. */
export function givenValue(input: {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}): GivenValue | undefined {
  const { SecretString: string, SecretBinary: binary } = input;
  if (string !== undefined && binary !== undefined) {
    throw invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (string === undefined && binary === undefined) return undefined;
  const bytes = string === undefined ? Buffer.from(binary ?? []) : Buffer.from(string, 'utf8');
  if (bytes.byteLength < 1 || bytes.byteLength > LONGEST_VALUE) {
    throw invalidParameter(`The secret value must have between 1 and ${LONGEST_VALUE} bytes.`);
  }
  return { text: string ?? bytes.toString('base64'), isBinary: string === undefined };
}

export function givenTags(tags: readonly WireTag[] | undefined): Tag[] {
  const own = tags?.map(({ Key, Value }) => ({ key: Key ?? '', value: Value ?? '' }));
  return checkTags(own, 'InvalidParameterException');
}
