/** PutResourcePolicy and DeleteResourcePolicy: who else may use a secret, besides those whose own policies say so. */
import {
  DeleteResourcePolicy$,
  type DeleteResourcePolicyRequest,
  type DeleteResourcePolicyResponse,
  PutResourcePolicy$,
  type PutResourcePolicyRequest,
  type PutResourcePolicyResponse,
} from '@aws-sdk/client-secrets-manager';
import { ApiError } from '../../domain/errors.ts';
import { parsePolicy, type PolicyDocument } from '../../domain/iam/policy-document.ts';
import type { SecretRecord } from '../../domain/secretsmanager/records.ts';
import { operation, type OperationDefinition, type RequestContext } from '../../wire/service.ts';
import { transactWithRetry } from '../transact.ts';
import type { SecretsManagerDeps } from './deps.ts';
import { getLiveSecret } from './secret-store.ts';

const LONGEST = 20_480;

export function putResourcePolicy(deps: SecretsManagerDeps): OperationDefinition {
  return operation(
    PutResourcePolicy$,
    async (input: PutResourcePolicyRequest, context): Promise<PutResourcePolicyResponse> => {
      const { SecretId: id, ResourcePolicy: policy = '', BlockPublicPolicy: blocksPublic = false } = input;
      const statements = checkedPolicy(policy);
      if (blocksPublic && isPublic(statements)) {
        throw new ApiError(
          'PublicPolicyException',
          'You cannot grant public access to the secret. Remove the principal * from the policy.',
        );
      }
      return change(deps, { id, context, name: 'PutResourcePolicy' }, (record) => ({ ...record, policy }));
    },
  );
}

export function deleteResourcePolicy(deps: SecretsManagerDeps): OperationDefinition {
  return operation(
    DeleteResourcePolicy$,
    ({ SecretId: id }: DeleteResourcePolicyRequest, context): Promise<DeleteResourcePolicyResponse> =>
      change(deps, { id, context, name: 'DeleteResourcePolicy' }, ({ policy: _gone, ...record }) => record),
  );
}

interface Asked {
  readonly id: string | undefined;
  readonly context: RequestContext;
  readonly name: string;
}

async function change(
  deps: SecretsManagerDeps,
  { id, context, name }: Asked,
  next: (record: SecretRecord) => SecretRecord,
): Promise<{ ARN: string; Name: string }> {
  return transactWithRetry(deps.store, async () => {
    const { key, revision, value } = await getLiveSecret(deps, id, context, name);
    const write = { put: key, value: next(value) };
    const answer = { ARN: value.arn, Name: value.name };
    return { answer, conditions: [{ key, revision }], writes: [write] };
  });
}

/** Throws MalformedPolicyDocumentException for what is no policy of a resource. */
function checkedPolicy(policy: string): PolicyDocument {
  const statements = policy.length > LONGEST ? undefined : parsePolicy(policy);
  const isForResource = statements?.every(
    ({ principals, resources }) => principals !== undefined && resources !== undefined,
  );
  if (statements === undefined || isForResource !== true) {
    throw new ApiError('MalformedPolicyDocumentException', 'This resource policy contains invalid Json.');
  }
  return statements;
}

/** Everybody is let in, and nothing else is asked of him. */
function isPublic(statements: PolicyDocument): boolean {
  return statements.some(
    ({ effect, principals, conditions }) =>
      effect === 'Allow' &&
      conditions.length === 0 &&
      (principals?.except === true || principals?.principals.some(({ type }) => type === '*') === true),
  );
}
