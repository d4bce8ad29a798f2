/** Refusals in CloudWatch's words. */
import type { Dimension as WireDimension } from '@aws-sdk/client-cloudwatch';
import type { Dimension, MetricIdentity } from '../../domain/metrics/metric.ts';
import { ApiError } from '../../domain/errors.ts';

const SHOWN_LENGTH = 100;

export const UNITS: readonly string[] = [
  'Seconds',
  'Microseconds',
  'Milliseconds',
  'Bytes',
  'Kilobytes',
  'Megabytes',
  'Gigabytes',
  'Terabytes',
  'Bits',
  'Kilobits',
  'Megabits',
  'Gigabits',
  'Terabits',
  'Percent',
  'Count',
  'Bytes/Second',
  'Kilobytes/Second',
  'Megabytes/Second',
  'Gigabytes/Second',
  'Terabytes/Second',
  'Bits/Second',
  'Kilobits/Second',
  'Megabits/Second',
  'Gigabits/Second',
  'Terabits/Second',
  'Count/Second',
  'None',
];

export function invalidValue(message: string): ApiError {
  return new ApiError('InvalidParameterValueException', message);
}

/** `The value x for parameter Namespace is invalid.` */
export function invalidParameter(value: string | number, parameter: string): ApiError {
  return invalidValue(
    `The value ${String(value).slice(0, SHOWN_LENGTH)} for parameter ${parameter} is invalid.`,
  );
}

export function missingParameter(parameter: string): ApiError {
  return new ApiError('MissingRequiredParameterException', `The parameter ${parameter} is required.`);
}

export function invalidCombination(message: string): ApiError {
  return new ApiError('InvalidParameterCombinationException', message);
}

export function exclusive(one: string, other: string): string {
  return `The parameters ${one} and ${other} are mutually exclusive and you have specified both.`;
}

export function checkSize(list: readonly unknown[], most: number, parameter: string): void {
  if (list.length <= most) return;
  throw invalidValue(`The collection ${parameter} must not have a size greater than ${most}.`);
}

const PRINTABLE = /^[\x20-\x7e]+$/;
const LONGEST_NAME = 255;
const LONGEST_DIMENSION_VALUE = 1024;
const MOST_DIMENSIONS = 30;

/** Refuses what is no name of a namespace, a metric or a dimension. */
export function checkName(name: string, parameter: string): void {
  if (name === '') throw missingParameter(parameter);
  const isName = PRINTABLE.test(name) && name.length <= LONGEST_NAME && !name.startsWith(':');
  if (!isName || name.trim() === '') throw invalidParameter(name, parameter);
}

/** Dimensions as they are kept, in the order of their names. */
export function givenDimensions(
  dimensions: readonly WireDimension[] | undefined,
  parameter: string,
): readonly Dimension[] {
  const given = dimensions ?? [];
  checkSize(given, MOST_DIMENSIONS, parameter);
  const kept = given.map(({ Name: name = '', Value: value = '' }, index) => {
    const place = `${parameter}.member.${index + 1}`;
    checkName(name, `${place}.Name`);
    if (value === '') throw missingParameter(`${place}.Value`);
    if (value.trim() === '' || value.length > LONGEST_DIMENSION_VALUE || !PRINTABLE.test(value)) {
      throw invalidParameter(value, `${place}.Value`);
    }
    return { name, value };
  });
  const ordered = kept.sort((one, other) => (one.name < other.name ? -1 : 1));
  const twice = ordered.find(({ name }, index) => ordered[index + 1]?.name === name);
  if (twice !== undefined)
    throw invalidValue(`The dimension ${twice.name} is there more than once in ${parameter}.`);
  return ordered;
}

/** The metric that a request names. `prefix` stands before the parameters' names in refusals. */
export function givenMetric(
  metric: {
    readonly Namespace?: string | undefined;
    readonly MetricName?: string | undefined;
    readonly Dimensions?: readonly WireDimension[] | undefined;
  },
  prefix = '',
): MetricIdentity {
  const { Namespace: namespace = '', MetricName: name = '' } = metric;
  checkName(namespace, `${prefix}Namespace`);
  checkName(name, `${prefix}MetricName`);
  return { namespace, name, dimensions: givenDimensions(metric.Dimensions, `${prefix}Dimensions`) };
}
