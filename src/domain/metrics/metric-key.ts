/** A metric as one text: what tells metrics apart, and in whose order they are listed. */
import type { Scope } from '../arn.ts';
import { AppError } from '../errors.ts';
import type { MetricIdentity } from './metric.ts';

const SEPARATOR = '\0';

/** The beginning of the keys of all metrics of an account in a region. */
export const scopePrefix = ({ account, region }: Scope): string => account + SEPARATOR + region + SEPARATOR;

/** By scope, namespace, name, dimensions. Throws `invalid` for an identity that cannot be told from others. */
export function metricKey(scope: Scope, { namespace, name, dimensions }: MetricIdentity): string {
  const parts = [namespace, name, ...dimensions.flatMap((one) => [one.name, one.value])];
  for (const part of parts) {
    if (part.includes(SEPARATOR) || /\p{Surrogate}/u.test(part)) {
      throw new AppError('invalid', 'names of a metric must be well-formed text without NUL');
    }
  }
  for (let i = 1; i < dimensions.length; i++) {
    if ((dimensions[i - 1]?.name ?? '') >= (dimensions[i]?.name ?? '')) {
      throw new AppError('invalid', 'dimensions must be in the order of their names, each name once');
    }
  }
  return scopePrefix(scope) + parts.join(SEPARATOR);
}

/** The beginning of the keys of those that a filter with these members can find. */
export function filterPrefix(scope: Scope, namespace: string | undefined, name: string | undefined): string {
  const prefix = scopePrefix(scope);
  if (namespace === undefined) return prefix;
  return prefix + namespace + SEPARATOR + (name === undefined ? '' : name);
}
