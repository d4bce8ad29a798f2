/** The members by which CreateRepository and PutImageTagMutability say which tags are immutable. */
import { ImageTagMutability, type ImageTagMutabilityExclusionFilter } from '@aws-sdk/client-ecr';
import type { RepositoryRecord, TagMutability } from '../../../domain/ecr/records.ts';
import { checkLength, checkOneOf } from '../constraints.ts';
import { invalidParameter } from '../errors.ts';

const MOST_FILTERS = 5;
const LONGEST_FILTER = 128;
const MOST_WILDCARDS = 2;
const FILTER = '[0-9a-zA-Z._*-]{1,128}';
const FILTERS_MEMBER = 'imageTagMutabilityExclusionFilters';

/** Checked, with the default. */
export function readTagMutability(input: {
  readonly imageTagMutability?: string | undefined;
  readonly imageTagMutabilityExclusionFilters?: readonly ImageTagMutabilityExclusionFilter[] | undefined;
}): Pick<RepositoryRecord, 'tagMutability' | 'tagExclusionFilters'> {
  const { imageTagMutability = 'MUTABLE', imageTagMutabilityExclusionFilters: filters = [] } = input;
  checkOneOf('imageTagMutability', imageTagMutability, Object.values(ImageTagMutability));
  checkLength(FILTERS_MEMBER, filters, 0, MOST_FILTERS);
  const takesFilters = imageTagMutability.endsWith('_WITH_EXCLUSION');
  if (takesFilters !== filters.length > 0) {
    const rule = takesFilters ? 'must not be empty' : 'must be empty';
    throw invalidParameter(FILTERS_MEMBER, `${rule} when imageTagMutability is ${imageTagMutability}`);
  }
  return {
    tagMutability: imageTagMutability as TagMutability,
    tagExclusionFilters: filters.map(({ filter = '' }) => ({
      filterType: 'WILDCARD',
      filter: checked(filter),
    })),
  };
}

function checked(filter: string): string {
  checkLength('filter', filter, 1, LONGEST_FILTER);
  const wildcards = filter.split('*').length - 1;
  if (!new RegExp(`^${FILTER}$`).test(filter) || wildcards > MOST_WILDCARDS) {
    throw invalidParameter('filter', `must satisfy regular expression '${FILTER}'`);
  }
  return filter;
}
