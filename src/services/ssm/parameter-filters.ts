/** Which parameters a list shows. */
import type { ParameterStringFilter } from '@aws-sdk/client-ssm';
import { ApiError } from '../../domain/errors.ts';
import type { ParameterRecord } from '../../domain/ssm/records.ts';

type Test = (record: ParameterRecord, value: string) => boolean;

/** By key and option; the first option of a key is the usual one. */
const TESTS: Readonly<Record<string, Readonly<Record<string, Test>>>> = {
  Name: {
    Equals: ({ name }, value) => name === value,
    BeginsWith: ({ name }, value) => name.startsWith(value),
    Contains: ({ name }, value) => name.includes(value),
  },
  Type: { Equals: ({ type }, value) => type === value },
  Tier: { Equals: ({ tier }, value) => tier === value },
  KeyId: { Equals: ({ keyId }, value) => keyId === value },
  DataType: { Equals: ({ dataType }, value) => dataType === value },
  Path: {
    OneLevel: ({ name }, value) => isBelow(name, value, false),
    Recursive: ({ name }, value) => isBelow(name, value, true),
  },
};

/** `/a` holds `/a/b`, and with everything below it also `/a/b/c`. */
export function isBelow(name: string, path: string, isRecursive: boolean): boolean {
  const folder = path.endsWith('/') ? path : `${path}/`;
  if (!name.startsWith(folder)) return false;
  return isRecursive || !name.slice(folder.length).includes('/');
}

/** Throws InvalidFilterKey, InvalidFilterOption, InvalidFilterValue. */
export function parameterTest(
  filters: readonly ParameterStringFilter[],
): (record: ParameterRecord) => boolean {
  const tests = filters.map(testOf);
  return (record) => tests.every((test) => test(record));
}

function testOf({ Key, Option, Values: values = [] }: ParameterStringFilter) {
  const key = Key ?? '';
  if (values.length === 0) {
    throw new ApiError(
      'InvalidFilterValue',
      'The filter value is not valid. Verify the value and try again.',
    );
  }
  if (key.startsWith('tag:')) {
    const tag = key.slice('tag:'.length);
    return ({ tags }: ParameterRecord) =>
      tags.some((each) => each.key === tag && values.includes(each.value ?? ''));
  }
  const options = Object.hasOwn(TESTS, key) ? (TESTS[key] ?? {}) : undefined;
  if (options === undefined) {
    throw new ApiError('InvalidFilterKey', 'The specified filter key is not valid.');
  }
  const option = Option ?? Object.keys(options)[0] ?? '';
  const test = Object.hasOwn(options, option) ? options[option] : undefined;
  if (test === undefined) {
    throw new ApiError('InvalidFilterOption', `The specified filter option is not valid: ${option}.`);
  }
  return (record: ParameterRecord) => values.some((value) => test(record, value));
}
