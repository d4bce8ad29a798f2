/** DescribeMountTargetSecurityGroups and ModifyMountTargetSecurityGroups: the groups of a mount target's interface. */
import {
  DescribeMountTargetSecurityGroups$,
  type DescribeMountTargetSecurityGroupsRequest,
  type DescribeMountTargetSecurityGroupsResponse,
  ModifyMountTargetSecurityGroups$,
  type ModifyMountTargetSecurityGroupsRequest,
} from '@aws-sdk/client-efs';
import type { EniRecord } from '../../../domain/network/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { NetworkReader } from '../../ec2/network.ts';
import type { EfsParts } from '../parts.ts';
import { checkGroupIds, groupsFor } from './asked-groups.ts';

export function describeMountTargetSecurityGroupsOperation({ records, network }: EfsParts) {
  return operation(
    DescribeMountTargetSecurityGroups$,
    async (
      { MountTargetId: id = '' }: DescribeMountTargetSecurityGroupsRequest,
      { scope }: RequestContext,
    ): Promise<DescribeMountTargetSecurityGroupsResponse> => {
      const eni = await interfaceOf({ records }, network.read(scope), id);
      return { SecurityGroups: [...eni.securityGroups] };
    },
  );
}

/** They count for connections that are made from now on. Without any, the VPC's default group. */
export function modifyMountTargetSecurityGroupsOperation({ records, network, defaultNetworks }: EfsParts) {
  return operation(
    ModifyMountTargetSecurityGroups$,
    async (
      { MountTargetId: id = '', SecurityGroups: asked }: ModifyMountTargetSecurityGroupsRequest,
      { scope }: RequestContext,
    ): Promise<void> => {
      checkGroupIds(asked);
      await defaultNetworks.ensure(scope);
      await network.change(scope, async (reader) => {
        const eni = await interfaceOf({ records }, reader, id);
        const securityGroups = await groupsFor(reader, eni.vpcId, asked);
        return { answer: undefined, writes: [reader.put('eni', eni.eniId, { ...eni, securityGroups })] };
      });
    },
  );
}

async function interfaceOf(
  { records }: Pick<EfsParts, 'records'>,
  reader: NetworkReader,
  id: string,
): Promise<EniRecord> {
  const { value } = await records.require(reader.scope, 'mount-target', 'mountTargetId', id);
  return reader.require('eni', value.eniId);
}
