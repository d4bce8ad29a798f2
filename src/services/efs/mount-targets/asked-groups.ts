/** The security groups that a request names for a mount target's interface. */
import { ApiError } from '../../../domain/errors.ts';
import type { NetworkReader } from '../../ec2/network.ts';
import { checkText } from '../constraints.ts';

const MOST_GROUPS = 5;
const GROUP_ID = { min: 11, max: 43, pattern: '^sg-[0-9a-f]{8,40}' };

/** Throws ValidationException. */
export function checkGroupIds(groupIds: readonly string[] | undefined): void {
  for (const [index, groupId] of (groupIds ?? []).entries()) {
    checkText(`securityGroups.${index + 1}.member`, groupId, GROUP_ID);
  }
}

/**
 * Those of the request, or the VPC's default group. Throws SecurityGroupNotFound, also for groups of other VPCs, and
 * SecurityGroupLimitExceeded.
 */
export async function groupsFor(
  reader: NetworkReader,
  vpcId: string,
  asked: readonly string[] = [],
): Promise<readonly string[]> {
  const groupIds = [...new Set(asked)];
  if (groupIds.length > MOST_GROUPS) {
    throw new ApiError(
      'SecurityGroupLimitExceeded',
      'The maximum number of security groups per interface has been reached.',
    );
  }
  for (const groupId of groupIds) {
    const group = await reader.find('security-group', groupId);
    if (group === undefined) {
      throw new ApiError('SecurityGroupNotFound', `The security group '${groupId}' does not exist`);
    }
    if (group.vpcId !== vpcId) {
      throw new ApiError(
        'SecurityGroupNotFound',
        'You have specified two resources that belong to different networks.',
      );
    }
  }
  if (groupIds.length > 0) return groupIds;
  return [(await reader.require('vpc', vpcId)).defaultSecurityGroupId];
}
