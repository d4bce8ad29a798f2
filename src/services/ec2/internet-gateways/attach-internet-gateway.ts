/** AttachInternetGateway and DetachInternetGateway: a VPC has one, a gateway one VPC. */
import {
  AttachInternetGateway$,
  type AttachInternetGatewayRequest,
  DetachInternetGateway$,
  type DetachInternetGatewayRequest,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../../../domain/errors.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { dependencyViolation, invalidParameterValue } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';

export function attachInternetGatewayOperation({ network }: Ec2Parts) {
  return operation(
    AttachInternetGateway$,
    ({ InternetGatewayId: id = '', VpcId = '' }: AttachInternetGatewayRequest, { scope }: RequestContext) =>
      network.change(scope, async (reader) => {
        const gateway = await reader.require('internet-gateway', id);
        const { vpcId } = await reader.require('vpc', VpcId);
        if (gateway.vpcId !== undefined) {
          throw new ApiError(
            'Resource.AlreadyAssociated',
            `resource ${id} is already attached to network ${gateway.vpcId}`,
          );
        }
        if ((await reader.inVpc('internet-gateway', vpcId)).length > 0) {
          throw invalidParameterValue(`Network ${vpcId} already has an internet gateway attached`);
        }
        return {
          answer: undefined,
          writes: [reader.put('internet-gateway', id, { ...gateway, vpcId })],
        };
      }),
  );
}

export function detachInternetGatewayOperation({ network }: Ec2Parts) {
  return operation(
    DetachInternetGateway$,
    ({ InternetGatewayId: id = '', VpcId = '' }: DetachInternetGatewayRequest, { scope }: RequestContext) =>
      network.change(scope, async (reader) => {
        const { vpcId: attachedTo, ...gateway } = await reader.require('internet-gateway', id);
        const { vpcId } = await reader.require('vpc', VpcId);
        if (attachedTo !== vpcId) {
          throw new ApiError('Gateway.NotAttached', `resource ${id} is not attached to network ${vpcId}`);
        }
        const interfaces = await reader.inVpc('eni', vpcId);
        if (interfaces.some(({ publicIpv4Address }) => publicIpv4Address !== undefined)) {
          throw dependencyViolation(
            `Network ${vpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
          );
        }
        return { answer: undefined, writes: [reader.put('internet-gateway', id, gateway)] };
      }),
  );
}
