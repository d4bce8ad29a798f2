import {
  DescribeFileSystems$,
  type DescribeFileSystemsRequest,
  type DescribeFileSystemsResponse,
} from '@aws-sdk/client-efs';
import type { Scope } from '../../../domain/arn.ts';
import type { EfsTokenRecord, FileSystemRecord } from '../../../domain/efs/records.ts';
import { keys } from '../../../domain/keys.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { CLIENT_TOKEN, checkText } from '../constraints.ts';
import { badRequest } from '../errors.ts';
import { pageOf } from '../page.ts';
import type { EfsParts } from '../parts.ts';
import { fileSystemView } from './file-system-view.ts';

export function describeFileSystemsOperation(parts: EfsParts) {
  const { records, files } = parts;
  return operation(
    DescribeFileSystems$,
    async (
      input: DescribeFileSystemsRequest,
      { scope }: RequestContext,
    ): Promise<DescribeFileSystemsResponse> => {
      const { FileSystemId: id, CreationToken: token } = input;
      const { items, next } = pageOf(await chosen(parts, input, scope), ({ fileSystemId }) => fileSystemId, {
        size: input.MaxItems,
        token: input.Marker,
        names: { size: 'maxItems', token: 'marker' },
        question: ['DescribeFileSystems', id, token],
      });
      const targets = await records.all(scope, 'mount-target');
      const views = items.map(async (record) =>
        fileSystemView(record, scope, {
          mountTargets: targets.filter(({ fileSystemId }) => fileSystemId === record.fileSystemId).length,
          size: await files.size(record.fileSystemId),
        }),
      );
      return { Marker: input.Marker, FileSystems: await Promise.all(views), NextMarker: next };
    },
  );
}

async function chosen(
  { records, store }: EfsParts,
  { FileSystemId: id, CreationToken: token }: DescribeFileSystemsRequest,
  scope: Scope,
): Promise<readonly FileSystemRecord[]> {
  checkText('creationToken', token, CLIENT_TOKEN);
  if (id !== undefined && token !== undefined) {
    throw badRequest('Specify either a FileSystemId or a CreationToken, not both.');
  }
  if (id !== undefined) return [(await records.requireFileSystem(scope, id)).value];
  if (token === undefined) return records.all(scope, 'file-system');
  const made = await store.get<EfsTokenRecord>(keys.efsToken(scope, 'file-system', token));
  const entry = made && (await records.entry(scope, 'file-system', made.value.id));
  return entry === undefined ? [] : [entry.value];
}
