import {
  DescribeMountTargets$,
  type DescribeMountTargetsRequest,
  type DescribeMountTargetsResponse,
} from '@aws-sdk/client-efs';
import type { Scope } from '../../../domain/arn.ts';
import type { MountTargetRecord } from '../../../domain/efs/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { badRequest } from '../errors.ts';
import { pageOf } from '../page.ts';
import type { EfsParts } from '../parts.ts';
import { mountTargetView } from './mount-target-view.ts';

export function describeMountTargetsOperation(parts: EfsParts) {
  return operation(
    DescribeMountTargets$,
    async (
      input: DescribeMountTargetsRequest,
      { scope }: RequestContext,
    ): Promise<DescribeMountTargetsResponse> => {
      const { FileSystemId, MountTargetId, AccessPointId } = input;
      const chosen = await chosenOnes(parts, input, scope);
      const { items, next } = pageOf(chosen, ({ mountTargetId }) => mountTargetId, {
        size: input.MaxItems,
        token: input.Marker,
        names: { size: 'maxItems', token: 'marker' },
        question: ['DescribeMountTargets', FileSystemId, MountTargetId, AccessPointId],
      });
      const reader = parts.network.read(scope);
      const views = items.map(async (record) => {
        const eni = await reader.find('eni', record.eniId);
        return mountTargetView(record, scope, { eni, state: 'available' });
      });
      return { Marker: input.Marker, MountTargets: await Promise.all(views), NextMarker: next };
    },
  );
}

/** Of the one thing that the request names. */
async function chosenOnes(
  { records }: EfsParts,
  { FileSystemId, MountTargetId, AccessPointId }: DescribeMountTargetsRequest,
  scope: Scope,
): Promise<readonly MountTargetRecord[]> {
  const named = [FileSystemId, MountTargetId, AccessPointId].filter((each) => each !== undefined);
  if (named.length !== 1) throw badRequest('Must specify exactly one mutually exclusive parameter.');
  if (MountTargetId !== undefined) {
    return [(await records.require(scope, 'mount-target', 'mountTargetId', MountTargetId)).value];
  }
  const { value } =
    AccessPointId === undefined
      ? await records.requireFileSystem(scope, FileSystemId ?? '')
      : await records.require(scope, 'access-point', 'accessPointId', AccessPointId);
  return records.below(scope, 'mount-target', value.fileSystemId);
}
