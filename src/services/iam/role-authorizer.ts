/**
 * Decides by the policies of roles who may do what. The account's root may do everything; a session of a role what the
 * role's policies allow at this moment, nothing once the role is gone; anybody else nothing.
 */
import { parseArn } from '../../domain/arn.ts';
import { decide, type RolePolicies } from '../../domain/iam/decide.ts';
import { parsePolicy, type PolicyDocument } from '../../domain/iam/policy-document.ts';
import type { PolicyContext } from '../../domain/iam/policy-pattern.ts';
import { refusal } from '../../domain/iam/refusal-words.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Arrival, Authorizer, NeededPermission } from '../../wire/authorization.ts';
import { rootArn, type SessionLimits } from '../../wire/sigv4/credentials.ts';
import type { Caller } from '../../wire/sigv4/verify.ts';
import { requestKeys } from './request-keys.ts';
import type { Roles } from './roles.ts';

export interface RoleAuthorizerDeps {
  readonly roles: Pick<Roles, 'find' | 'policies'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** What is known of who asks, for all permissions of a request. */
interface Principal {
  readonly arn: string;
  readonly account: string;
  readonly policies: RolePolicies;
  readonly sessions: readonly PolicyDocument[];
  readonly context: PolicyContext;
}

/** What cannot be read allows nothing. */
const NOTHING: PolicyDocument = [];
const NO_POLICIES: RolePolicies = { identity: NOTHING };

export class RoleAuthorizer implements Authorizer {
  readonly #deps: RoleAuthorizerDeps;

  constructor(deps: RoleAuthorizerDeps) {
    this.#deps = deps;
  }

  mayDoEverything({ account, principalArn }: Caller): boolean {
    return principalArn === rootArn(account);
  }

  async check(caller: Caller, needed: readonly NeededPermission[], arrival: Arrival): Promise<void> {
    const principal = await this.#principal(caller, arrival);
    for (const permission of needed) {
      const { action, arn, shownAs = arn, context = {}, policy } = permission;
      const decision = decide(
        {
          principal: { type: 'AWS', id: principal.arn },
          action,
          resource: arn,
          context: { ...principal.context, ...context },
        },
        {
          ...principal.policies,
          sessions: principal.sessions,
          ...(policy !== undefined && { resource: parsePolicy(policy) ?? NOTHING }),
          isForeign: isForeign(arn, principal.account),
        },
      );
      if (!decision.allowed) {
        throw refusal({ principalArn: principal.arn, action, resource: shownAs }, decision);
      }
    }
  }

  async #principal({ principalArn, limits, ...scope }: Caller, arrival: Arrival): Promise<Principal> {
    const { account } = scope;
    const base = { arn: principalArn, account, sessions: sessionPolicies(limits) };
    const request = requestKeys(scope, arrival, this.#deps.clock.now());
    if (limits?.onlyActions !== undefined) {
      return { ...base, policies: { identity: only(limits.onlyActions) }, context: request };
    }
    const [, roleName = '', session = ''] =
      /^assumed-role\/([^/]+)\/([^/]+)$/.exec(parseArn(principalArn)?.resource ?? '') ?? [];
    const { roles } = this.#deps;
    const role = roleName === '' ? undefined : await roles.find(account, roleName);
    if (role === undefined) return { ...base, policies: NO_POLICIES, context: request };
    const context: PolicyContext = {
      ...request,
      ...Object.fromEntries(role.tags.map(({ key, value = '' }) => [`aws:PrincipalTag/${key ?? ''}`, value])),
      'aws:PrincipalArn': role.arn,
      'aws:PrincipalAccount': account,
      'aws:PrincipalType': 'AssumedRole',
      'aws:userid': `${role.roleId}:${session}`,
    };
    return { ...base, policies: await roles.policies(account, roleName), context };
  }
}

function sessionPolicies(limits: SessionLimits | undefined): PolicyDocument[] {
  return (limits?.sessionPolicies ?? []).map((policy) => parsePolicy(policy) ?? NOTHING);
}

function only(actions: readonly string[]): PolicyDocument {
  return [{ effect: 'Allow', actions: { except: false, patterns: actions }, conditions: [] }];
}

/** ARNs without an account (`*`, buckets) are nobody's in particular. */
function isForeign(arn: string, account: string): boolean {
  const owner = parseArn(arn)?.account ?? '';
  return owner !== '' && owner !== 'aws' && owner !== account;
}
