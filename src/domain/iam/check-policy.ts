/**
 * What IAM finds wrong with a policy document that it is given, in its own words. Of identities: who may do what. Of
 * trust: who may assume a role. What passes can be evaluated.
 */
import { parsePolicy } from './policy-document.ts';

/** `trust`: the policy of a role that says who may assume it. */
export type PolicyUse = 'identity' | 'trust';

type Members = Readonly<Record<string, unknown>>;

/** Looks at one statement of a document. */
type Check = (statement: Members) => string | undefined;

const SYNTAX = 'Syntax errors in policy.';
const NO_VENDOR = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.';
const SID_FORM =
  'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*';
const SAME_SID = 'Statement IDs (SID) in a single policy must be unique.';
const TRUST_ACTIONS = /^(\*|sts:(\*|AssumeRole|AssumeRoleWith\w+|TagSession|SetSourceIdentity|SetContext))$/i;

/** Undefined when nothing is wrong. */
export function policyFault(text: string, use: PolicyUse): string | undefined {
  const document = parseObject(text);
  if (document === undefined) return use === 'trust' ? 'This policy contains invalid Json' : SYNTAX;
  if (use === 'identity' && document['Version'] !== '2012-10-17') {
    return 'Policy document must be version 2012-10-17 or greater.';
  }
  const statements = listOf(document['Statement']);
  if (statements.length === 0 || !statements.every(isMembers)) return SYNTAX;
  const checks = use === 'trust' ? TRUST_CHECKS : IDENTITY_CHECKS;
  for (const check of checks) {
    for (const statement of statements) {
      const fault = check(statement);
      if (fault !== undefined) return fault;
    }
  }
  const sids = statements.map(({ Sid }) => Sid).filter((sid) => sid !== undefined && sid !== '');
  if (new Set(sids).size < sids.length) return SAME_SID;
  return parsePolicy(text) === undefined ? SYNTAX : undefined;
}

/** Characters of a document that count against quotas: all but white space. */
export function policySize(text: string): number {
  return text.replace(/\s/g, '').length;
}

const IDENTITY_CHECKS: readonly Check[] = [
  ({ Sid }) => sidFault(Sid),
  ({ Principal, NotPrincipal }) =>
    Principal === undefined && NotPrincipal === undefined
      ? undefined
      : 'Policy document should not specify a principal.',
  ({ Action, NotAction }) =>
    Action === undefined && NotAction === undefined ? 'Policy statement must contain actions.' : undefined,
  ({ Resource, NotResource }) =>
    Resource === undefined && NotResource === undefined
      ? 'Policy statement must contain resources.'
      : undefined,
  ({ Action, NotAction }) => (listOf(Action ?? NotAction).every(hasVendor) ? undefined : NO_VENDOR),
  ({ Resource, NotResource }) => firstFault(listOf(Resource ?? NotResource), resourceFault),
];

const TRUST_CHECKS: readonly Check[] = [
  ({ Sid }) => sidFault(Sid),
  (statement) => missing(statement, 'Effect'),
  ({ Resource }) => (Resource === undefined ? undefined : 'Has prohibited field Resource'),
  ({ NotResource }) => (NotResource === undefined ? undefined : 'Has prohibited field NotResource'),
  ({ Principal, NotPrincipal }) =>
    Principal === undefined && NotPrincipal === undefined ? 'Missing required field Principal' : undefined,
  ({ NotPrincipal }) => (NotPrincipal === undefined ? undefined : 'Has prohibited field NotPrincipal'),
  (statement) => missing(statement, 'Action'),
  ({ Action }) =>
    listOf(Action).every((action) => typeof action === 'string' && TRUST_ACTIONS.test(action))
      ? undefined
      : 'AssumeRole policy may only specify STS AssumeRole actions.',
  ({ Principal }) => principalFault(Principal),
];

function missing(statement: Members, name: string): string | undefined {
  return statement[name] === undefined ? `Missing required field ${name}` : undefined;
}

function sidFault(sid: unknown): string | undefined {
  return sid === undefined || (typeof sid === 'string' && /^[0-9A-Za-z]*$/.test(sid)) ? undefined : SID_FORM;
}

function hasVendor(action: unknown): boolean {
  return typeof action !== 'string' || action === '*' || action.includes(':');
}

function resourceFault(resource: unknown): string | undefined {
  if (typeof resource !== 'string' || resource === '*') return undefined;
  const [arn, partition = '', ...rest] = resource.split(':');
  if (arn !== 'arn' || rest.length < 4) return `Resource ${resource} must be in ARN format or "*".`;
  if (/^(aws(-[a-z-]+)?|.*[*?].*|\$\{.*\})$/.test(partition)) return undefined;
  return `Partition "${partition}" is not valid for resource "${resource}".`;
}

/** What principals look like. Whether there is such a role or user is not looked at. */
const PRINCIPALS: Readonly<Record<string, RegExp>> = {
  AWS: /^(\*|\d{12}|arn:aws[a-z-]*:(iam::\d{12}:(root|(user|role)\/.+)|sts::\d{12}:(assumed-role|federated-user)\/.+))$/,
  Service: /^[a-z][a-z0-9.-]*\.amazonaws\.com(\.cn)?$/,
  Federated: /./,
};

function principalFault(principal: unknown): string | undefined {
  if (principal === '*') return undefined;
  if (!isMembers(principal)) return 'Invalid principal in policy.';
  for (const [type, ids] of Object.entries(principal)) {
    const form = Object.hasOwn(PRINCIPALS, type) ? PRINCIPALS[type] : undefined;
    const fault = firstFault(listOf(ids), (id) =>
      typeof id === 'string' && form?.test(id) === true
        ? undefined
        : `Invalid principal in policy: "${type.toUpperCase()}":"${String(id)}"`,
    );
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function firstFault(
  values: readonly unknown[],
  faultOf: (value: unknown) => string | undefined,
): string | undefined {
  for (const value of values) {
    const fault = faultOf(value);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined ? [] : [value];
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMembers(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
