import {
  DescribeAccessPoints$,
  type DescribeAccessPointsRequest,
  type DescribeAccessPointsResponse,
} from '@aws-sdk/client-efs';
import type { Scope } from '../../../domain/arn.ts';
import type { AccessPointRecord } from '../../../domain/efs/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { badRequest } from '../errors.ts';
import { pageOf } from '../page.ts';
import type { EfsParts } from '../parts.ts';
import { accessPointView } from './access-point-view.ts';

export function describeAccessPointsOperation(parts: EfsParts) {
  return operation(
    DescribeAccessPoints$,
    async (
      input: DescribeAccessPointsRequest,
      { scope }: RequestContext,
    ): Promise<DescribeAccessPointsResponse> => {
      const { AccessPointId: id, FileSystemId: fileSystem } = input;
      const chosen = await chosenOnes(parts, input, scope);
      const { items, next } = pageOf(chosen, ({ accessPointId }) => accessPointId, {
        size: input.MaxResults,
        token: input.NextToken,
        names: { size: 'maxResults', token: 'nextToken' },
        question: ['DescribeAccessPoints', id, fileSystem],
      });
      return { AccessPoints: items.map((record) => accessPointView(record, scope)), NextToken: next };
    },
  );
}

async function chosenOnes(
  { records }: EfsParts,
  { AccessPointId: id, FileSystemId: fileSystem }: DescribeAccessPointsRequest,
  scope: Scope,
): Promise<readonly AccessPointRecord[]> {
  if (id !== undefined && fileSystem !== undefined) {
    throw badRequest('Specify either an AccessPointId or a FileSystemId, not both.');
  }
  if (id !== undefined) return [(await records.require(scope, 'access-point', 'accessPointId', id)).value];
  if (fileSystem === undefined) return records.all(scope, 'access-point');
  const { fileSystemId } = (await records.requireFileSystem(scope, fileSystem)).value;
  return records.below(scope, 'access-point', fileSystemId);
}
