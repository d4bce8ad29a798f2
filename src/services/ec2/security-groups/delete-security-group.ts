/** DeleteSecurityGroup: no interface, no endpoint and no other group may use it. */
import {
  DeleteSecurityGroup$,
  type DeleteSecurityGroupRequest,
  type DeleteSecurityGroupResult,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../../../domain/errors.ts';
import type { SecurityGroupRecord } from '../../../domain/network/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { dependencyViolation } from '../errors.ts';
import type { NetworkReader } from '../network.ts';
import type { Ec2Parts } from '../parts.ts';
import { requireGroup } from './group-lookup.ts';

export function deleteSecurityGroupOperation({ network }: Ec2Parts) {
  return operation(
    DeleteSecurityGroup$,
    async (
      input: DeleteSecurityGroupRequest,
      { scope }: RequestContext,
    ): Promise<DeleteSecurityGroupResult> => {
      const group = await network.change(scope, async (reader) => {
        const found = await requireGroup(reader, input);
        await checkDeletable(reader, found);
        return { answer: found, writes: [reader.remove('security-group', found.groupId)] };
      });
      // Interfaces of tasks come without this API: one may have come between the look and the change.
      const late = await usedByInterface(network.read(scope), group.groupId);
      if (late) {
        await network.change(scope, (reader) =>
          Promise.resolve({
            answer: undefined,
            writes: [reader.put('security-group', group.groupId, group)],
          }),
        );
        throw inUse(group.groupId);
      }
      return { Return: true, GroupId: group.groupId };
    },
  );
}

async function checkDeletable(reader: NetworkReader, { groupId, groupName, vpcId }: SecurityGroupRecord) {
  const vpc = await reader.find('vpc', vpcId);
  if (vpc?.defaultSecurityGroupId === groupId) {
    throw new ApiError(
      'CannotDelete',
      `the specified group: "${groupId}" name: "${groupName}" cannot be deleted by a user`,
    );
  }
  const named = (await reader.all('security-group')).some(
    (other) =>
      other.groupId !== groupId &&
      other.rules.some(({ peer }) => peer.type === 'group' && peer.groupId === groupId),
  );
  const endpoints = await reader.all('endpoint');
  const ofEndpoint = endpoints.some(({ securityGroups }) => securityGroups.includes(groupId));
  if (named || ofEndpoint || (await usedByInterface(reader, groupId))) throw inUse(groupId);
}

async function usedByInterface(reader: NetworkReader, groupId: string): Promise<boolean> {
  return (await reader.all('eni')).some(({ securityGroups }) => securityGroups.includes(groupId));
}

const inUse = (groupId: string): ApiError =>
  dependencyViolation(`resource ${groupId} has a dependent object`);
