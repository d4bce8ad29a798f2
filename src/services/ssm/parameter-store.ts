/** Finds parameters by what callers name them by: a name or an ARN, perhaps with a version. */
import { type Arn, parameterArn, parseArn, type Scope } from '../../domain/arn.ts';
import { ApiError, hasKind } from '../../domain/errors.ts';
import { keys } from '../../domain/keys.ts';
import type { ParameterRecord } from '../../domain/ssm/records.ts';
import type { Parameter } from '@aws-sdk/client-ssm';
import type { RequestContext } from '../../wire/service.ts';
import type { SealedValues } from '../sealed-values.ts';
import { isParameterName } from './constraints.ts';
import type { SsmDeps } from './deps.ts';
import { findVersion } from './parameter-versions.ts';

const WITH_SELECTOR = /^(.*):([^:/]+)$/;

export interface FoundParameter {
  readonly record: ParameterRecord;
  /** `:3` of `name:3`, `:label` of `name:label`. */
  readonly selector?: string;
}

/** Undefined where there is none. Throws ParameterVersionNotFound, AccessDeniedException. */
export async function findParameter(
  { store }: Pick<SsmDeps, 'store'>,
  asked: string,
  context: RequestContext,
  operation: string,
): Promise<FoundParameter | undefined> {
  const arn = parseArn(asked);
  if (arn !== undefined) checkAccount(arn, asked, context, operation);
  const path = arn === undefined ? asked : pathOf(arn, context.scope);
  if (path === undefined) return undefined;
  const [, name = path, selector] = WITH_SELECTOR.exec(path) ?? [];
  const names = arn === undefined ? [name] : [`/${name}`, name];
  for (const each of names.filter(isParameterName)) {
    const found = await store.get<ParameterRecord>(keys.parameter(context.scope, each));
    if (found === undefined) continue;
    const record = found.value;
    if (selector === undefined) return { record };
    const version = await findVersion(store, context.scope, record, selector);
    if (version !== undefined) return { record: version, selector: `:${selector}` };
    throw versionNotFound(each, selector);
  }
  return undefined;
}

export function versionNotFound(name: string, version: string | number): ApiError {
  return new ApiError(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
  );
}

/** With its value; that of a SecureString as it is kept unless it is to be decrypted. */
export function parameterView(
  { sealed }: Pick<SsmDeps, 'sealed'>,
  { record, selector }: FoundParameter,
  scope: Scope,
  isDecrypted: boolean,
): Parameter {
  const { name, type, version } = record;
  return {
    Name: name,
    Type: type,
    Value: shownValue(sealed, record, scope, isDecrypted),
    Version: version,
    LastModifiedDate: new Date(record.modifiedAt),
    ARN: parameterArn(scope, name),
    DataType: record.dataType,
    ...(selector !== undefined && { Selector: selector }),
  };
}

/** That of a SecureString as it is kept, unless it is to be decrypted. Throws as `openedValue`. */
export function shownValue(
  values: SealedValues,
  record: ParameterRecord,
  scope: Scope,
  isDecrypted: boolean,
): string {
  const isShown = record.type !== 'SecureString' || isDecrypted;
  return isShown ? openedValue(values, record, scope) : record.sealed;
}

/** Throws InvalidKeyId without the key that it was sealed under. */
function openedValue(values: SealedValues, { name, sealed }: ParameterRecord, scope: Scope): string {
  try {
    return values.open(sealed, keys.parameter(scope, name));
  } catch (error) {
    if (!hasKind(error, 'failed-precondition')) throw error;
    throw new ApiError('InvalidKeyId', `The parameter cannot be decrypted: ${error.message}.`);
  }
}

function pathOf({ service, region, resource }: Arn, scope: Scope): string | undefined {
  const isOurs = service === 'ssm' && region === scope.region && resource.startsWith('parameter/');
  return isOurs ? resource.slice('parameter/'.length) : undefined;
}

function checkAccount(
  { account }: Arn,
  asked: string,
  { scope, principalArn }: RequestContext,
  operation: string,
): void {
  if (account === scope.account) return;
  throw new ApiError(
    'AccessDeniedException',
    `User: ${principalArn} is not authorized to perform: ssm:${operation} on resource: ${asked} because no resource-based policy allows the ssm:${operation} action`,
  );
}
