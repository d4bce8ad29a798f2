/** DeleteVpc: nothing may be left in it but what it came with. */
import { DeleteVpc$, type DeleteVpcRequest } from '@aws-sdk/client-ec2';
import type { VpcRecord } from '../../../domain/network/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { dependencyViolation } from '../errors.ts';
import { flowLogsOf } from '../flow-logs-of.ts';
import type { NetworkReader } from '../network.ts';
import type { Ec2Parts } from '../parts.ts';

export function deleteVpcOperation({ network }: Ec2Parts) {
  return operation(
    DeleteVpc$,
    ({ VpcId = '' }: DeleteVpcRequest, { scope }: RequestContext): Promise<void> =>
      network.change(scope, async (reader) => {
        const vpc = await reader.require('vpc', VpcId);
        if (await hasDependents(reader, vpc)) {
          throw dependencyViolation(`The vpc '${VpcId}' has dependencies and cannot be deleted.`);
        }
        const flowLogs = await flowLogsOf(reader, VpcId);
        return {
          answer: undefined,
          writes: [
            reader.remove('vpc', VpcId),
            reader.remove('route-table', vpc.mainRouteTableId),
            reader.remove('security-group', vpc.defaultSecurityGroupId),
            ...flowLogs.map(({ flowLogId }) => reader.remove('flow-log', flowLogId)),
          ],
        };
      }),
  );
}

async function hasDependents(reader: NetworkReader, vpc: VpcRecord): Promise<boolean> {
  const { vpcId, mainRouteTableId, defaultSecurityGroupId } = vpc;
  const tables = await reader.inVpc('route-table', vpcId);
  const groups = await reader.inVpc('security-group', vpcId);
  const gateways = await reader.inVpc('nat-gateway', vpcId);
  return (
    tables.some(({ routeTableId }) => routeTableId !== mainRouteTableId) ||
    groups.some(({ groupId }) => groupId !== defaultSecurityGroupId) ||
    gateways.some(({ state }) => state === 'available') ||
    (await reader.inVpc('subnet', vpcId)).length > 0 ||
    (await reader.inVpc('internet-gateway', vpcId)).length > 0 ||
    (await reader.inVpc('endpoint', vpcId)).length > 0 ||
    (await reader.inVpc('eni', vpcId)).length > 0
  );
}
