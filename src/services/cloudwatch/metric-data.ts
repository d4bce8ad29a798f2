/** What PutMetricData brings, as it is kept. */
import type { MetricDatum as WireDatum } from '@aws-sdk/client-cloudwatch';
import { checkEnum } from '../../domain/ecs/constraints.ts';
import { ApiError } from '../../domain/errors.ts';
import type { MetricDatum, ValueCount } from '../../domain/metrics/metric.ts';
import {
  checkName,
  checkSize,
  exclusive,
  givenDimensions,
  invalidCombination,
  invalidParameter,
  invalidValue,
  missingParameter,
  UNITS,
} from './refusals.ts';

const TWO_WEEKS_MS = 14 * 86_400_000;
const TWO_HOURS_MS = 2 * 3_600_000;
const LARGEST_VALUE = 2 ** 360;
const MOST_VALUES = 150;

/** Throws ApiError; `place` is the datum's name in refusals, `MetricData.member.1`. */
export function givenDatum(namespace: string, datum: WireDatum, place: string, now: number): MetricDatum {
  const { MetricName: name = '', StorageResolution: resolution = 60, Unit: unit } = datum;
  checkName(name, `${place}.MetricName`);
  const dimensions = givenDimensions(datum.Dimensions, `${place}.Dimensions`);
  if (resolution !== 1 && resolution !== 60) throw invalidParameter(resolution, `${place}.StorageResolution`);
  checkEnum('ValidationException', enumPath(place), unit, UNITS);
  return {
    metric: { namespace, name, dimensions },
    at: givenTime(datum.Timestamp, place, now),
    unit: unit ?? 'None',
    content: givenContent(datum, place),
    resolution,
  };
}

/** Generic validation names members with small initials, and lists the other way round. */
function enumPath(place: string): string {
  const path = place
    .replace(/member\.(\d+)/g, '$1.member')
    .replace(/(^|\.)[A-Z]/g, (initial) => initial.toLowerCase());
  return `${path}.unit`;
}

function givenTime(timestamp: Date | undefined, place: string, now: number): number {
  const at = timestamp?.getTime() ?? now;
  if (at < now - TWO_WEEKS_MS) {
    throw invalidValue(`The parameter ${place}.Timestamp must specify a time within the past two weeks.`);
  }
  if (at > now + TWO_HOURS_MS) {
    throw invalidValue(
      `The parameter ${place}.Timestamp must specify a time no more than two hours in the future.`,
    );
  }
  return at;
}

function givenContent(datum: WireDatum, place: string): MetricDatum['content'] {
  const { Value: value, StatisticValues: set, Values: values } = datum;
  const given = [
    ...(value === undefined ? [] : ['Value']),
    ...(set === undefined ? [] : ['StatisticValues']),
    ...(values === undefined || values.length === 0 ? [] : ['Values']),
  ];
  const [first, second] = given;
  if (first === undefined) {
    throw missingParameter(`${place}.Value`);
  }
  if (second !== undefined) throw invalidCombination(exclusive(`${place}.${first}`, `${place}.${second}`));
  if (set !== undefined) return { set: givenSet(set, `${place}.StatisticValues`) };
  if (value !== undefined) {
    checkNumber(value, `${place}.Value`);
    return { values: [{ value, count: 1 }] };
  }
  return { values: givenValues(values ?? [], datum.Counts, place) };
}

function givenSet(set: NonNullable<WireDatum['StatisticValues']>, place: string) {
  const { SampleCount: sampleCount = 0, Sum: sum = 0, Minimum: minimum = 0, Maximum: maximum = 0 } = set;
  for (const [name, value] of Object.entries({
    SampleCount: sampleCount,
    Sum: sum,
    Minimum: minimum,
    Maximum: maximum,
  })) {
    checkNumber(value, `${place}.${name}`);
  }
  if (sampleCount <= 0) throw invalidParameter(sampleCount, `${place}.SampleCount`);
  if (maximum < minimum) {
    throw invalidValue(`The parameter ${place}.Maximum must be greater than or equal to ${place}.Minimum.`);
  }
  return { sampleCount, sum, minimum, maximum };
}

function givenValues(
  values: readonly number[],
  counts: readonly number[] | undefined,
  place: string,
): readonly ValueCount[] {
  checkSize(values, MOST_VALUES, `${place}.Values`);
  if (counts !== undefined && counts.length > 0 && counts.length !== values.length) {
    throw invalidValue(`The parameters ${place}.Values and ${place}.Counts must be of the same size.`);
  }
  const kept = values.map((value, index) => {
    const count = counts?.[index] ?? 1;
    checkNumber(value, `${place}.Values.member.${index + 1}`);
    checkNumber(count, `${place}.Counts.member.${index + 1}`);
    if (count < 0) throw invalidParameter(count, `${place}.Counts.member.${index + 1}`);
    return { value, count };
  });
  const seen = kept.filter(({ count }) => count > 0);
  if (seen.length === 0) throw invalidValue(`The parameter ${place}.Counts must have a value above 0.`);
  return seen;
}

/** Refuses NaN and infinities, too. */
function checkNumber(value: number, parameter: string): void {
  if (Math.abs(value) <= LARGEST_VALUE) return;
  throw invalidParameter(value, parameter);
}

/** All data of a request; refusals of the same kind are told together, a line each. */
export function givenData(
  namespace: string,
  places: readonly { readonly datum: WireDatum; readonly place: string }[],
  now: number,
): readonly MetricDatum[] {
  const data: MetricDatum[] = [];
  const refusals: ApiError[] = [];
  for (const { datum, place } of places) {
    try {
      data.push(givenDatum(namespace, datum, place, now));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refusals.push(error);
    }
  }
  const [first] = refusals;
  if (first === undefined) return data;
  const alike = refusals.filter(({ code }) => code === first.code).slice(0, 20);
  throw new ApiError(first.code, alike.map(({ message }) => message).join('\n'));
}
