/** What the Describe operations of all kinds have in common: ids, filters, pages. */
import type { Filter } from '@aws-sdk/client-ec2';
import { ApiError } from '../../domain/errors.ts';
import type { Ec2Kind } from '../../domain/keys.ts';
import type { Ec2Records } from '../../domain/network/records.ts';
import { type FilterFields, filtered } from './filters.ts';
import type { NetworkReader } from './network.ts';
import { type PageInput, pageOf } from './page.ts';

export interface DescribeInput extends PageInput {
  readonly Filters?: readonly Filter[] | undefined;
}

export interface DescribeRules<T> {
  /** Ids that the request names; none means all. */
  readonly ids: readonly string[] | undefined;
  /** Their parameter, as the refusal of ids with a page size calls it; where AWS allows both, absent. */
  readonly idsParameter?: string;
  readonly fields: FilterFields<T>;
  readonly idOf: (record: T) => string;
  /** Smallest and largest page. Default 5 and 1000. */
  readonly min?: number;
  readonly max?: number;
}

export interface Described<T> {
  readonly records: readonly T[];
  readonly nextToken: string | undefined;
}

/** The records of a kind that a request asks for. */
export async function describe<K extends Ec2Kind>(
  reader: NetworkReader,
  kind: K,
  input: DescribeInput,
  rules: DescribeRules<Ec2Records[K]>,
): Promise<Described<Ec2Records[K]>> {
  const { ids = [], idsParameter } = rules;
  if (ids.length > 0 && idsParameter !== undefined && input.MaxResults !== undefined) {
    throw new ApiError(
      'InvalidParameterCombination',
      `The parameter ${idsParameter} cannot be used with the parameter maxResults`,
    );
  }
  const records = ids.length > 0 ? await reader.requireAll(kind, ids) : await reader.all(kind);
  return describeRecords(records, kind, input, rules);
}

/** The same for records that are at hand. */
export function describeRecords<T extends Ec2Records[Ec2Kind]>(
  records: readonly T[],
  question: string,
  input: DescribeInput,
  rules: Omit<DescribeRules<T>, 'idsParameter'>,
): Described<T> {
  const { fields, idOf, ids = [], min, max } = rules;
  const fitting = filtered(records, input.Filters, fields);
  const { items, nextToken } = pageOf(fitting, idOf, input, {
    question: [question, ids, input.Filters ?? []],
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  });
  return { records: items, nextToken };
}
