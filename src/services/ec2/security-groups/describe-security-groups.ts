/** DescribeSecurityGroups: by ids, by names in the default VPC, by filters. */
import {
  DescribeSecurityGroups$,
  type DescribeSecurityGroupsRequest,
  type DescribeSecurityGroupsResult,
} from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { describe } from '../describe.ts';
import type { Ec2Parts } from '../parts.ts';
import { groupFilters } from './group-filters.ts';
import { requireNames } from './group-lookup.ts';
import { groupView } from './group-view.ts';

export function describeSecurityGroupsOperation({ network }: Ec2Parts) {
  return operation(
    DescribeSecurityGroups$,
    async (
      input: DescribeSecurityGroupsRequest,
      { scope }: RequestContext,
    ): Promise<DescribeSecurityGroupsResult> => {
      const reader = network.read(scope);
      const names = new Map(
        (await reader.all('security-group')).map(({ groupId, groupName }) => [groupId, groupName]),
      );
      const named = await requireNames(reader, input.GroupNames ?? []);
      const { records, nextToken } = await describe(reader, 'security-group', input, {
        ids: [...(input.GroupIds ?? []), ...named],
        fields: groupFilters(scope.account, (groupId) => names.get(groupId)),
        idOf: ({ groupId }) => groupId,
      });
      return { SecurityGroups: records.map((group) => groupView(group, scope)), NextToken: nextToken };
    },
  );
}
