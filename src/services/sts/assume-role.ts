import { AssumeRole$, type AssumeRoleRequest, type AssumeRoleResponse } from '@aws-sdk/client-sts';
import { parseArn } from '../../domain/arn.ts';
import { ApiError } from '../../domain/errors.ts';
import { operation, type RequestContext } from '../../wire/service.ts';
import { assumedRoleArn } from '../../wire/sigv4/session-token.ts';
import { roleId } from './principal-ids.ts';
import type { StsDeps } from './service.ts';

const DEFAULT_SECONDS = 3600;
const SECONDS = { least: 900, most: 43_200 };
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const ROLE = /^role\/(?:[\u0021-\u007e]+\/)?([\w+=,.@-]{1,64})$/;

/** AssumeRole: every role of the caller's own account may be assumed; there are no trust policies here. */
export function assumeRoleOperation({ clock, sessions }: StsDeps) {
  return operation(
    AssumeRole$,
    async (
      { RoleArn = '', RoleSessionName = '', DurationSeconds = DEFAULT_SECONDS }: AssumeRoleRequest,
      { scope, principalArn }: RequestContext,
    ): Promise<Omit<AssumeRoleResponse, '$metadata'>> => {
      const role = parseArn(RoleArn);
      const [, roleName] = ROLE.exec(role?.resource ?? '') ?? [];
      if (role?.service !== 'iam' || roleName === undefined) throw invalid(`${RoleArn} is invalid`);
      if (!SESSION_NAME.test(RoleSessionName)) {
        throw unsatisfied(
          RoleSessionName,
          'roleSessionName',
          'Member must satisfy regular expression pattern: [\\w+=,.@-]*',
        );
      }
      if (DurationSeconds < SECONDS.least) {
        const words = `Member must have value greater than or equal to ${SECONDS.least}`;
        throw unsatisfied(String(DurationSeconds), 'durationSeconds', words);
      }
      if (DurationSeconds > SECONDS.most) {
        const words = `Member must have value less than or equal to ${SECONDS.most}`;
        throw unsatisfied(String(DurationSeconds), 'durationSeconds', words);
      }
      if (role.account !== scope.account) {
        const words = `User: ${principalArn} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`;
        throw new ApiError('AccessDenied', words);
      }
      const arn = assumedRoleArn(RoleArn, RoleSessionName);
      const minted = sessions.mint({
        account: scope.account,
        principalArn: arn,
        expiresAtMs: clock.now() + DurationSeconds * 1000,
      });
      return {
        Credentials: {
          AccessKeyId: minted.accessKeyId,
          SecretAccessKey: minted.secretAccessKey,
          SessionToken: minted.sessionToken,
          Expiration: new Date(minted.expiresAt),
        },
        AssumedRoleUser: {
          AssumedRoleId: `${roleId(scope.account, roleName)}:${RoleSessionName}`,
          Arn: arn,
        },
      };
    },
  );
}

function unsatisfied(value: string, member: string, words: string): ApiError {
  return invalid(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${words}`,
  );
}

function invalid(message: string): ApiError {
  return new ApiError('ValidationError', message);
}
