import {
  DescribeFileSystemPolicy$,
  type DescribeFileSystemPolicyRequest,
  type FileSystemPolicyDescription,
} from '@aws-sdk/client-efs';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { policyNotFound } from '../errors.ts';
import type { EfsParts } from '../parts.ts';

export function describeFileSystemPolicyOperation({ records }: EfsParts) {
  return operation(
    DescribeFileSystemPolicy$,
    async (
      { FileSystemId: id = '' }: DescribeFileSystemPolicyRequest,
      { scope }: RequestContext,
    ): Promise<FileSystemPolicyDescription> => {
      const { fileSystemId, policy } = (await records.requireFileSystem(scope, id)).value;
      if (policy === undefined) throw policyNotFound('policy', fileSystemId);
      return { FileSystemId: fileSystemId, Policy: policy };
    },
  );
}
