/** The documents of managed policies that count at this moment: AWS's own and those of accounts. */
import { awsManagedPolicy } from '../../domain/iam/aws-managed-policies.ts';
import { parsePolicyArn } from '../../domain/iam/names.ts';
import type { PolicyRecord } from '../../domain/iam/records.ts';
import { keys } from '../../domain/keys.ts';
import type { Store } from '../../ports/store.ts';

export class ManagedPolicies {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The default version's document; undefined when neither AWS nor the account has a policy of that ARN. */
  async document(arn: string, account: string): Promise<string | undefined> {
    const owner = parsePolicyArn(arn);
    if (owner?.account === 'aws') return awsManagedPolicy(arn)?.document;
    if (owner?.account !== account) return undefined;
    const { value } = (await this.#store.get<PolicyRecord>(keys.policy(account, owner.name))) ?? {};
    if (value?.arn !== arn) return undefined;
    return value.versions.find(({ versionId }) => versionId === value.defaultVersionId)?.document;
  }
}
