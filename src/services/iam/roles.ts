/** Roles as others than IAM look at them: whether one is there, whom it trusts, what it may do. */
import { awsManagedPolicy } from '../../domain/iam/aws-managed-policies.ts';
import { parsePolicyArn } from '../../domain/iam/names.ts';
import { parsePolicy, type PolicyDocument } from '../../domain/iam/policy-document.ts';
import type { PolicyRecord, RoleRecord } from '../../domain/iam/records.ts';
import { keys } from '../../domain/keys.ts';
import type { IamDeps } from './deps.ts';
import { FirstRoles } from './first-role.ts';

/** Of documents that were parsed lately; they are asked for again with each request of a role. */
const MOST_PARSED = 1000;

/** What an unreadable document says: nothing may be done. None is stored that cannot be read. */
const NOTHING_ALLOWED: PolicyDocument = [
  { effect: 'Deny', actions: { except: false, patterns: ['*'] }, conditions: [] },
];

export class Roles {
  readonly #store: IamDeps['store'];
  readonly #firstRoles: FirstRoles;
  readonly #parsed = new Map<string, PolicyDocument>();

  constructor(deps: IamDeps) {
    this.#store = deps.store;
    this.#firstRoles = new FirstRoles(deps);
  }

  /** The role of a name, its case counts; undefined when there is none. */
  async find(account: string, roleName: string): Promise<RoleRecord | undefined> {
    await this.#firstRoles.ensure(account);
    const found = await this.#store.get<RoleRecord>(keys.role(account, roleName));
    return found?.value.roleName === roleName ? found.value : undefined;
  }

  /** What a role's policies say, inline and attached ones; none when there is no such role. */
  async policies(account: string, roleName: string): Promise<readonly PolicyDocument[]> {
    const role = await this.find(account, roleName);
    if (role === undefined) return [];
    const attached = await Promise.all(role.attachedPolicies.map((arn) => this.#managed(arn)));
    return [...Object.values(role.inlinePolicies), ...attached].flatMap((text) =>
      text === undefined ? [] : [this.#parse(text)],
    );
  }

  /** Whom a role trusts, to be asked as policy of a resource. */
  trustPolicy({ trustPolicy }: RoleRecord): PolicyDocument {
    return this.#parse(trustPolicy);
  }

  /** The default version's document; undefined when the policy was deleted just now. */
  async #managed(arn: string): Promise<string | undefined> {
    const { account = '', name = '' } = parsePolicyArn(arn) ?? {};
    if (account === 'aws') return awsManagedPolicy(arn)?.document;
    const { value } = (await this.#store.get<PolicyRecord>(keys.policy(account, name))) ?? {};
    return value?.versions.find(({ versionId }) => versionId === value.defaultVersionId)?.document;
  }

  #parse(text: string): PolicyDocument {
    const known = this.#parsed.get(text);
    if (known !== undefined) return known;
    const [oldest] = this.#parsed.keys();
    if (oldest !== undefined && this.#parsed.size >= MOST_PARSED) this.#parsed.delete(oldest);
    const parsed = parsePolicy(text) ?? NOTHING_ALLOWED;
    this.#parsed.set(text, parsed);
    return parsed;
  }
}
