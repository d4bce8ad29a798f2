/** Which metrics are asked for by what they are. */
import type { MetricIdentity } from './metric.ts';

/** All that is given must hold. */
export interface IdentityFilter {
  readonly namespace?: string;
  readonly name?: string;
  /** Dimensions that a metric has among its own; without a value, any value will do. */
  readonly dimensions?: readonly { readonly name: string; readonly value?: string }[];
}

export function matches(
  { namespace, name, dimensions = [] }: IdentityFilter,
  metric: MetricIdentity,
): boolean {
  return (
    (namespace === undefined || metric.namespace === namespace) &&
    (name === undefined || metric.name === name) &&
    dimensions.every((asked) =>
      metric.dimensions.some(
        (own) => own.name === asked.name && (asked.value === undefined || own.value === asked.value),
      ),
    )
  );
}
