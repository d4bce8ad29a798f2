import {
  CreateMountTarget$,
  type CreateMountTargetRequest,
  type MountTargetDescription,
} from '@aws-sdk/client-efs';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { checkEnum, checkText } from '../constraints.ts';
import { touch } from '../efs-records.ts';
import { badRequest } from '../errors.ts';
import type { EfsParts } from '../parts.ts';
import { checkGroupIds } from './asked-groups.ts';
import { mountTargetView } from './mount-target-view.ts';
import { newMountTarget } from './new-mount-target.ts';

const SUBNET_ID = { min: 15, max: 47, pattern: '^subnet-[0-9a-f]{8,40}$' };
const IP_ADDRESS = { min: 7, max: 15, pattern: '^[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}$' };

/** Machines hear of it at once, and a task that is placed after it finds it there. */
export function createMountTargetOperation(parts: EfsParts) {
  const { records, network, defaultNetworks } = parts;
  return operation(
    CreateMountTarget$,
    async (input: CreateMountTargetRequest, { scope }: RequestContext): Promise<MountTargetDescription> => {
      const { FileSystemId = '', SubnetId: subnetId = '', SecurityGroups: groupIds } = input;
      checkText('subnetId', subnetId, SUBNET_ID);
      checkText('ipAddress', input.IpAddress, IP_ADDRESS);
      checkGroupIds(groupIds);
      refuseIpv6(input);
      await defaultNetworks.ensure(scope);
      return network.change(scope, async (reader) => {
        const entry = await records.requireFileSystem(scope, FileSystemId);
        const asked = { subnetId, ipAddress: input.IpAddress, groupIds };
        const made = await newMountTarget(reader, parts, entry.value, asked);
        const fileSystem = touch(scope, entry);
        return {
          answer: mountTargetView(made.record, scope, { eni: made.eni, state: 'creating' }),
          writes: [...made.writes, fileSystem.write],
          conditions: [...made.conditions, fileSystem.condition],
        };
      });
    },
  );
}

function refuseIpv6({ IpAddressType: type, Ipv6Address: address }: CreateMountTargetRequest): void {
  checkEnum('ipAddressType', type, ['IPV4_ONLY', 'IPV6_ONLY', 'DUAL_STACK']);
  if (address === undefined && (type === undefined || type === 'IPV4_ONLY')) return;
  throw badRequest("Mount targets with IPv6 addresses are not supported: Neargate's networks have no IPv6.");
}
