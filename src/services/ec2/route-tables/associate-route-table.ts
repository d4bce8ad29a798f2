/** AssociateRouteTable: a subnet leaves the main table for one of its own. The same once more changes nothing. */
import {
  AssociateRouteTable$,
  type AssociateRouteTableRequest,
  type AssociateRouteTableResult,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../../../domain/errors.ts';
import { ec2Id } from '../../../domain/network/ec2-ids.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { invalidParameterValue, missingParameter, unsupported } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';
import { withAssociation } from './associations.ts';

export function associateRouteTableOperation({ network, ids }: Ec2Parts) {
  return operation(
    AssociateRouteTable$,
    (input: AssociateRouteTableRequest, { scope }: RequestContext): Promise<AssociateRouteTableResult> => {
      const { RouteTableId = '', SubnetId } = input;
      if (input.GatewayId !== undefined || input.PublicIpv4Pool !== undefined) {
        throw unsupported('Route tables of gateways are not supported.');
      }
      if (SubnetId === undefined) throw missingParameter('SubnetId');
      return network.change(scope, async (reader) => {
        const table = await reader.require('route-table', RouteTableId);
        const subnet = await reader.require('subnet', SubnetId);
        if (subnet.vpcId !== table.vpcId) {
          throw invalidParameterValue(
            `Route table ${RouteTableId} and subnet ${SubnetId} belong to different networks`,
          );
        }
        const tables = await reader.inVpc('route-table', table.vpcId);
        const user = tables.find((one) => one.associations.some(({ subnetId }) => subnetId === SubnetId));
        const old = user?.associations.find(({ subnetId }) => subnetId === SubnetId);
        if (user !== undefined && user.routeTableId !== RouteTableId) {
          throw new ApiError(
            'Resource.AlreadyAssociated',
            `the specified association for route table ${RouteTableId} conflicts with an existing association`,
          );
        }
        const associationId = old?.associationId ?? ec2Id('rtbassoc', (length) => ids.hex(length));
        return {
          answer: { AssociationId: associationId, AssociationState: { State: 'associated' as const } },
          writes:
            old === undefined ? [withAssociation(reader, table, { associationId, subnetId: SubnetId })] : [],
        };
      });
    },
  );
}
