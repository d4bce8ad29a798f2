/**
 * AssociateAddress and DisassociateAddress. All interfaces of Neargate belong to services (tasks, endpoints, NAT
 * gateways, mount targets), and AWS lets nobody else change which addresses those have.
 */
import {
  AssociateAddress$,
  type AssociateAddressRequest,
  type AssociateAddressResult,
  DisassociateAddress$,
  type DisassociateAddressRequest,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../../../domain/errors.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { managedByService, missingParameter } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';
import { addressNotFound } from './public-pool.ts';

export function associateAddressOperation({ network }: Ec2Parts) {
  return operation(
    AssociateAddress$,
    async (input: AssociateAddressRequest, { scope }: RequestContext): Promise<AssociateAddressResult> => {
      const { AllocationId, InstanceId, NetworkInterfaceId } = input;
      if (AllocationId === undefined) throw missingParameter('AllocationId');
      if (InstanceId !== undefined) {
        throw new ApiError('InvalidInstanceID.NotFound', `The instance ID '${InstanceId}' does not exist`);
      }
      if (NetworkInterfaceId === undefined) throw missingParameter('NetworkInterfaceId');
      const reader = network.read(scope);
      const { associationId } = await reader.require('elastic-ip', AllocationId);
      await reader.require('eni', NetworkInterfaceId);
      if (associationId !== undefined && input.AllowReassociation !== true) {
        throw new ApiError(
          'Resource.AlreadyAssociated',
          `resource ${AllocationId} is already associated with associate-id ${associationId}`,
        );
      }
      throw managedByService();
    },
  );
}

export function disassociateAddressOperation({ network }: Ec2Parts) {
  return operation(
    DisassociateAddress$,
    async (
      { AssociationId, PublicIp }: DisassociateAddressRequest,
      { scope }: RequestContext,
    ): Promise<void> => {
      if (AssociationId === undefined && PublicIp === undefined) throw missingParameter('AssociationId');
      const addresses = await network.read(scope).all('elastic-ip');
      if (AssociationId === undefined) {
        if (addresses.some(({ publicIpv4Address }) => publicIpv4Address === PublicIp))
          throw managedByService();
        throw addressNotFound(PublicIp ?? '');
      }
      if (addresses.some(({ associationId }) => associationId === AssociationId)) throw managedByService();
      throw new ApiError(
        'InvalidAssociationID.NotFound',
        `The association ID '${AssociationId}' does not exist`,
      );
    },
  );
}
