/** What a file system's policy lets a client do that mounts it. */
import { evaluatePolicy } from '../iam/evaluate-policy.ts';
import { parsePolicy } from '../iam/policy-document.ts';
import type { PolicyContext } from '../iam/policy-pattern.ts';

export interface EfsClient {
  /** Of the role by which the client identifies itself; absent for one that does not. */
  readonly principalArn?: string;
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

const ALL: ClientAccess = { mount: true, write: true, root: true };
const NONE: ClientAccess = { mount: false, write: false, root: false };

/**
 * Without a policy everybody who reaches a mount target may do everything. With one, only what it allows; policies
 * of the role itself are not known here. Source: "Using IAM to control access to file systems", EFS User Guide.
 */
export function clientAccess(policy: string | undefined, client: EfsClient): ClientAccess {
  if (policy === undefined) return ALL;
  const statements = parsePolicy(policy);
  if (statements === undefined) return NONE;
  const { principalArn, fileSystemArn } = client;
  const allows = (verb: string): boolean =>
    evaluatePolicy(statements, {
      ...(principalArn !== undefined && { principal: { type: 'AWS', id: principalArn } }),
      action: `elasticfilesystem:${verb}`,
      resource: fileSystemArn,
      context: contextOf(client),
    }) === 'allow';
  if (!allows('ClientMount')) return NONE;
  return { mount: true, write: allows('ClientWrite'), root: allows('ClientRootAccess') };
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
