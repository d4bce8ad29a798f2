/**
 * Replication goes to a file system of another region or zone, and here all of them are on one machine: none is ever
 * made, so there is none to be shown or deleted.
 */
import {
  CreateReplicationConfiguration$,
  type CreateReplicationConfigurationRequest,
  DeleteReplicationConfiguration$,
  type DeleteReplicationConfigurationRequest,
  DescribeReplicationConfigurations$,
  type DescribeReplicationConfigurationsRequest,
  type DescribeReplicationConfigurationsResponse,
  type ReplicationConfigurationDescription,
} from '@aws-sdk/client-efs';
import { ApiError } from '../../../domain/errors.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { badRequest } from '../errors.ts';
import { pageOf } from '../page.ts';
import type { EfsParts } from '../parts.ts';

function createReplicationConfigurationOperation({ records }: EfsParts) {
  return operation(
    CreateReplicationConfiguration$,
    async (
      { SourceFileSystemId: id = '' }: CreateReplicationConfigurationRequest,
      { scope }: RequestContext,
    ): Promise<ReplicationConfigurationDescription> => {
      await records.require(scope, 'file-system', 'sourceFileSystemId', id);
      throw badRequest('Replication of file systems is not supported.');
    },
  );
}

function describeReplicationConfigurationsOperation({ records }: EfsParts) {
  return operation(
    DescribeReplicationConfigurations$,
    async (
      input: DescribeReplicationConfigurationsRequest,
      { scope }: RequestContext,
    ): Promise<DescribeReplicationConfigurationsResponse> => {
      pageOf([], String, {
        size: input.MaxResults,
        token: input.NextToken,
        names: { size: 'maxResults', token: 'nextToken' },
        question: ['DescribeReplicationConfigurations', input.FileSystemId],
      });
      if (input.FileSystemId === undefined) return { Replications: [] };
      const { fileSystemId } = (await records.requireFileSystem(scope, input.FileSystemId)).value;
      throw notReplicated(fileSystemId);
    },
  );
}

function deleteReplicationConfigurationOperation({ records }: EfsParts) {
  return operation(
    DeleteReplicationConfiguration$,
    async (
      { SourceFileSystemId: id = '' }: DeleteReplicationConfigurationRequest,
      { scope }: RequestContext,
    ): Promise<void> => {
      const { value } = await records.require(scope, 'file-system', 'sourceFileSystemId', id);
      throw notReplicated(value.fileSystemId);
    },
  );
}

function notReplicated(fileSystemId: string): ApiError {
  return new ApiError(
    'ReplicationNotFound',
    `File system '${fileSystemId}' does not have a replication configuration.`,
  );
}

export const REPLICATION_OPERATIONS = [
  createReplicationConfigurationOperation,
  describeReplicationConfigurationsOperation,
  deleteReplicationConfigurationOperation,
] as const;
