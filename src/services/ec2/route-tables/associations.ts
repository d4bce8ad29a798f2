/** Which table a subnet uses, and which is a VPC's main one: found by the association's id. */
import { ApiError } from '../../../domain/errors.ts';
import { isEc2Id } from '../../../domain/network/ec2-ids.ts';
import type { RouteTableAssociationRecord, RouteTableRecord } from '../../../domain/network/records.ts';
import type { Write } from '../../../ports/store.ts';
import type { NetworkReader } from '../network.ts';

export interface Association {
  readonly table: RouteTableRecord;
  readonly association: RouteTableAssociationRecord;
}

/** Throws InvalidAssociationID.Malformed and .NotFound. */
export async function requireAssociation(reader: NetworkReader, id: string): Promise<Association> {
  if (!isEc2Id('rtbassoc', id)) {
    throw new ApiError('InvalidAssociationID.Malformed', `Invalid id: "${id}" (expecting "rtbassoc-...")`);
  }
  for (const table of await reader.all('route-table')) {
    const association = table.associations.find(({ associationId }) => associationId === id);
    if (association !== undefined) return { table, association };
  }
  throw new ApiError('InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`);
}

export function withoutAssociation(reader: NetworkReader, { table, association }: Association): Write {
  return reader.put('route-table', table.routeTableId, {
    ...table,
    associations: table.associations.filter((one) => one !== association),
  });
}

export function withAssociation(
  reader: NetworkReader,
  table: RouteTableRecord,
  association: RouteTableAssociationRecord,
): Write {
  const associations = [...table.associations, association];
  return reader.put('route-table', table.routeTableId, { ...table, associations });
}
