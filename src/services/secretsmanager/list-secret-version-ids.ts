import {
  ListSecretVersionIds$,
  type ListSecretVersionIdsRequest,
  type ListSecretVersionIdsResponse,
} from '@aws-sdk/client-secrets-manager';
import { operation, type OperationDefinition } from '../../wire/service.ts';
import { pageOf, pageOfAll } from '../page.ts';
import type { SecretsManagerDeps } from './deps.ts';
import { LIST_CODES } from './list-secrets.ts';
import { getSecret } from './secret-store.ts';

const MOST_RESULTS = 100;

/** Versions that have lost all labels are deprecated: shown when they are asked for. */
export function listSecretVersionIds(deps: SecretsManagerDeps): OperationDefinition {
  return operation(
    ListSecretVersionIds$,
    async (input: ListSecretVersionIdsRequest, context): Promise<ListSecretVersionIdsResponse> => {
      const { value: record } = await getSecret(deps, input.SecretId, context, 'ListSecretVersionIds');
      const { IncludeDeprecated: includesDeprecated = false } = input;
      const page = pageOf(
        { nextToken: input.NextToken, maxResults: input.MaxResults },
        {
          question: ['ListSecretVersionIds', record.arn, includesDeprecated],
          max: MOST_RESULTS,
          codes: LIST_CODES,
        },
      );
      const versions = record.versions.filter(({ stages }) => includesDeprecated || stages.length > 0);
      const { items, nextToken } = pageOfAll(versions, ({ versionId }) => versionId, page);
      return {
        Versions: items.map(({ versionId, stages, createdAt }) => ({
          VersionId: versionId,
          VersionStages: [...stages],
          CreatedDate: new Date(createdAt),
        })),
        ARN: record.arn,
        Name: record.name,
        ...(nextToken !== undefined && { NextToken: nextToken }),
      };
    },
  );
}
