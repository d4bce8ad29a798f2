/** CreateRoute. The same once more changes nothing. */
import { CreateRoute$, type CreateRouteRequest, type CreateRouteResult } from '@aws-sdk/client-ec2';
import { ApiError } from '../../../domain/errors.ts';
import type { RouteRecord, RouteTableRecord } from '../../../domain/network/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { NetworkReader } from '../network.ts';
import type { Ec2Parts } from '../parts.ts';
import { prefixListsOf, requireList } from '../prefix-lists/prefix-lists.ts';
import {
  askedDestination,
  checkNotLocal,
  destinationText,
  findRoute,
  type RouteDestination,
} from './route-destination.ts';
import { askedTarget, checkTarget } from './route-target.ts';

const MAX_ROUTES = 500;

export function createRouteOperation({ network, serviceCidr }: Ec2Parts) {
  return operation(
    CreateRoute$,
    (input: CreateRouteRequest, { scope }: RequestContext): Promise<CreateRouteResult> => {
      const { RouteTableId = '' } = input;
      const destination = askedDestination(input);
      const targetId = askedTarget(input);
      return network.change(scope, async (reader) => {
        const table = await reader.require('route-table', RouteTableId);
        await checkTarget(reader, targetId, table);
        await checkDestination(reader, destination, table, serviceCidr);
        const old = findRoute(table, destination);
        if (old !== undefined && old.targetId !== targetId) {
          throw new ApiError(
            'RouteAlreadyExists',
            `The route identified by ${destinationText(destination)} already exists.`,
          );
        }
        if (old !== undefined) return { answer: { Return: true }, writes: [] };
        if (table.routes.length >= MAX_ROUTES) {
          throw new ApiError('RouteLimitExceeded', 'The maximum number of routes has been reached.');
        }
        const route: RouteRecord = { ...destination, targetId, origin: 'CreateRoute' };
        const routes = [...table.routes, route];
        return {
          answer: { Return: true },
          writes: [reader.put('route-table', RouteTableId, { ...table, routes })],
        };
      });
    },
  );
}

async function checkDestination(
  reader: NetworkReader,
  destination: RouteDestination,
  { vpcId }: RouteTableRecord,
  serviceCidr: string,
): Promise<void> {
  const { destinationPrefixListId } = destination;
  if (destinationPrefixListId === undefined) {
    checkNotLocal(destination, await reader.require('vpc', vpcId));
    return;
  }
  requireList(await prefixListsOf(reader, serviceCidr), destinationPrefixListId);
}
