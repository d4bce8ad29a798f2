/** Roles as others than IAM look at them: whether one is there, whom it trusts, what it may do. */
import type { RolePolicies } from '../../domain/iam/decide.ts';
import { parsePolicy, type PolicyDocument } from '../../domain/iam/policy-document.ts';
import type { RoleRecord } from '../../domain/iam/records.ts';
import { keys } from '../../domain/keys.ts';
import type { IamDeps } from './deps.ts';
import { FirstRoles } from './first-role.ts';
import { ManagedPolicies } from './managed-policies.ts';

/** Of documents that were parsed lately; they are asked for again with each request of a role. */
const MOST_PARSED = 1000;

/** What an unreadable document says: nothing may be done. None is stored that cannot be read. */
const NOTHING_ALLOWED: PolicyDocument = [
  { effect: 'Deny', actions: { except: false, patterns: ['*'] }, conditions: [] },
];

export class Roles {
  readonly #store: IamDeps['store'];
  readonly #firstRoles: FirstRoles;
  readonly #managed: ManagedPolicies;
  readonly #parsed = new Map<string, PolicyDocument>();

  constructor(deps: IamDeps) {
    this.#store = deps.store;
    this.#firstRoles = new FirstRoles(deps);
    this.#managed = new ManagedPolicies(deps.store);
  }

  /** The role of a name, its case counts; undefined when there is none. */
  async find(account: string, roleName: string): Promise<RoleRecord | undefined> {
    await this.#firstRoles.ensure(account);
    const found = await this.#store.get<RoleRecord>(keys.role(account, roleName));
    return found?.value.roleName === roleName ? found.value : undefined;
  }

  /** What a role's policies say, inline and attached ones; nothing when there is no such role. */
  async policies(account: string, roleName: string): Promise<RolePolicies> {
    const role = await this.find(account, roleName);
    if (role === undefined) return { identity: [] };
    const { permissionsBoundary, attachedPolicies, inlinePolicies } = role;
    const attached = await Promise.all(attachedPolicies.map((arn) => this.#said(account, arn)));
    return {
      identity: [...Object.values(inlinePolicies).map((text) => this.#parse(text)), ...attached].flat(),
      ...(permissionsBoundary !== undefined && {
        boundary: await this.#said(account, permissionsBoundary),
      }),
    };
  }

  /** Whom a role trusts, to be asked as policy of a resource. */
  trustPolicy({ trustPolicy }: RoleRecord): PolicyDocument {
    return this.#parse(trustPolicy);
  }

  /** By a managed policy. One that was deleted just now says nothing. */
  async #said(account: string, policyArn: string): Promise<PolicyDocument> {
    const text = await this.#managed.document(policyArn, account);
    return text === undefined ? [] : this.#parse(text);
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
