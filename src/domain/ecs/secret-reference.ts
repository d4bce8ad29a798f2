/**
 * What a `valueFrom` names: a secret of Secrets Manager, whole or one key of its JSON, in a version or stage, or a
 * parameter of SSM, by ARN or by name. Pure; the words of errors are the ECS agent's.
 */
import { AppError } from '../errors.ts';

export interface SecretReference {
  readonly service: 'secretsmanager' | 'ssm';
  /** The ARN without what stands behind the secret's name, or a parameter's ARN or name. */
  readonly id: string;
  readonly region: string;
  readonly jsonKey?: string;
  readonly versionStage?: string;
  readonly versionId?: string;
}

const ARN = /^arn:aws[a-z-]*:(secretsmanager|ssm):([a-z0-9-]*):(\d*):(.+)$/;
/** `secret:NAME`, or with all three of key, stage and version, each of which may be blank. */
const PLAIN_SECRET = /^secret:[^:]+$/;
const FULL_SECRET = /^(secret:[^:]+):([^:]*):([^:]*):([^:]*)$/;

/** `region`: the task's own, for bare names. Throws `invalid`. */
export function parseSecretReference(valueFrom: string, region: string): SecretReference {
  const [, service, named = '', account = '', resource = ''] = ARN.exec(valueFrom) ?? [];
  const place = named === '' ? region : named;
  if (service === undefined) {
    if (valueFrom.startsWith('arn:') || valueFrom === '') throw notAnArn(valueFrom);
    return { service: 'ssm', id: valueFrom, region };
  }
  if (service === 'ssm') {
    if (!resource.startsWith('parameter')) throw notAnArn(valueFrom);
    return { service, id: valueFrom, region: place };
  }
  if (account !== '' && PLAIN_SECRET.test(resource)) {
    return { service: 'secretsmanager', id: valueFrom, region: place };
  }
  const [, secret, jsonKey = '', versionStage = '', versionId = ''] = FULL_SECRET.exec(resource) ?? [];
  if (secret === undefined) throw notAnArn(valueFrom);
  return {
    service: 'secretsmanager',
    id: valueFrom.slice(0, valueFrom.length - resource.length) + secret,
    region: place,
    ...(jsonKey !== '' && { jsonKey }),
    ...(versionStage !== '' && { versionStage }),
    ...(versionId !== '' && { versionId }),
  };
}

/** The value itself: the whole text, or one key of a JSON object, other values than text as JSON. Throws `invalid`. */
export function secretText(text: string, jsonKey: string | undefined): string {
  if (jsonKey === undefined) return text;
  const object = parseObject(text);
  if (!Object.hasOwn(object, jsonKey)) {
    throw new AppError(
      'invalid',
      `retrieved secret from Secrets Manager did not contain json key ${jsonKey}`,
    );
  }
  const value = object[jsonKey];
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** User and password of a private registry, from its secret's text; member names in any case. Throws `invalid`. */
export function registryAuth(text: string): { username: string; password: string } {
  const members = new Map(
    Object.entries(parseObject(text)).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const username = members.get('username');
  const password = members.get('password');
  if (typeof username !== 'string' || username === '' || typeof password !== 'string' || password === '') {
    throw new AppError('invalid', 'the registry secret needs a JSON object with username and password');
  }
  return { username, password };
}

/** Says what Go's decoder would say of the first character, never what the text is. */
function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // The parser's own message would show a piece of the secret.
  }
  throw new AppError(
    'invalid',
    'the secret is not a JSON object: invalid character looking for beginning of value',
  );
}

function notAnArn(valueFrom: string): AppError {
  return new AppError(
    'invalid',
    `trying to retrieve secret with value ${valueFrom} resulted in error: an invalid ARN format for the AWS Secrets Manager secret was specified. Specify a valid ARN and try again.`,
  );
}
