/**
 * ModifyNetworkInterfaceAttribute, DetachNetworkInterface, DeleteNetworkInterface: every interface is one of a service
 * and attached to it, and only the service may change it. Refused as on AWS: groups of a task's interface follow from
 * RunTask, those of an endpoint's from ModifyVpcEndpoint.
 */
import {
  DeleteNetworkInterface$,
  type DeleteNetworkInterfaceRequest,
  DetachNetworkInterface$,
  type DetachNetworkInterfaceRequest,
  ModifyNetworkInterfaceAttribute$,
  type ModifyNetworkInterfaceAttributeRequest,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../../../domain/errors.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import {
  invalidParameterCombination,
  invalidParameterValue,
  managedByService,
  missingParameter,
} from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';
import { attachmentView } from './network-interface-view.ts';

export function modifyNetworkInterfaceAttributeOperation({ network }: Ec2Parts) {
  return operation(
    ModifyNetworkInterfaceAttribute$,
    async (
      { NetworkInterfaceId: id, ...attributes }: ModifyNetworkInterfaceAttributeRequest,
      { scope }: RequestContext,
    ): Promise<void> => {
      if (id === undefined) throw missingParameter('networkInterfaceId');
      const given = Object.entries(attributes).filter(
        ([name, value]) => name !== 'DryRun' && value !== undefined,
      );
      if (given.length === 0) throw invalidParameterCombination('No attributes specified.');
      if (given.length > 1) {
        throw invalidParameterCombination('Fields for multiple attribute types specified');
      }
      await network.read(scope).require('eni', id);
      throw managedByService();
    },
  );
}

export function detachNetworkInterfaceOperation({ network }: Ec2Parts) {
  return operation(
    DetachNetworkInterface$,
    async ({ AttachmentId: id }: DetachNetworkInterfaceRequest, { scope }: RequestContext): Promise<void> => {
      if (id === undefined) throw missingParameter('attachmentId');
      const enis = await network.read(scope).all('eni');
      if (!enis.some((eni) => attachmentView(eni).AttachmentId === id)) {
        throw new ApiError(
          'InvalidAttachmentID.NotFound',
          `The networkInterface attachment ID '${id}' does not exist`,
        );
      }
      throw new ApiError('OperationNotPermitted', "You are not allowed to manage 'ela-attach' attachments.");
    },
  );
}

export function deleteNetworkInterfaceOperation({ network }: Ec2Parts) {
  return operation(
    DeleteNetworkInterface$,
    async (
      { NetworkInterfaceId: id }: DeleteNetworkInterfaceRequest,
      { scope }: RequestContext,
    ): Promise<void> => {
      if (id === undefined) throw missingParameter('networkInterfaceId');
      await network.read(scope).require('eni', id);
      throw invalidParameterValue(`Network interface '${id}' is currently in use.`);
    },
  );
}
