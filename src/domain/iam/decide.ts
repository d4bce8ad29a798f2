/**
 * Whether somebody may do something, by all policies that speak of it: those of who asks, those of the session, and the one
 * of the resource. Source: "Policy evaluation logic", IAM User Guide. What neither allows is refused, a deny outweighs all.
 */
import { evaluatePolicy, type PolicyRequest } from './evaluate-policy.ts';
import type { PolicyStatement, PrincipalPattern } from './policy-document.ts';

export interface DecidingPolicies {
  /** Of the role. */
  readonly identity: readonly PolicyStatement[];
  /** Each bounds the session to what it allows, too. */
  readonly sessions?: readonly (readonly PolicyStatement[])[];
  readonly resource?: readonly PolicyStatement[];
  /** The resource is not in the account of who asks: then its policy has to allow it as well. */
  readonly isForeign?: boolean;
}

export type PolicyKind = 'identity-based' | 'session' | 'resource-based';

export type Decision =
  | { readonly allowed: true }
  /** `explicit`: a policy of that kind denies it; else none of that kind allows it. */
  | { readonly allowed: false; readonly explicit: boolean; readonly kind: PolicyKind };

const ALLOWED: Decision = { allowed: true };

export function decide(
  request: PolicyRequest,
  { identity, sessions = [], resource = [], isForeign = false }: DecidingPolicies,
): Decision {
  const byIdentity = evaluatePolicy(identity, request);
  const byResource = evaluatePolicy(resource, request);
  const bySessions = sessions.map((session) => evaluatePolicy(session, request));
  if (byIdentity === 'deny') return denied('identity-based');
  if (byResource === 'deny') return denied('resource-based');
  if (bySessions.includes('deny')) return denied('session');
  if (isForeign && byResource !== 'allow') return missing('resource-based');
  const isGranted =
    byIdentity === 'allow' || (!isForeign && evaluatePolicy(grantsOf(resource), request) === 'allow');
  if (!isGranted) return missing('identity-based');
  return bySessions.every((verdict) => verdict === 'allow') ? ALLOWED : missing('session');
}

/** A resource's policy that names the account lets its roles' policies decide: it grants nothing by itself. */
function grantsOf(resource: readonly PolicyStatement[]): readonly PolicyStatement[] {
  return resource.map((statement) => {
    const { effect, principals } = statement;
    if (effect === 'Deny' || principals === undefined || principals.except) return statement;
    const named = principals.principals.filter((pattern) => !isAccount(pattern));
    return { ...statement, principals: { except: false, principals: named } };
  });
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
