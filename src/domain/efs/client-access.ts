/** What a file system's policy lets a client do that mounts it. */
import { decide, type RolePolicies } from '../iam/decide.ts';
import { evaluatePolicy, type PolicyRequest, speaksOf } from '../iam/evaluate-policy.ts';
import { parsePolicy, type PolicyDocument } from '../iam/policy-document.ts';
import type { PolicyContext } from '../iam/policy-pattern.ts';

export interface EfsClient {
  /** Of the role by which the client identifies itself; absent for one that does not. */
  readonly principalArn?: string;
  /** What the role's own policies say of clients. Absent: the file system's policy alone decides. */
  readonly policies?: RolePolicies;
  readonly accessPointArn?: string;
  readonly secureTransport: boolean;
  readonly viaMountTarget: boolean;
  readonly fileSystemArn: string;
}

export interface ClientAccess {
  readonly mount: boolean;
  readonly write: boolean;
  /** Without it, uid and gid 0 act as nobody. */
  readonly root: boolean;
}

const MOUNT = 'elasticfilesystem:ClientMount';
const WRITE = 'elasticfilesystem:ClientWrite';
const ROOT = 'elasticfilesystem:ClientRootAccess';

const ALL: ClientAccess = { mount: true, write: true, root: true };
const NONE: ClientAccess = { mount: false, write: false, root: false };

/**
 * Without a policy everybody who reaches a mount target may do everything. With one, only what it or the role's own
 * policies allow, and none of them denies. Source: "Using IAM to control access to file systems", EFS User Guide.
 */
export function clientAccess(policy: string | undefined, client: EfsClient): ClientAccess {
  if (policy === undefined) return ALL;
  const statements = parsePolicy(policy);
  if (statements === undefined) return NONE;
  const { principalArn, policies, fileSystemArn } = client;
  const allows = (action: string): boolean => {
    const request: PolicyRequest = {
      ...(principalArn !== undefined && { principal: { type: 'AWS', id: principalArn } }),
      action,
      resource: fileSystemArn,
      context: contextOf(client),
    };
    if (policies === undefined) return evaluatePolicy(statements, request) === 'allow';
    return decide(request, { ...policies, resource: statements }).allowed;
  };
  if (!allows(MOUNT)) return NONE;
  return { mount: true, write: allows(WRITE), root: allows(ROOT) };
}

/** Those of a role's statements that clients are judged by. */
export function clientPolicies({ identity, boundary }: RolePolicies): RolePolicies {
  return {
    identity: clientStatements(identity),
    ...(boundary !== undefined && { boundary: clientStatements(boundary) }),
  };
}

function clientStatements(policies: PolicyDocument): PolicyDocument {
  return policies.filter((statement) => [MOUNT, WRITE, ROOT].some((action) => speaksOf(statement, action)));
}

function contextOf({
  principalArn,
  accessPointArn,
  secureTransport,
  viaMountTarget,
}: EfsClient): PolicyContext {
  return {
    'aws:SecureTransport': String(secureTransport),
    'elasticfilesystem:AccessedViaMountTarget': String(viaMountTarget),
    ...(principalArn !== undefined && { 'aws:PrincipalArn': principalArn }),
    ...(accessPointArn !== undefined && { 'elasticfilesystem:AccessPointArn': accessPointArn }),
  };
}
