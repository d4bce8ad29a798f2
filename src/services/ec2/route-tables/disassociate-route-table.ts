/** DisassociateRouteTable: the subnet goes back to the main table. */
import { DisassociateRouteTable$, type DisassociateRouteTableRequest } from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { invalidParameterValue } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';
import { requireAssociation, withoutAssociation } from './associations.ts';

export function disassociateRouteTableOperation({ network }: Ec2Parts) {
  return operation(
    DisassociateRouteTable$,
    ({ AssociationId = '' }: DisassociateRouteTableRequest, { scope }: RequestContext): Promise<void> =>
      network.change(scope, async (reader) => {
        const found = await requireAssociation(reader, AssociationId);
        if (found.association.subnetId === undefined) {
          throw invalidParameterValue(
            `cannot disassociate the main route table association ${AssociationId}`,
          );
        }
        return { answer: undefined, writes: [withoutAssociation(reader, found)] };
      }),
  );
}
