/**
 * Whether somebody may do something, by all policies that speak of it: those of who asks, its permissions boundary, those of
 * the session, and the one of the resource. Source: "Policy evaluation logic", IAM User Guide. What neither allows is refused,
 * a deny outweighs all.
 */
import { evaluatePolicy, type PolicyRequest } from './evaluate-policy.ts';
import type { PolicyStatement, PrincipalPattern } from './policy-document.ts';

/** What a role's own policies say. */
export interface RolePolicies {
  readonly identity: readonly PolicyStatement[];
  /** Its permissions boundary, which grants nothing: the role may do no more than that, whoever grants it. */
  readonly boundary?: readonly PolicyStatement[];
}

export interface DecidingPolicies extends RolePolicies {
  /** Each bounds the session to what it allows, too. */
  readonly sessions?: readonly (readonly PolicyStatement[])[];
  readonly resource?: readonly PolicyStatement[];
  /** The resource is not in the account of who asks: then its policy has to allow it as well. */
  readonly isForeign?: boolean;
}

export type PolicyKind = 'identity-based' | 'boundary' | 'session' | 'resource-based';

export type Decision =
  | { readonly allowed: true }
  /** `explicit`: a policy of that kind denies it; else none of that kind allows it. */
  | { readonly allowed: false; readonly explicit: boolean; readonly kind: PolicyKind };

const EVERYBODY: PrincipalPattern = { type: '*', id: '*' };
const ALLOWED: Decision = { allowed: true };

export function decide(
  request: PolicyRequest,
  { identity, boundary, sessions = [], resource = [], isForeign = false }: DecidingPolicies,
): Decision {
  const byIdentity = evaluatePolicy(identity, request);
  const byBoundary = boundary === undefined ? 'allow' : evaluatePolicy(boundary, request);
  const byResource = evaluatePolicy(resource, request);
  const bySessions = sessions.map((session) => evaluatePolicy(session, request));
  if (byIdentity === 'deny') return denied('identity-based');
  if (byResource === 'deny') return denied('resource-based');
  if (byBoundary === 'deny') return denied('boundary');
  if (bySessions.includes('deny')) return denied('session');
  if (isForeign && byResource !== 'allow') return missing('resource-based');
  const grants = (named: (pattern: PrincipalPattern) => boolean): boolean =>
    !isForeign && evaluatePolicy(allowedTo(resource, named), request) === 'allow';
  // What is granted to the session itself, nothing but a deny takes away.
  if (grants(({ id }) => id === request.principal?.id && isSession(id))) return ALLOWED;
  // A resource's policy that names the account lets its roles' policies decide: it grants nothing by itself.
  if (byIdentity !== 'allow' && !grants((pattern) => !isAccount(pattern))) return missing('identity-based');
  if (byBoundary !== 'allow') return missing('boundary');
  return bySessions.every((verdict) => verdict === 'allow') ? ALLOWED : missing('session');
}

/** What a resource's policy allows to these of those that it names. */
function allowedTo(
  resource: readonly PolicyStatement[],
  isWanted: (pattern: PrincipalPattern) => boolean,
): readonly PolicyStatement[] {
  return resource.map((statement) => {
    const { effect, principals } = statement;
    if (effect === 'Deny') return statement;
    const isForMost = principals === undefined || principals.except;
    if (isForMost && isWanted(EVERYBODY)) return statement;
    const named = isForMost ? [] : principals.principals.filter(isWanted);
    return { ...statement, principals: { except: false, principals: named } };
  });
}

function isSession(arn: string): boolean {
  return /^arn:aws[a-z-]*:sts::\d{12}:assumed-role\//.test(arn);
}

function isAccount({ type, id }: PrincipalPattern): boolean {
  return type === 'AWS' && /^(?:arn:aws[a-z-]*:iam::)?\d{12}(?::root)?$/.test(id);
}

function denied(kind: PolicyKind): Decision {
  return { allowed: false, explicit: true, kind };
}

function missing(kind: PolicyKind): Decision {
  return { allowed: false, explicit: false, kind };
}
