/** DescribeSecurityGroupRules: rules of all groups, by ids and filters. */
import {
  DescribeSecurityGroupRules$,
  type DescribeSecurityGroupRulesRequest,
  type DescribeSecurityGroupRulesResult,
} from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { filtered } from '../filters.ts';
import { pageOf } from '../page.ts';
import type { Ec2Parts } from '../parts.ts';
import { RULE_FILTERS, type RuleOfGroup } from './group-filters.ts';
import { ruleView } from './group-view.ts';
import { checkRuleIds } from './rule-ids.ts';

export function describeSecurityGroupRulesOperation({ network }: Ec2Parts) {
  return operation(
    DescribeSecurityGroupRules$,
    async (
      input: DescribeSecurityGroupRulesRequest,
      { scope }: RequestContext,
    ): Promise<DescribeSecurityGroupRulesResult> => {
      const { SecurityGroupRuleIds: ids = [], Filters } = input;
      const groups = await network.read(scope).all('security-group');
      const rules = groups.flatMap((group) => group.rules.map((rule): RuleOfGroup => ({ ...rule, group })));
      checkRuleIds(rules, ids);
      const asked = ids.length === 0 ? rules : rules.filter(({ ruleId }) => ids.includes(ruleId));
      const { items, nextToken } = pageOf(
        filtered(asked, Filters, RULE_FILTERS),
        ({ ruleId }) => ruleId,
        input,
        { question: ['DescribeSecurityGroupRules', ids, Filters ?? []] },
      );
      return {
        SecurityGroupRules: items.map((rule) => ruleView(rule, rule.group, scope)),
        NextToken: nextToken,
      };
    },
  );
}
