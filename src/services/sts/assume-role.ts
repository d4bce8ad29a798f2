import { AssumeRole$, type AssumeRoleRequest, type AssumeRoleResponse } from '@aws-sdk/client-sts';
import { parseArn } from '../../domain/arn.ts';
import { checkLength, checkRange, constraintError } from '../../domain/ecs/constraints.ts';
import { ApiError } from '../../domain/errors.ts';
import { type IamName, parseRoleArn } from '../../domain/iam/names.ts';
import type { RoleRecord } from '../../domain/iam/records.ts';
import { operation, type RequestContext } from '../../wire/service.ts';
import { assumedRoleArn, LONGEST_TOKEN } from '../../wire/sigv4/session-token.ts';
import { roleId } from './principal-ids.ts';
import type { StsDeps } from './service.ts';
import { sessionPolicy } from './session-policy.ts';
import { trusts } from './trust.ts';

const DEFAULT_SECONDS = 3600;
const SECONDS = { min: 900, max: 43_200 };
/** Of a session that a session of another role asks for. */
const MOST_CHAINED_SECONDS = 3600;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;

/**
 * AssumeRole: whom the role's trust policy lets. That the caller's own policies let it too has been looked at before.
 * Where roles need not exist everybody may assume every one of the account.
 */
export function assumeRoleOperation(deps: StsDeps) {
  const { clock, sessions } = deps;
  return operation(
    AssumeRole$,
    async (
      input: AssumeRoleRequest,
      context: RequestContext,
    ): Promise<Omit<AssumeRoleResponse, '$metadata'>> => {
      const { RoleArn: roleArn = '', RoleSessionName: sessionName = '' } = input;
      const { DurationSeconds: seconds = DEFAULT_SECONDS } = input;
      const { account, name } = checkInput(input);
      const role = await assumable(deps, input, context);
      checkDuration(seconds, role, context);
      const policy = await sessionPolicy(deps.policies, input, account);
      const arn = assumedRoleArn(roleArn, sessionName);
      const minted = sessions.mint({
        account,
        principalArn: arn,
        ...(policy !== undefined && { sessionPolicies: [policy] }),
        expiresAtMs: clock.now() + seconds * 1000,
      });
      if (minted.sessionToken.length > LONGEST_TOKEN) {
        throw new ApiError('PackedPolicyTooLargeException', 'Serialized token too large for session');
      }
      return {
        Credentials: {
          AccessKeyId: minted.accessKeyId,
          SecretAccessKey: minted.secretAccessKey,
          SessionToken: minted.sessionToken,
          Expiration: new Date(minted.expiresAt),
        },
        AssumedRoleUser: {
          AssumedRoleId: `${roleId(account, name, role)}:${sessionName}`,
          Arn: arn,
        },
        ...(policy !== undefined && {
          PackedPolicySize: Math.ceil((100 * minted.sessionToken.length) / LONGEST_TOKEN),
        }),
      };
    },
  );
}

function checkInput({
  RoleArn = '',
  RoleSessionName,
  DurationSeconds,
  ExternalId,
}: AssumeRoleRequest): IamName {
  const name = parseRoleArn(RoleArn);
  if (name === undefined) throw invalid(`${RoleArn} is invalid`);
  checkPattern('roleSessionName', RoleSessionName, SESSION_NAME, '[\\w+=,.@-]*');
  checkPattern('externalId', ExternalId, EXTERNAL_ID, '[\\w+=,.@:\\/-]*');
  checkRange('ValidationError', 'durationSeconds', DurationSeconds, SECONDS);
  return name;
}

function checkPattern(member: string, value: string | undefined, form: RegExp, pattern: string): void {
  if (value === undefined || form.test(value)) return;
  checkLength('ValidationError', member, value, member === 'externalId' ? 1224 : 64);
  const words = `Member must satisfy regular expression pattern: ${pattern}`;
  throw constraintError('ValidationError', member, value, words);
}

/** The role's record; none where roles need not exist. Throws AccessDenied in the same words for a role that is not there. */
async function assumable(
  deps: StsDeps,
  input: AssumeRoleRequest,
  context: RequestContext,
): Promise<RoleRecord | undefined> {
  const { RoleArn: roleArn = '' } = input;
  const { account = '', name = '' } = parseRoleArn(roleArn) ?? {};
  const found = await deps.roles.find(account, name);
  const role = found?.arn === roleArn ? found : undefined;
  const isLet = deps.enforces
    ? role !== undefined && (await trusts(deps, role, input, context))
    : account === context.scope.account;
  if (isLet) return role;
  const { principalArn } = context;
  throw new ApiError(
    'AccessDenied',
    `User: ${principalArn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
  );
}

function checkDuration(
  seconds: number,
  role: RoleRecord | undefined,
  { principalArn }: RequestContext,
): void {
  const isChained = parseArn(principalArn)?.resource.startsWith('assumed-role/') === true;
  if (isChained && seconds > MOST_CHAINED_SECONDS) {
    throw invalid(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  }
  if (role !== undefined && seconds > role.maxSessionSeconds) {
    throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
}

function invalid(message: string): ApiError {
  return new ApiError('ValidationError', message);
}
