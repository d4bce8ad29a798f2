/** Ids of rules, which are no resources of their own in the store. */
import { ApiError } from '../../../domain/errors.ts';
import { isEc2Id } from '../../../domain/network/ec2-ids.ts';

const PREFIX = 'sgr';

/** Throws InvalidSecurityGroupRuleId.Malformed and .NotFound, unless each id is that of one of the rules. */
export function checkRuleIds(rules: readonly { readonly ruleId: string }[], ids: readonly string[]): void {
  for (const id of ids) {
    if (isEc2Id(PREFIX, id)) continue;
    throw new ApiError(
      'InvalidSecurityGroupRuleId.Malformed',
      `Invalid id: "${id}" (expecting "${PREFIX}-...")`,
    );
  }
  const missing = ids.find((id) => !rules.some(({ ruleId }) => ruleId === id));
  if (missing === undefined) return;
  throw new ApiError(
    'InvalidSecurityGroupRuleId.NotFound',
    `The security group rule ID '${missing}' does not exist`,
  );
}
