/** How AWS managed policies are written down here. */
export interface GivenPolicy {
  /** Default: `/`. */
  readonly path?: string;
  /** Default: `v1`. */
  readonly versionId?: string;
  readonly statements: readonly object[];
}

/** `actions`: with spaces between. */
export function allow(
  actions: string,
  resource: string | readonly string[] = '*',
  more: object = {},
): object {
  const list = actions.split(' ');
  return { Effect: 'Allow', Action: list.length === 1 ? list[0] : list, Resource: resource, ...more };
}

/** Leave to hand roles to a service. */
export const passRole = (roles: string | readonly string[], service: string): object =>
  allow('iam:PassRole', roles, { Condition: { StringLike: { 'iam:PassedToService': service } } });
