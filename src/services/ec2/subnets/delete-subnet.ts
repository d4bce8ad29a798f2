/** DeleteSubnet: no interface may have an address of it. Its route table forgets it. */
import { DeleteSubnet$, type DeleteSubnetRequest } from '@aws-sdk/client-ec2';
import type { Scope } from '../../../domain/arn.ts';
import { keys } from '../../../domain/keys.ts';
import type { FlowLogRecord, RouteTableRecord, SubnetRecord } from '../../../domain/network/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { dependencyViolation } from '../errors.ts';
import { flowLogsOf } from '../flow-logs-of.ts';
import type { Network, NetworkReader } from '../network.ts';
import type { Ec2Parts } from '../parts.ts';

interface Deleted {
  readonly subnet: SubnetRecord;
  /** As it was before, when the subnet had one of its own. */
  readonly table: RouteTableRecord | undefined;
  readonly flowLogs: readonly FlowLogRecord[];
}

export function deleteSubnetOperation({ network }: Ec2Parts) {
  return operation(
    DeleteSubnet$,
    async ({ SubnetId = '' }: DeleteSubnetRequest, { scope }: RequestContext): Promise<void> => {
      const deleted = await network.change(scope, async (reader) => {
        const subnet = await reader.require('subnet', SubnetId);
        if (await isUsed(reader, SubnetId)) throw inUse(SubnetId);
        const table = (await reader.inVpc('route-table', subnet.vpcId)).find(({ associations }) =>
          associations.some(({ subnetId }) => subnetId === SubnetId),
        );
        const flowLogs = await flowLogsOf(reader, SubnetId);
        return {
          answer: { subnet, table, flowLogs },
          writes: [
            reader.remove('subnet', SubnetId),
            ...(table === undefined ? [] : [tableWithout(reader, table, SubnetId)]),
            ...flowLogs.map(({ flowLogId }) => reader.remove('flow-log', flowLogId)),
          ],
        };
      });
      // Interfaces of tasks come without this API: one may have come between the look and the change.
      if (!(await isUsed(network.read(scope), SubnetId))) return;
      await putBack(network, scope, deleted);
      throw inUse(SubnetId);
    },
  );
}

async function isUsed(reader: NetworkReader, subnetId: string): Promise<boolean> {
  const prefix = keys.addresses(reader.scope, subnetId);
  return (await reader.store.range({ prefix, limit: 1 })).length > 0;
}

function tableWithout(reader: NetworkReader, table: RouteTableRecord, deletedId: string) {
  const associations = table.associations.filter(({ subnetId }) => subnetId !== deletedId);
  return reader.put('route-table', table.routeTableId, { ...table, associations });
}

function putBack(network: Network, scope: Scope, { subnet, table, flowLogs }: Deleted): Promise<void> {
  return network.change(scope, async (reader) => {
    const now = table === undefined ? undefined : await reader.find('route-table', table.routeTableId);
    const own = table?.associations.filter(({ subnetId }) => subnetId === subnet.subnetId) ?? [];
    return {
      answer: undefined,
      writes: [
        reader.put('subnet', subnet.subnetId, subnet),
        ...flowLogs.map((flowLog) => reader.put('flow-log', flowLog.flowLogId, flowLog)),
        ...(now === undefined
          ? []
          : [
              reader.put('route-table', now.routeTableId, {
                ...now,
                associations: [...now.associations, ...own],
              }),
            ]),
      ],
    };
  });
}

const inUse = (subnetId: string) =>
  dependencyViolation(`The subnet '${subnetId}' has dependencies and cannot be deleted.`);
