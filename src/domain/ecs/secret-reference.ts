/**
 * What `valueFrom` and `credentialsParameter` name: a secret of Secrets Manager, perhaps one member of its JSON and one
 * version, or a parameter of the SSM Parameter Store. Also which text of a secret a container gets. Messages are those
 * of AWS's agent; none holds any part of a secret's value.
 */
import { parseArn } from '../arn.ts';
import { AppError } from '../errors.ts';
import { type JsonValue, goText } from './go-text.ts';

/** A version of a secret: `versionStage` AWSCURRENT unless something else is said. */
export interface ManagedSecret {
  readonly service: 'secretsmanager';
  readonly region: string;
  /** ARN or name, without what may follow the name in `valueFrom`. */
  readonly secretId: string;
  readonly versionStage?: string;
  readonly versionId?: string;
  /** The member of the secret's JSON object that is wanted; absent: all of its text. */
  readonly jsonKey?: string;
}

export interface Parameter {
  readonly service: 'ssm';
  readonly region: string;
  /** ARN or name, as GetParameters takes it. */
  readonly name: string;
}

export type SecretReference = ManagedSecret | Parameter;

/** `secret:NAME` */
const WHOLE_SECRET = 2;
/** `secret:NAME:json-key:version-stage:version-id` */
const PART_OF_SECRET = 5;
const ARN_PREFIX_FIELDS = 5;

/** What `valueFrom` names; `region` is the task's. Throws `invalid` in AWS's words. */
export function parseSecretReference(valueFrom: string, region: string): SecretReference {
  if (!valueFrom.startsWith('arn:')) return { service: 'ssm', region, name: valueFrom };
  const arn = parseArn(valueFrom);
  if (arn === undefined || arn.region === '') throw invalidArn(valueFrom, 'AWS Secrets Manager secret');
  if (arn.service === 'ssm') {
    if (!/^parameter\/./.test(arn.resource)) {
      throw invalidArn(valueFrom, 'AWS Systems Manager Parameter Store parameter');
    }
    return { service: 'ssm', region: arn.region, name: valueFrom };
  }
  const fields = arn.resource.split(':');
  const [kind, name = '', jsonKey = '', versionStage = '', versionId = ''] = fields;
  const hasForm = fields.length === WHOLE_SECRET || fields.length === PART_OF_SECRET;
  if (arn.service !== 'secretsmanager' || kind !== 'secret' || name === '' || !hasForm) {
    throw invalidArn(valueFrom, 'AWS Secrets Manager secret');
  }
  return {
    service: 'secretsmanager',
    region: arn.region,
    secretId: valueFrom
      .split(':')
      .slice(0, ARN_PREFIX_FIELDS + WHOLE_SECRET)
      .join(':'),
    ...(jsonKey !== '' && { jsonKey }),
    ...(versionStage !== '' && { versionStage }),
    ...(versionId !== '' && { versionId }),
  };
}

/** What `credentialsParameter` names: always a whole secret, here also by its name. Throws `invalid` in AWS's words. */
export function parseCredentialsParameter(parameter: string, region: string): ManagedSecret {
  if (!parameter.startsWith('arn:')) return { service: 'secretsmanager', region, secretId: parameter };
  const reference = parseSecretReference(parameter, region);
  if (reference.service === 'ssm') throw invalidArn(parameter, 'AWS Secrets Manager secret');
  return reference;
}

/** The text that a container gets of a secret's or a parameter's text. Throws `invalid` in AWS's words. */
export function secretText(reference: SecretReference, raw: string): string {
  if (reference.service === 'ssm' || reference.jsonKey === undefined) return raw;
  const members = parseObject(raw);
  const { jsonKey } = reference;
  if (!Object.hasOwn(members, jsonKey)) {
    throw new AppError(
      'invalid',
      `retrieved secret from Secrets Manager did not contain json key ${jsonKey}`,
      {
        details: { secretId: reference.secretId },
      },
    );
  }
  return goText(members[jsonKey] ?? null);
}

export interface RegistryAuth {
  readonly username: string;
  readonly password: string;
}

/** Name and password of a private registry from a secret's text; members by name in any case. Throws `invalid`. */
export function registryAuthOf(raw: string): RegistryAuth {
  if (raw === '') throw malformed('asm fetching authorization data: empty secrets value');
  let members: Readonly<Record<string, JsonValue>>;
  try {
    members = parseObject(raw);
  } catch {
    throw malformed(INVALID_SCHEMA);
  }
  const [username, password] = ['username', 'password'].map((name) => {
    const value = memberOf(members, name) ?? '';
    if (typeof value !== 'string') throw malformed(INVALID_SCHEMA);
    if (value === '') throw malformed(`asm fetching ${name}: AuthorizationData is malformed, empty field`);
    return value;
  });
  return { username: username ?? '', password: password ?? '' };
}

const INVALID_SCHEMA = 'asm fetching authorization data: unable to unmarshal secret value, invalid schema';

/** By its exact name, else the last one that differs in case only. */
function memberOf(members: Readonly<Record<string, JsonValue>>, name: string): JsonValue | undefined {
  if (Object.hasOwn(members, name)) return members[name];
  const found = Object.keys(members).findLast((key) => key.toLowerCase() === name);
  return found === undefined ? undefined : members[found];
}

/** Errors of JSON.parse quote what they were given: they go no further than this. `null` is an object without members. */
function parseObject(raw: string): Readonly<Record<string, JsonValue>> {
  let value: JsonValue;
  try {
    value = JSON.parse(raw) as JsonValue;
  } catch {
    throw malformed(
      raw.trim() === ''
        ? 'unexpected end of JSON input'
        : 'invalid character in the secret, which is not JSON',
    );
  }
  if (value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value;
  const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  throw malformed(`json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`);
}

function invalidArn(valueFrom: string, what: string): AppError {
  return new AppError(
    'invalid',
    `trying to retrieve secret with value ${valueFrom} resulted in error: an invalid ARN format for the ${what} was specified. Specify a valid ARN and try again.`,
  );
}

function malformed(message: string): AppError {
  return new AppError('invalid', message);
}
