/** The network configuration of RunTask for Fargate: one VPC, its subnets, its security groups. */
import { ApiError } from '../../errors.ts';
import type { SecurityGroupRecord, SubnetRecord } from '../../network/records.ts';
import { checkEnum } from '../constraints.ts';
import type { NetworkConfiguration } from '../task-definition.ts';

const CODE = 'InvalidParameterException';
const MAX_SUBNETS = 16;
const MAX_SECURITY_GROUPS = 5;

/** What a request says, in the words of the API. */
export interface NetworkRequest {
  readonly awsvpcConfiguration?:
    | {
        readonly subnets: readonly string[] | undefined;
        readonly securityGroups?: readonly string[] | undefined;
        readonly assignPublicIp?: string | undefined;
      }
    | undefined;
}

/** What exists of what the request names. */
export interface KnownNetwork {
  readonly subnets: readonly SubnetRecord[];
  readonly securityGroups: readonly SecurityGroupRecord[];
  /** Of the first subnet's VPC; a request that names no group gets it. */
  readonly defaultGroupId: string;
}

/** Throws InvalidParameterException for what is missing, too much, unknown, or of several VPCs. */
export function resolveNetwork(
  request: NetworkRequest | undefined,
  known: KnownNetwork,
): NetworkConfiguration {
  const asked = request?.awsvpcConfiguration;
  if (asked === undefined) {
    throw new ApiError(
      CODE,
      "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    );
  }
  const subnets = [...(asked.subnets ?? [])];
  const groups = [...(asked.securityGroups ?? [])];
  if (subnets.length === 0) throw new ApiError(CODE, 'subnets can not be empty.');
  checkCount('subnets', subnets, MAX_SUBNETS);
  checkCount('securityGroups', groups, MAX_SECURITY_GROUPS);
  checkEnum(CODE, 'networkConfiguration.awsvpcConfiguration.assignPublicIp', asked.assignPublicIp, [
    'ENABLED',
    'DISABLED',
  ]);
  checkBelonging(groups, checkSubnets(subnets, known), known);
  return {
    subnets,
    securityGroups: groups.length === 0 ? [known.defaultGroupId] : [...new Set(groups)],
    assignPublicIp: asked.assignPublicIp === 'ENABLED' ? 'ENABLED' : 'DISABLED',
  };
}

/** Their VPC. */
function checkSubnets(subnetIds: readonly string[], known: KnownNetwork): string {
  const unknown = subnetIds.find((id) => !known.subnets.some(({ subnetId }) => subnetId === id));
  if (unknown !== undefined) {
    throw new ApiError(
      CODE,
      `Error retrieving subnet information for [${subnetIds.join(', ')}]: The subnet ID '${unknown}' does not exist (ErrorCode: InvalidSubnetID.NotFound)`,
    );
  }
  const [vpcId = '', ...others] = new Set(known.subnets.map((subnet) => subnet.vpcId));
  if (others.length > 0) throw new ApiError(CODE, 'The subnets must all be in the same VPC.');
  return vpcId;
}

function checkBelonging(groupIds: readonly string[], vpcId: string, { securityGroups }: KnownNetwork): void {
  const unknown = groupIds.find((id) => !securityGroups.some(({ groupId }) => groupId === id));
  if (unknown !== undefined) {
    throw new ApiError(
      CODE,
      `Error retrieving security group information for [${groupIds.join(', ')}]: The security group '${unknown}' does not exist (ErrorCode: InvalidGroup.NotFound)`,
    );
  }
  const foreign = securityGroups.find((group) => group.vpcId !== vpcId);
  if (foreign === undefined) return;
  throw new ApiError(
    CODE,
    `Security group ${foreign.groupId} does not appear to belong to the same VPC as the input subnets.`,
  );
}

function checkCount(name: string, list: readonly string[], max: number): void {
  if (list.length > max) throw new ApiError(CODE, `${name} can have at most ${max} items.`);
}
