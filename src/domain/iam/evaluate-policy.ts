/** Whether policies allow what somebody asks for. */
import { holds } from './policy-condition.ts';
import type { Choice, PolicyStatement, PrincipalChoice, PrincipalPattern } from './policy-document.ts';
import { matchesPattern, type PolicyContext } from './policy-pattern.ts';

export interface PolicyRequest {
  /** Absent: somebody without credentials. */
  readonly principal?: RequestPrincipal;
  /** E.g. `elasticfilesystem:ClientMount`. */
  readonly action: string;
  readonly resource: string;
  readonly context: PolicyContext;
}

/** `type` as in a policy; `id` is an ARN for `AWS`: of a role, of a session of a role, of a user. */
export interface RequestPrincipal {
  readonly type: 'AWS' | 'Service' | 'Federated';
  readonly id: string;
}

/** `none`: no statement speaks of it, so it is not allowed, unless another policy does. */
export type PolicyVerdict = 'allow' | 'deny' | 'none';

/** Statements may come from several policies; their order is of no account. A deny outweighs every allow. */
export function evaluatePolicy(
  statements: readonly PolicyStatement[],
  request: PolicyRequest,
): PolicyVerdict {
  const effects = statements.filter((statement) => applies(statement, request)).map(({ effect }) => effect);
  if (effects.includes('Deny')) return 'deny';
  return effects.includes('Allow') ? 'allow' : 'none';
}

function applies(statement: PolicyStatement, request: PolicyRequest): boolean {
  const { principals, resources, conditions } = statement;
  return (
    (principals === undefined || namesPrincipal(principals, request.principal)) &&
    speaksOf(statement, request.action) &&
    (resources === undefined ||
      isChosen(resources, (pattern) => matchesPattern(pattern, request.resource, request.context))) &&
    conditions.every((condition) => holds(condition, request.context))
  );
}

/** Whether a statement is about an action at all. */
export function speaksOf({ actions }: PolicyStatement, action: string): boolean {
  const wanted = action.toLowerCase();
  return isChosen(actions, (pattern) => matchesPattern(pattern.toLowerCase(), wanted));
}

function isChosen({ except, patterns }: Choice, matches: (pattern: string) => boolean): boolean {
  return patterns.some(matches) !== except;
}

function namesPrincipal({ except, principals }: PrincipalChoice, asks?: RequestPrincipal): boolean {
  return principals.some((pattern) => isPrincipal(pattern, asks)) !== except;
}

function isPrincipal({ type, id }: PrincipalPattern, asks?: RequestPrincipal): boolean {
  if (type === '*') return true;
  if (asks === undefined || asks.type !== type) return false;
  return id === asks.id || (type === 'AWS' && (isAccountOf(id, asks.id) || isRoleOf(id, asks.id)));
}

/** An account's number, or its root, stands for everybody in it. */
function isAccountOf(id: string, arn: string): boolean {
  const account = /^(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?$/.exec(id)?.[1];
  return account !== undefined && account === arn.split(':')[4];
}

/** Who took on a role is that role too. The ARN of a session does not have the role's path. */
function isRoleOf(id: string, arn: string): boolean {
  const role = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:.+\/)?([^/]+)$/.exec(id);
  const session = /^arn:aws[a-z-]*:sts::(\d{12}):assumed-role\/([^/]+)\/[^/]+$/.exec(arn);
  return role !== null && session !== null && role[1] === session[1] && role[2] === session[2];
}
