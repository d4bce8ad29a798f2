/** The flow logs of a resource, which go with it. */
import type { FlowLogRecord } from '../../domain/network/records.ts';
import type { NetworkReader } from './network.ts';

export async function flowLogsOf(reader: NetworkReader, ownerId: string): Promise<readonly FlowLogRecord[]> {
  return (await reader.all('flow-log')).filter(({ resourceId }) => resourceId === ownerId);
}
