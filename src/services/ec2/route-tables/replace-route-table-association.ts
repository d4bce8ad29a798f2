/** ReplaceRouteTableAssociation: another table for a subnet, or another main table for the VPC, without a gap. */
import {
  ReplaceRouteTableAssociation$,
  type ReplaceRouteTableAssociationRequest,
  type ReplaceRouteTableAssociationResult,
} from '@aws-sdk/client-ec2';
import { ec2Id } from '../../../domain/network/ec2-ids.ts';
import type { RouteTableAssociationRecord, RouteTableRecord } from '../../../domain/network/records.ts';
import type { Write } from '../../../ports/store.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { invalidParameterValue } from '../errors.ts';
import type { NetworkReader } from '../network.ts';
import type { Ec2Parts } from '../parts.ts';
import { requireAssociation, withAssociation, withoutAssociation } from './associations.ts';

export function replaceRouteTableAssociationOperation({ network, ids }: Ec2Parts) {
  return operation(
    ReplaceRouteTableAssociation$,
    (
      { AssociationId = '', RouteTableId = '' }: ReplaceRouteTableAssociationRequest,
      { scope }: RequestContext,
    ): Promise<ReplaceRouteTableAssociationResult> =>
      network.change(scope, async (reader) => {
        const found = await requireAssociation(reader, AssociationId);
        const table = await reader.require('route-table', RouteTableId);
        if (table.vpcId !== found.table.vpcId) {
          throw invalidParameterValue(
            `Route table ${RouteTableId} and association ${AssociationId} belong to different networks`,
          );
        }
        const associationId = ec2Id('rtbassoc', (length) => ids.hex(length));
        const { subnetId } = found.association;
        const next = { associationId, ...(subnetId === undefined ? {} : { subnetId }) };
        const isSame = table.routeTableId === found.table.routeTableId;
        const rest = table.associations.filter(({ associationId: id }) => id !== AssociationId);
        return {
          answer: { NewAssociationId: associationId, AssociationState: { State: 'associated' as const } },
          writes: [
            ...(isSame ? [] : [withoutAssociation(reader, found)]),
            withAssociation(reader, { ...table, associations: rest }, next),
            ...(await mainTableWrites(reader, table, next)),
          ],
        };
      }),
  );
}

/** The VPC knows its main table, too. */
async function mainTableWrites(
  reader: NetworkReader,
  { routeTableId, vpcId }: RouteTableRecord,
  { subnetId }: RouteTableAssociationRecord,
): Promise<readonly Write[]> {
  if (subnetId !== undefined) return [];
  const vpc = await reader.require('vpc', vpcId);
  return [reader.put('vpc', vpcId, { ...vpc, mainRouteTableId: routeTableId })];
}
