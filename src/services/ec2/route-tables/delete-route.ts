/** DeleteRoute: neither the local route, nor one that belongs to a gateway endpoint. */
import { DeleteRoute$, type DeleteRouteRequest } from '@aws-sdk/client-ec2';
import { ApiError } from '../../../domain/errors.ts';
import type { RouteRecord, RouteTableRecord } from '../../../domain/network/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { invalidParameterValue } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';
import { askedDestination, destinationText, findRoute } from './route-destination.ts';

export function deleteRouteOperation({ network }: Ec2Parts) {
  return operation(DeleteRoute$, (input: DeleteRouteRequest, { scope }: RequestContext): Promise<void> => {
    const { RouteTableId = '' } = input;
    const destination = askedDestination(input);
    return network.change(scope, async (reader) => {
      const table = await reader.require('route-table', RouteTableId);
      const { cidr } = await reader.require('vpc', table.vpcId);
      if (destination.destinationCidr === cidr) {
        throw invalidParameterValue(`cannot remove local route ${cidr} in route table ${RouteTableId}`);
      }
      const old = findRoute(table, destination);
      if (old === undefined) {
        const member =
          destination.destinationCidr === undefined ? 'destination-prefix-list-id' : 'destination-cidr-block';
        throw new ApiError(
          'InvalidRoute.NotFound',
          `no route with ${member} ${destinationText(destination)} in route table ${RouteTableId}`,
        );
      }
      checkNotOfEndpoint(old, table);
      const routes = table.routes.filter((route) => route !== old);
      return {
        answer: undefined,
        writes: [reader.put('route-table', RouteTableId, { ...table, routes })],
      };
    });
  });
}

/** Routes of gateway endpoints come and go with ModifyVpcEndpoint. Throws InvalidParameterValue. */
export function checkNotOfEndpoint(route: RouteRecord, { routeTableId }: RouteTableRecord): void {
  if (!route.targetId.startsWith('vpce-')) return;
  throw invalidParameterValue(
    `cannot remove VPC endpoint route ${destinationText(route)} in route table ${routeTableId}`,
  );
}
