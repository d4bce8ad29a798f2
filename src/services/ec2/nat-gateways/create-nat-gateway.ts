/**
 * CreateNatGateway: an interface in a subnet, with an elastic address or without. What is wrong with the network makes
 * a gateway that has failed, as on AWS.
 */
import {
  CreateNatGateway$,
  type CreateNatGatewayRequest,
  type CreateNatGatewayResult,
} from '@aws-sdk/client-ec2';
import { isApiError } from '../../../domain/errors.ts';
import { ec2Id } from '../../../domain/network/ec2-ids.ts';
import type { ElasticIpRecord, NatGatewayRecord, SubnetRecord } from '../../../domain/network/records.ts';
import type { Condition, Write } from '../../../ports/store.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { madeBefore, requestMark } from '../client-token.ts';
import type { NetworkReader } from '../network.ts';
import { newInterface } from '../network-interfaces/new-interface.ts';
import type { Ec2Parts } from '../parts.ts';
import { tagsFor } from '../tags.ts';
import { type AskedGateway, askedGateway } from './asked-gateway.ts';
import { forgottenGateways } from './forgotten.ts';
import { gatewayAddresses, natGatewayView } from './nat-gateway-view.ts';

interface Made {
  readonly gateway: NatGatewayRecord;
  readonly writes: readonly Write[];
  readonly conditions: readonly Condition[];
}

export function createNatGatewayOperation(parts: Ec2Parts) {
  const { network, clock } = parts;
  return operation(
    CreateNatGateway$,
    (input: CreateNatGatewayRequest, { scope }: RequestContext): Promise<CreateNatGatewayResult> => {
      const asked = askedGateway(input);
      const request = requestMark(input);
      const tags = tagsFor('natgateway', input.TagSpecifications);
      return network.change(scope, async (reader) => {
        const addressOf = await gatewayAddresses(reader);
        const [earlier] = madeBefore(await reader.all('nat-gateway'), request);
        if (earlier !== undefined) {
          const NatGateway = natGatewayView(earlier, addressOf);
          return { answer: { NatGateway, ClientToken: input.ClientToken }, writes: [] };
        }
        const made = await makeGateway(reader, parts, asked);
        const gateway = { ...made.gateway, tags, ...(request === undefined ? {} : { request }) };
        return {
          answer: {
            NatGateway: natGatewayView(gateway, addressOf, 'pending'),
            ClientToken: input.ClientToken,
          },
          writes: [
            ...made.writes,
            reader.put('nat-gateway', gateway.natGatewayId, gateway),
            ...(await forgottenGateways(reader, clock.now())),
          ],
          conditions: made.conditions,
        };
      });
    },
  );
}

async function makeGateway(reader: NetworkReader, parts: Ec2Parts, asked: AskedGateway): Promise<Made> {
  const { ids, clock } = parts;
  const { subnetId, connectivityType, allocationId } = asked;
  const subnet = await reader.require('subnet', subnetId);
  const address = allocationId === undefined ? undefined : await reader.require('elastic-ip', allocationId);
  const draft: NatGatewayRecord = {
    natGatewayId: ec2Id('nat', (length) => ids.hex(length)),
    ...{ vpcId: subnet.vpcId, subnetId, connectivityType, state: 'available' },
    ...(allocationId === undefined ? {} : { allocationId }),
    ...{ createdAt: clock.now(), tags: {} },
  };
  const failure = await findFailure(reader, draft, address);
  if (failure !== undefined) return failed(draft, failure);
  try {
    return await withInterface(reader, parts, draft, { asked, subnet, address });
  } catch (error) {
    if (!isApiError(error, 'InsufficientFreeAddressesInSubnet')) throw error;
    return failed(draft, {
      code: error.code,
      message: 'Subnet has insufficient free addresses to create this NAT gateway',
    });
  }
}

async function findFailure(
  reader: NetworkReader,
  { vpcId, connectivityType }: NatGatewayRecord,
  address: ElasticIpRecord | undefined,
): Promise<NatGatewayRecord['failure']> {
  if (connectivityType === 'private') return undefined;
  if ((await reader.inVpc('internet-gateway', vpcId)).length === 0) {
    return { code: 'Gateway.NotAttached', message: `Network ${vpcId} has no Internet gateway attached` };
  }
  if (address?.associationId === undefined) return undefined;
  return {
    code: 'Resource.AlreadyAssociated',
    message: `Elastic IP address [${address.allocationId}] is already associated`,
  };
}

function failed(draft: NatGatewayRecord, failure: NonNullable<NatGatewayRecord['failure']>): Made {
  return { gateway: { ...draft, state: 'failed', failure }, writes: [], conditions: [] };
}

interface Place {
  readonly asked: AskedGateway;
  readonly subnet: SubnetRecord;
  readonly address: ElasticIpRecord | undefined;
}

async function withInterface(
  reader: NetworkReader,
  parts: Ec2Parts,
  draft: NatGatewayRecord,
  { asked, subnet, address }: Place,
): Promise<Made> {
  const { natGatewayId } = draft;
  const publicAddress = address === undefined ? {} : { publicIpv4Address: address.publicIpv4Address };
  const { eni, writes, conditions } = await newInterface(reader, parts, {
    ...{ subnet, securityGroups: [], owner: { type: 'nat-gateway', natGatewayId } },
    description: `Interface for NAT Gateway ${natGatewayId}`,
    privateIpv4Address: asked.privateIpv4Address,
    ...publicAddress,
  });
  const { eniId, privateIpv4Address } = eni;
  const gateway = { ...draft, eniId, privateIpv4Address, ...publicAddress };
  if (address === undefined) return { gateway, writes, conditions };
  const associationId = ec2Id('eipassoc', (length) => parts.ids.hex(length));
  const associated = reader.put('elastic-ip', address.allocationId, { ...address, associationId, eniId });
  return { gateway, writes: [...writes, associated], conditions };
}
