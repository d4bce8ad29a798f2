/** Finds and changes managed policies: the customer's own have records, AWS's are data. */
import { createHash } from 'node:crypto';
import { ApiError } from '../../domain/errors.ts';
import { type AwsManagedPolicy, awsManagedPolicy } from '../../domain/iam/aws-managed-policies.ts';
import { type IamName, parsePolicyArn, uniqueId } from '../../domain/iam/names.ts';
import type { PolicyRecord } from '../../domain/iam/records.ts';
import { keys } from '../../domain/keys.ts';
import type { Condition, Entry, Write } from '../../ports/store.ts';
import type { IamOperationDeps } from './deps.ts';
import { noSuchPolicy, notAttachable } from './errors.ts';
import { transact } from './role-store.ts';

/** What AWS's policies are shown as having been made at: when IAM began to have them. */
const AWS_POLICIES_MADE_AT = Date.UTC(2015, 1, 6);

/** Throws InvalidInput for what is not the ARN of a policy. */
export function policyNameOf(arn: string | undefined): IamName & { readonly arn: string } {
  const text = arn ?? '';
  const name = parsePolicyArn(text);
  if (name === undefined) throw new ApiError('InvalidInputException', `ARN ${text} is not valid.`);
  return { ...name, arn: text };
}

/** Undefined when the account has none of that ARN. */
export async function findOwnPolicy(
  { store }: Pick<IamOperationDeps, 'store'>,
  account: string,
  arn: string,
): Promise<Entry<PolicyRecord> | undefined> {
  const found = await store.get<PolicyRecord>(keys.policy(account, policyNameOf(arn).name));
  return found?.value.arn === arn ? found : undefined;
}

/** A policy that a role is to have, and what keeps it from being deleted at the same time. */
export interface HeldPolicy {
  readonly arn: string;
  readonly conditions: readonly Condition[];
  readonly writes: readonly Write[];
}

/** `called`: what stands before its ARN when there is none. Throws InvalidInput, NoSuchEntity. */
export async function heldPolicy(
  deps: Pick<IamOperationDeps, 'store'>,
  account: string,
  policyArn: string | undefined,
  called: string,
): Promise<HeldPolicy> {
  const { arn } = policyNameOf(policyArn);
  if (awsManagedPolicy(arn) !== undefined) return { arn, conditions: [], writes: [] };
  const found = await findOwnPolicy(deps, account, arn);
  if (found === undefined) throw notAttachable(`${called} ${arn}`);
  const { key, revision, value } = found;
  // Written as it is, so that a deletion at the same time finds it changed.
  return { arn, conditions: [{ key, revision }], writes: [{ put: key, value }] };
}

/** AWS's own or the customer's. Throws NoSuchEntity. */
export async function getPolicy(
  deps: Pick<IamOperationDeps, 'store'>,
  account: string,
  policyArn: string | undefined,
): Promise<PolicyRecord> {
  const { arn } = policyNameOf(policyArn);
  const ofAws = awsManagedPolicy(arn);
  if (ofAws !== undefined) return recordOf(ofAws);
  const found = await findOwnPolicy(deps, account, arn);
  if (found === undefined) throw noSuchPolicy(arn);
  return found.value;
}

/** The account's, by name. */
export async function ownPolicies(
  { store }: Pick<IamOperationDeps, 'store'>,
  account: string,
): Promise<readonly PolicyRecord[]> {
  return (await store.range<PolicyRecord>({ prefix: keys.policies(account) })).map(({ value }) => value);
}

/** Changes a policy of the account. `decide` may be asked again. Throws NoSuchEntity, AccessDenied. */
export async function changePolicy<T>(
  deps: IamOperationDeps,
  account: string,
  policyArn: string | undefined,
  decide: (policy: PolicyRecord) => Promise<PolicyChange<T>> | PolicyChange<T>,
): Promise<T> {
  const { arn, account: owner } = policyNameOf(policyArn);
  if (owner !== account) throw new ApiError('AccessDenied', 'Policy is outside your own account.');
  return transact(deps.store, async () => {
    const found = await findOwnPolicy(deps, account, arn);
    if (found === undefined) throw noSuchPolicy(arn);
    const { policy, answer } = await decide(found.value);
    const { key, revision } = found;
    const changed = policy !== 'deleted' && { ...policy, changedAt: deps.clock.now() };
    return {
      answer,
      conditions: [{ key, revision }],
      writes: [changed === false ? { delete: key } : { put: key, value: changed }],
    };
  });
}

export interface PolicyChange<T> {
  readonly policy: PolicyRecord | 'deleted';
  readonly answer: T;
}

/** A policy of AWS's as if it had a record. */
export function recordOf({ policyName, arn, path, versionId, document }: AwsManagedPolicy): PolicyRecord {
  const createdAt = AWS_POLICIES_MADE_AT;
  return {
    policyName,
    policyId: uniqueId('ANPA', createHash('sha256').update(arn).digest('hex')),
    arn,
    path,
    tags: [],
    createdAt,
    changedAt: createdAt,
    versions: [{ versionId, document, createdAt }],
    defaultVersionId: versionId,
    lastVersion: Number(versionId.slice(1)),
  };
}
