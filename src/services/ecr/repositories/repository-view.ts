/** A repository as answers show it. */
import type { EncryptionType, Repository } from '@aws-sdk/client-ecr';
import type { Scope } from '../../../domain/arn.ts';
import { registryHost, repositoryArn } from '../../../domain/ecr/names.ts';
import type { RepositoryRecord } from '../../../domain/ecr/records.ts';

export function repositoryView(record: RepositoryRecord, scope: Scope, dnsSuffix: string): Repository {
  const { name, tagExclusionFilters: filters, encryption } = record;
  return {
    repositoryArn: repositoryArn(scope, name),
    registryId: scope.account,
    repositoryName: name,
    repositoryUri: `${registryHost(scope, dnsSuffix)}/${name}`,
    createdAt: new Date(record.createdAt),
    imageTagMutability: record.tagMutability,
    ...(filters.length > 0 && {
      imageTagMutabilityExclusionFilters: filters.map((filter) => ({ ...filter })),
    }),
    imageScanningConfiguration: { scanOnPush: record.scanOnPush },
    encryptionConfiguration: {
      encryptionType: encryption.type as EncryptionType,
      ...(encryption.kmsKey !== undefined && { kmsKey: encryption.kmsKey }),
    },
  };
}
