/** DeleteVpcEndpoints: takes endpoints away with their interfaces and routes; those that are not there are told. */
import {
  DeleteVpcEndpoints$,
  type DeleteVpcEndpointsRequest,
  type DeleteVpcEndpointsResult,
} from '@aws-sdk/client-ec2';
import type { VpcEndpointRecord } from '../../../domain/network/records.ts';
import type { Write } from '../../../ports/store.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { checkId, missingParameter } from '../errors.ts';
import type { NetworkReader } from '../network.ts';
import { removeInterface } from '../network-interfaces/new-interface.ts';
import type { Ec2Parts } from '../parts.ts';
import { withoutRoutesTo } from './gateway-endpoint.ts';
import { interfacesOf } from './interface-endpoint.ts';

export function deleteVpcEndpointsOperation({ network }: Ec2Parts) {
  return operation(
    DeleteVpcEndpoints$,
    async (
      { VpcEndpointIds = [] }: DeleteVpcEndpointsRequest,
      { scope }: RequestContext,
    ): Promise<DeleteVpcEndpointsResult> => {
      const ids = [...new Set(VpcEndpointIds)];
      if (ids.length === 0) throw missingParameter('VpcEndpointId');
      for (const id of ids) checkId('endpoint', id);
      const missing: string[] = [];
      // One after the other: two endpoints may have routes in the same table.
      for (const id of ids) {
        const found = await network.change(scope, async (reader) => {
          const endpoint = await reader.find('endpoint', id);
          const writes = endpoint === undefined ? [] : await removal(reader, endpoint);
          return { answer: endpoint !== undefined, writes };
        });
        if (!found) missing.push(id);
      }
      return {
        Unsuccessful: missing.map((ResourceId) => ({
          ResourceId,
          Error: {
            Code: 'InvalidVpcEndpoint.NotFound',
            Message: `The Vpc Endpoint Id '${ResourceId}' does not exist`,
          },
        })),
      };
    },
  );
}

async function removal(reader: NetworkReader, endpoint: VpcEndpointRecord): Promise<readonly Write[]> {
  const enis = await interfacesOf(reader, endpoint);
  return [
    reader.remove('endpoint', endpoint.endpointId),
    ...enis.flatMap((eni) => removeInterface(reader, eni)),
    ...(await withoutRoutesTo(reader, endpoint.endpointId)),
  ];
}
