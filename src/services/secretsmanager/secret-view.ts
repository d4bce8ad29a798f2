/** A secret as DescribeSecret and ListSecrets show it: never a value. */
import type { DescribeSecretResponse } from '@aws-sdk/client-secrets-manager';
import type { SecretRecord } from '../../domain/secretsmanager/records.ts';

export function secretView(record: SecretRecord): DescribeSecretResponse {
  const { description, kmsKeyId, deletion } = record;
  return {
    ARN: record.arn,
    Name: record.name,
    ...(description !== undefined && { Description: description }),
    ...(kmsKeyId !== undefined && { KmsKeyId: kmsKeyId }),
    CreatedDate: new Date(record.createdAt),
    LastChangedDate: new Date(record.changedAt),
    ...(deletion !== undefined && { DeletedDate: new Date(deletion.askedAt) }),
    Tags: record.tags.map(({ key, value }) => ({ Key: key, Value: value })),
  };
}

/** Versions that have labels, by id. */
export function labelledVersions({ versions }: SecretRecord): Record<string, string[]> {
  const labelled = versions.filter(({ stages }) => stages.length > 0);
  return Object.fromEntries(labelled.map(({ versionId, stages }) => [versionId, [...stages]]));
}
