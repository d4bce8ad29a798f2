/** ReplaceRoute: another target for a destination that the table has. */
import { ReplaceRoute$, type ReplaceRouteRequest } from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { invalidParameterValue, unsupported } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';
import { askedDestination, checkNotLocal, destinationText, findRoute } from './route-destination.ts';
import { askedTarget, checkTarget } from './route-target.ts';
import { checkNotOfEndpoint } from './delete-route.ts';

export function replaceRouteOperation({ network }: Ec2Parts) {
  return operation(ReplaceRoute$, (input: ReplaceRouteRequest, { scope }: RequestContext): Promise<void> => {
    const { RouteTableId = '' } = input;
    if (input.LocalTarget === true) throw unsupported('Routes with LocalTarget are not supported.');
    const destination = askedDestination(input);
    const targetId = askedTarget(input);
    return network.change(scope, async (reader) => {
      const table = await reader.require('route-table', RouteTableId);
      await checkTarget(reader, targetId, table);
      checkNotLocal(destination, await reader.require('vpc', table.vpcId));
      const old = findRoute(table, destination);
      if (old === undefined) {
        throw invalidParameterValue(
          `There is no route defined for '${destinationText(destination)}' in the route table. Use CreateRoute instead.`,
        );
      }
      checkNotOfEndpoint(old, table);
      const routes = table.routes.map((route) => (route === old ? { ...route, targetId } : route));
      return {
        answer: undefined,
        writes: [reader.put('route-table', RouteTableId, { ...table, routes })],
      };
    });
  });
}
