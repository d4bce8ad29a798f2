/** What flow logs can be of: VPCs, subnets and network interfaces. */
import type { FlowLogsResourceType } from '@aws-sdk/client-ec2';
import type { Ec2Kind } from '../../../domain/keys.ts';
import { invalidParameter, invalidParameterValue, missingParameter, unsupported } from '../errors.ts';
import type { NetworkReader } from '../network.ts';

const KINDS = { VPC: 'vpc', Subnet: 'subnet', NetworkInterface: 'eni' } as const satisfies Record<
  string,
  Ec2Kind
>;
const MOST = 300;

export interface LoggedResource {
  readonly resourceId: string;
  readonly vpcId: string;
}

export interface AskedResources {
  readonly ResourceType: FlowLogsResourceType | undefined;
  readonly ResourceIds: readonly string[] | undefined;
}

/** Throws for a type, an id or a resource that is none. */
export async function loggedResources(
  reader: NetworkReader,
  { ResourceType: type, ResourceIds: ids = [] }: AskedResources,
): Promise<readonly LoggedResource[]> {
  if (type === undefined) throw missingParameter('ResourceType');
  if (!isKnown(type)) throw unknownType(type);
  if (ids.length === 0) throw missingParameter('ResourceId');
  if (ids.length > MOST)
    throw invalidParameterValue(`No more than ${MOST} resource ids may be given at once.`);
  switch (KINDS[type]) {
    case 'vpc':
      return (await reader.requireAll('vpc', ids)).map(({ vpcId }) => ({ resourceId: vpcId, vpcId }));
    case 'subnet':
      return (await reader.requireAll('subnet', ids)).map(({ subnetId: resourceId, vpcId }) => ({
        resourceId,
        vpcId,
      }));
    case 'eni':
      return (await reader.requireAll('eni', ids)).map(({ eniId: resourceId, vpcId }) => ({
        resourceId,
        vpcId,
      }));
  }
}

function isKnown(type: string): type is keyof typeof KINDS {
  return Object.hasOwn(KINDS, type);
}

function unknownType(type: string): Error {
  if (/^TransitGateway|^RegionalNatGateway$/.test(type)) {
    return unsupported(`Flow logs of the resource type ${type} are not supported.`);
  }
  const known = Object.keys(KINDS).join(', ');
  return invalidParameter(`Invalid value '${type}' for ResourceType. Valid values are ${known}.`);
}
