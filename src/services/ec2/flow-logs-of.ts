/**
 * The flow logs that go with a VPC or a subnet. Those of interfaces stay until their VPC goes: what an interface sent
 * last is told after its end.
 */
import type { FlowLogRecord } from '../../domain/network/records.ts';
import type { NetworkReader } from './network.ts';

export async function flowLogsOf(reader: NetworkReader, ownerId: string): Promise<readonly FlowLogRecord[]> {
  return (await reader.all('flow-log')).filter(({ resourceId, vpcId }) =>
    [resourceId, vpcId].includes(ownerId),
  );
}
