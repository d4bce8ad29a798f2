/** The network configuration of RunTask for Fargate: one VPC, its subnets, its security groups. */
import { ApiError } from '../../errors.ts';
import type { SubnetSpec } from '../../network/vpc.ts';
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

/** What exists for the caller. */
export interface KnownNetwork {
  readonly subnets: readonly SubnetSpec[];
  /** The VPC's default group; a request that names none gets it. */
  readonly securityGroupId: string;
}

/** Throws InvalidParameterException for what is missing, too much or unknown. */
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
  const unknownSubnet = subnets.find((id) => !known.subnets.some(({ subnetId }) => subnetId === id));
  if (unknownSubnet !== undefined) {
    throw new ApiError(
      CODE,
      `Error retrieving subnet information for [${subnets.join(', ')}]: The subnet ID '${unknownSubnet}' does not exist (ErrorCode: InvalidSubnetID.NotFound)`,
    );
  }
  const unknownGroup = groups.find((id) => id !== known.securityGroupId);
  if (unknownGroup !== undefined) {
    throw new ApiError(
      CODE,
      `Error retrieving security group information for [${groups.join(', ')}]: The security group '${unknownGroup}' does not exist (ErrorCode: InvalidGroup.NotFound)`,
    );
  }
  return {
    subnets,
    securityGroups: groups.length === 0 ? [known.securityGroupId] : groups,
    assignPublicIp: asked.assignPublicIp === 'ENABLED' ? 'ENABLED' : 'DISABLED',
  };
}

function checkCount(name: string, list: readonly string[], max: number): void {
  if (list.length > max) throw new ApiError(CODE, `${name} can have at most ${max} items.`);
}
