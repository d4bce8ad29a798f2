/**
 * The filters of Describe operations: a resource fits when, for each filter, one of its values fits one of the
 * filter's. What each filter looks at is a table; tags are the same for all.
 */
import type { Filter } from '@aws-sdk/client-ec2';
import { ApiError } from '../../domain/errors.ts';
import type { Tags } from '../../domain/network/records.ts';
import { invalidParameterValue } from './errors.ts';
import { wildcardMatcher } from './wildcard.ts';

/** By filter name, what of a resource is looked at. Undefined: the resource has no such thing. */
export type FilterFields<T> = Readonly<
  Record<string, (resource: T) => string | number | boolean | readonly string[] | undefined>
>;

const MAX_VALUES = 200;

/** Throws InvalidParameterValue for a filter that is not in the table. */
export function filtered<T extends { readonly tags: Tags }>(
  resources: readonly T[],
  filters: readonly Filter[] | undefined,
  fields: FilterFields<T>,
): readonly T[] {
  const tests = checkedFilters(filters).map(({ name, fits }) => {
    const valuesOf = tagFilter(name) ?? ownField(fields, name);
    if (valuesOf === undefined) throw invalidParameterValue(`The filter '${name}' is invalid`);
    return (resource: T) => textsOf(valuesOf(resource)).some(fits);
  });
  return tests.length === 0
    ? resources
    : resources.filter((resource) => tests.every((test) => test(resource)));
}

function checkedFilters(filters: readonly Filter[] | undefined) {
  const checked = (filters ?? []).map(({ Name: name, Values: values = [] }) => {
    if (name === undefined || name === '') throw invalidParameterValue("The filter 'null' is invalid");
    const matchers = values.map(wildcardMatcher);
    return { name, count: values.length, fits: (text: string) => matchers.some((fits) => fits(text)) };
  });
  if (checked.reduce((sum, { count }) => sum + count, 0) > MAX_VALUES) {
    throw new ApiError(
      'FilterLimitExceeded',
      `The maximum number of filter values specified on a single call is ${MAX_VALUES}`,
    );
  }
  return checked;
}

function ownField<T>(fields: FilterFields<T>, name: string): FilterFields<T>[string] | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function tagFilter(name: string): ((resource: { readonly tags: Tags }) => readonly string[]) | undefined {
  if (name === 'tag-key') return ({ tags }) => Object.keys(tags);
  if (!name.startsWith('tag:')) return undefined;
  const key = name.slice('tag:'.length);
  return ({ tags }) => (Object.hasOwn(tags, key) ? [tags[key] ?? ''] : []);
}

function textsOf(values: string | number | boolean | readonly string[] | undefined): readonly string[] {
  if (values === undefined) return [];
  return typeof values === 'object' ? values : [String(values)];
}
