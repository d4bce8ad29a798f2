/** DeleteRouteTable: no subnet may use it, and no VPC as its main table. Gateway endpoints forget it. */
import { DeleteRouteTable$, type DeleteRouteTableRequest } from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { dependencyViolation } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';

export function deleteRouteTableOperation({ network }: Ec2Parts) {
  return operation(
    DeleteRouteTable$,
    ({ RouteTableId = '' }: DeleteRouteTableRequest, { scope }: RequestContext): Promise<void> =>
      network.change(scope, async (reader) => {
        const table = await reader.require('route-table', RouteTableId);
        if (table.associations.length > 0) {
          throw dependencyViolation(
            `The routeTable '${RouteTableId}' has dependencies and cannot be deleted.`,
          );
        }
        const endpoints = await reader.inVpc('endpoint', table.vpcId);
        const users = endpoints.filter(({ routeTableIds }) => routeTableIds.includes(RouteTableId));
        return {
          answer: undefined,
          writes: [
            reader.remove('route-table', RouteTableId),
            ...users.map((endpoint) =>
              reader.put('endpoint', endpoint.endpointId, {
                ...endpoint,
                routeTableIds: endpoint.routeTableIds.filter((id) => id !== RouteTableId),
              }),
            ),
          ],
        };
      }),
  );
}
