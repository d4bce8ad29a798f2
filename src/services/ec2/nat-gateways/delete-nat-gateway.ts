/** DeleteNatGateway: its interface goes, its elastic address stays the account's. The same once more changes nothing. */
import {
  DeleteNatGateway$,
  type DeleteNatGatewayRequest,
  type DeleteNatGatewayResult,
} from '@aws-sdk/client-ec2';
import type { ElasticIpRecord, NatGatewayRecord } from '../../../domain/network/records.ts';
import type { Write } from '../../../ports/store.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { notFound } from '../errors.ts';
import { flowLogsOf } from '../flow-logs-of.ts';
import type { NetworkReader } from '../network.ts';
import { removeInterface } from '../network-interfaces/new-interface.ts';
import type { Ec2Parts } from '../parts.ts';
import { forgottenGateways } from './forgotten.ts';
import { isForgotten } from './nat-gateway-view.ts';

export function deleteNatGatewayOperation({ network, clock }: Ec2Parts) {
  return operation(
    DeleteNatGateway$,
    (
      { NatGatewayId = '' }: DeleteNatGatewayRequest,
      { scope }: RequestContext,
    ): Promise<DeleteNatGatewayResult> =>
      network.change(scope, async (reader) => {
        const now = clock.now();
        const gateway = await reader.require('nat-gateway', NatGatewayId);
        if (isForgotten(gateway, now)) throw notFound('nat-gateway', NatGatewayId);
        if (gateway.state === 'deleted') return { answer: { NatGatewayId }, writes: [] };
        const next: NatGatewayRecord = { ...gateway, state: 'deleted', deletedAt: now };
        return {
          answer: { NatGatewayId },
          writes: [
            reader.put('nat-gateway', NatGatewayId, next),
            ...(await interfaceRemovals(reader, gateway)),
            ...(await forgottenGateways(reader, now)),
          ],
        };
      }),
  );
}

async function interfaceRemovals(
  reader: NetworkReader,
  { eniId, allocationId }: NatGatewayRecord,
): Promise<readonly Write[]> {
  if (eniId === undefined) return [];
  const eni = await reader.find('eni', eniId);
  const flowLogs = await flowLogsOf(reader, eniId);
  const address = allocationId === undefined ? undefined : await reader.find('elastic-ip', allocationId);
  return [
    ...(eni === undefined ? [] : removeInterface(reader, eni)),
    ...flowLogs.map(({ flowLogId }) => reader.remove('flow-log', flowLogId)),
    ...(address?.eniId === eniId ? [reader.put('elastic-ip', address.allocationId, free(address))] : []),
  ];
}

function free({
  associationId: _association,
  eniId: _interface,
  ...address
}: ElasticIpRecord): ElasticIpRecord {
  return address;
}
