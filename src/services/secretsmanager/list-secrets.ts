import {
  type Filter,
  ListSecrets$,
  type ListSecretsRequest,
  type ListSecretsResponse,
} from '@aws-sdk/client-secrets-manager';
import type { SecretRecord } from '../../domain/secretsmanager/records.ts';
import { operation, type OperationDefinition } from '../../wire/service.ts';
import { pageOf, pageOfAll } from '../page.ts';
import { invalidParameter } from './constraints.ts';
import type { SecretsManagerDeps } from './deps.ts';
import { allSecrets, isOver } from './secret-store.ts';
import { labelledVersions, secretView } from './secret-view.ts';

const MOST_RESULTS = 100;
export const LIST_CODES = { size: 'InvalidParameterException', token: 'InvalidNextTokenException' } as const;

/** What a filter looks at. */
const FIELDS: Readonly<Record<string, (record: SecretRecord) => readonly string[]>> = {
  name: ({ name }) => [name],
  description: ({ description = '' }) => [description],
  'tag-key': ({ tags }) => tags.map(({ key = '' }) => key),
  'tag-value': ({ tags }) => tags.map(({ value = '' }) => value),
  all: ({ name, description = '', tags }) => [
    name,
    description,
    ...tags.flatMap(({ key = '', value = '' }) => [key, value]),
  ],
};

export function listSecrets({ store, clock }: SecretsManagerDeps): OperationDefinition {
  return operation(
    ListSecrets$,
    async (input: ListSecretsRequest, { scope }): Promise<ListSecretsResponse> => {
      const { Filters: filters = [], SortOrder, IncludePlannedDeletion: includesDeleted = false } = input;
      const request = { nextToken: input.NextToken, maxResults: input.MaxResults };
      const question = ['ListSecrets', scope, filters, SortOrder, includesDeleted];
      const page = pageOf(request, { question, max: MOST_RESULTS, codes: LIST_CODES });
      const tests = filters.map(testOf);
      const now = clock.now();
      const found = (await allSecrets(store, scope)).filter(
        (record) =>
          !isOver(record, now) &&
          (includesDeleted || record.deletion === undefined) &&
          tests.every((test) => test(record)),
      );
      const { items, nextToken } = pageOfAll(
        SortOrder === 'desc' ? [...found].reverse() : found,
        ({ name }) => name,
        page,
      );
      return {
        SecretList: items.map((record) => ({
          ...secretView(record),
          SecretVersionsToStages: labelledVersions(record),
        })),
        ...(nextToken !== undefined && { NextToken: nextToken }),
      };
    },
  );
}

/** Values match where the field begins with one of them; with `!` in front, where it does not. */
function testOf({ Key, Values: values = [] }: Filter): (record: SecretRecord) => boolean {
  const key = String(Key);
  const fieldOf = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
  if (fieldOf === undefined) throw invalidParameter(`Filtering by ${key} is not supported.`);
  return (record) => {
    const fields = fieldOf(record);
    return values.some((value) => {
      const isNegated = value.startsWith('!');
      const wanted = isNegated ? value.slice(1) : value;
      return fields.some((field) => field.startsWith(wanted)) !== isNegated;
    });
  };
}
