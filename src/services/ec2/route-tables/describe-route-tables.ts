/** DescribeRouteTables. */
import {
  DescribeRouteTables$,
  type DescribeRouteTablesRequest,
  type DescribeRouteTablesResult,
} from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { describe } from '../describe.ts';
import type { Ec2Parts } from '../parts.ts';
import { routeTableFilters, routeTableView, tableSurroundings } from './route-table-view.ts';

const LARGEST_PAGE = 100;

export function describeRouteTablesOperation({ network }: Ec2Parts) {
  return operation(
    DescribeRouteTables$,
    async (
      input: DescribeRouteTablesRequest,
      { scope }: RequestContext,
    ): Promise<DescribeRouteTablesResult> => {
      const reader = network.read(scope);
      const around = await tableSurroundings(reader);
      const { records, nextToken } = await describe(reader, 'route-table', input, {
        ids: input.RouteTableIds,
        idsParameter: 'routeTableIds',
        fields: routeTableFilters(around),
        idOf: ({ routeTableId }) => routeTableId,
        max: LARGEST_PAGE,
      });
      return { RouteTables: records.map((table) => routeTableView(table, around)), NextToken: nextToken };
    },
  );
}
