/** Gateway endpoints: a route to the service's prefix list in each of the route tables that were named. */
import { ApiError } from '../../../domain/errors.ts';
import { awsPrefixListId } from '../../../domain/network/aws-prefix-lists.ts';
import type { RouteTableRecord, VpcEndpointRecord } from '../../../domain/network/records.ts';
import type { Write } from '../../../ports/store.ts';
import { invalidParameter } from '../errors.ts';
import type { NetworkReader } from '../network.ts';

/** Throws InvalidRouteTableID.…, InvalidParameter, RouteAlreadyExists. */
export async function routesTo(
  reader: NetworkReader,
  { endpointId, service, vpcId }: VpcEndpointRecord,
  routeTableIds: readonly string[],
): Promise<readonly Write[]> {
  const listId = awsPrefixListId(reader.scope.region, service);
  const tables = await reader.requireAll('route-table', routeTableIds);
  return tables.map((table) => {
    if (table.vpcId !== vpcId) {
      throw invalidParameter(
        `route table ${table.routeTableId} and network ${vpcId} belong to different networks`,
      );
    }
    if (table.routes.some(({ destinationPrefixListId }) => destinationPrefixListId === listId)) {
      throw new ApiError(
        'RouteAlreadyExists',
        `route table ${table.routeTableId} already has a route with destination-prefix-list-id ${listId}`,
      );
    }
    const route = { destinationPrefixListId: listId, targetId: endpointId, origin: 'CreateRoute' } as const;
    return putTable(reader, { ...table, routes: [...table.routes, route] });
  });
}

/** Takes the endpoint's routes out of those of the tables that are still there; without ids, of all. */
export async function withoutRoutesTo(
  reader: NetworkReader,
  endpointId: string,
  routeTableIds?: readonly string[],
): Promise<readonly Write[]> {
  const tables = await reader.all('route-table');
  return tables
    .filter(({ routeTableId }) => routeTableIds === undefined || routeTableIds.includes(routeTableId))
    .filter(({ routes }) => routes.some(({ targetId }) => targetId === endpointId))
    .map((table) =>
      putTable(reader, { ...table, routes: table.routes.filter(({ targetId }) => targetId !== endpointId) }),
    );
}

function putTable(reader: NetworkReader, table: RouteTableRecord): Write {
  return reader.put('route-table', table.routeTableId, table);
}
