/**
 * What an operation needs to be allowed, and who decides. Each service says for each of its operations on which resources
 * it acts; the front door asks once, before the operation runs. Of who asks nothing is known here.
 */
import type { Scope } from '../domain/arn.ts';
import type { PolicyContext } from '../domain/iam/policy-pattern.ts';
import type { Caller } from './sigv4/verify.ts';

/** What an operation acts on. */
export interface ActedOn {
  /** `*` where the action is on nothing particular. */
  readonly arn: string;
  /** E.g. `iam:PassRole`; default: the operation's own name behind the service's prefix. */
  readonly action?: string;
  /** As refusals name it, where that is not its ARN. */
  readonly shownAs?: string;
  /** Condition keys that only this service knows. */
  readonly context?: PolicyContext;
  /** The resource's own policy, JSON. */
  readonly policy?: string | undefined;
}

/** What a request would act on; nothing is refused here, and a request that makes no sense acts on what it names. */
export type ActsOn<I extends object = never> = (
  input: I,
  scope: Scope,
) => readonly ActedOn[] | Promise<readonly ActedOn[]>;

/** `*`: on nothing particular. `free`: no permission is needed. */
export type PermissionRule = '*' | 'free' | ActsOn;

/** By the operation's name; an operation that has none is on nothing particular. */
export interface ServicePermissions {
  /** What its actions begin with: `ecs`. */
  readonly prefix: string;
  readonly rules: Readonly<Record<string, PermissionRule>>;
}

/** A permission that somebody has to have. */
export interface NeededPermission extends ActedOn {
  readonly action: string;
}

/** How a request came. */
export interface Arrival {
  /** The one service that the connection is for; absent: for everything. */
  readonly service?: string;
  /** Of who sent it; absent where that is not known. */
  readonly sourceIp?: string;
  readonly isSecure?: boolean;
  /** The VPC endpoint by which it came, and the private address of who sent it there. */
  readonly by?: { readonly endpointId: string; readonly vpcId: string; readonly address: string };
}

/** Decides who may do what. */
export interface Authorizer {
  /** True for callers who may do everything: nothing needs to be found out about the request. */
  mayDoEverything(caller: Caller): boolean;
  /** Rejects with the ApiError to answer when one of the permissions is missing: that of the first. */
  check(caller: Caller, needed: readonly NeededPermission[], arrival: Arrival): Promise<void>;
}

/** What a request needs by its service's rules. */
export async function neededPermissions(
  { prefix, rules }: ServicePermissions,
  operation: string,
  input: object,
  scope: Scope,
): Promise<readonly NeededPermission[]> {
  const rule = rules[operation] ?? '*';
  if (rule === 'free') return [];
  const own = `${prefix}:${operation}`;
  const resources = rule === '*' ? [{ arn: '*' }] : await rule(input as never, scope);
  return resources.map((resource) => ({ ...resource, action: resource.action ?? own }));
}
