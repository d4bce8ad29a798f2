import {
  DescribeRepositories$,
  type DescribeRepositoriesRequest,
  type DescribeRepositoriesResponse,
} from '@aws-sdk/client-ecr';
import type { Scope } from '../../../domain/arn.ts';
import type { RepositoryRecord } from '../../../domain/ecr/records.ts';
import { keys } from '../../../domain/keys.ts';
import type { Store } from '../../../ports/store.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkLength, checkRange, checkRepositoryName } from '../constraints.ts';
import type { EcrDeps } from '../deps.ts';
import { invalidParameter } from '../errors.ts';
import { ecrPage, MOST_RESULTS } from '../ecr-page.ts';
import { registryScope } from '../registry-scope.ts';
import { getRepository } from './repository-store.ts';
import { repositoryView } from './repository-view.ts';

const MOST_NAMES = 100;

export function describeRepositories({ store, dnsSuffix }: EcrDeps): OperationDefinition {
  return operation(
    DescribeRepositories$,
    async (input: DescribeRepositoriesRequest, context): Promise<DescribeRepositoriesResponse> => {
      const names = input.repositoryNames;
      checkLength('repositoryNames', names, 1, MOST_NAMES);
      names?.forEach((name) => checkRepositoryName(name, 'repositoryNames'));
      checkRange('maxResults', input.maxResults, 1, MOST_RESULTS);
      const scope = registryScope(context, 'DescribeRepositories', {
        registryId: input.registryId,
        repositoryName: names?.[0],
      });
      if (names === undefined) {
        const { values, nextToken } = await page(store, scope, input);
        return {
          repositories: values.map((record) => repositoryView(record, scope, dnsSuffix)),
          ...(nextToken !== undefined && { nextToken }),
        };
      }
      if (input.nextToken !== undefined || input.maxResults !== undefined) {
        throw invalidParameter('maxResults', 'must not be specified together with repositoryNames');
      }
      const found = await Promise.all([...new Set(names)].map((name) => getRepository(store, scope, name)));
      return { repositories: found.map(({ value }) => repositoryView(value, scope, dnsSuffix)) };
    },
  );
}

/** One more than asked for tells whether there is a next page. */
async function page(
  store: Store,
  scope: Scope,
  input: DescribeRepositoriesRequest,
): Promise<{ values: RepositoryRecord[]; nextToken: string | undefined }> {
  const { limit, after, token } = ecrPage(input, ['DescribeRepositories', scope.account, scope.region]);
  const entries = await store.range<RepositoryRecord>({
    prefix: keys.repositories(scope),
    limit: limit + 1,
    ...(after === undefined ? {} : { after: keys.repository(scope, after) }),
  });
  const values = entries.slice(0, limit).map(({ value }) => value);
  const last = values.at(-1);
  return { values, nextToken: entries.length > limit && last ? token(last.name) : undefined };
}
