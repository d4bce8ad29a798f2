import { ListMetrics$, type ListMetricsInput, type ListMetricsOutput } from '@aws-sdk/client-cloudwatch';
import { checkEnum } from '../../domain/ecs/constraints.ts';
import { hasKind } from '../../domain/errors.ts';
import type { MetricIdentity } from '../../domain/metrics/metric.ts';
import type { MetricFilter } from '../../ports/metric-store.ts';
import { operation } from '../../wire/service.ts';
import { pageOf } from '../page.ts';
import type { CloudWatchDeps } from './deps.ts';
import { checkSize } from './refusals.ts';

const PAGE = 500;
const MOST_DIMENSIONS = 10;
const RECENTLY_MS = 3 * 3_600_000;
const CODES = { size: 'ValidationException', token: 'InvalidParameterValueException' } as const;

/** ListMetrics: also of metrics that have had no data for a while, as long as some are kept. */
export function listMetrics({ metrics, clock }: CloudWatchDeps) {
  return operation(
    ListMetrics$,
    async (input: ListMetricsInput, { scope }): Promise<Omit<ListMetricsOutput, '$metadata'>> => {
      const { Namespace, MetricName, Dimensions = [], RecentlyActive, NextToken, OwningAccount } = input;
      checkEnum('ValidationException', 'recentlyActive', RecentlyActive, ['PT3H']);
      checkSize(Dimensions, MOST_DIMENSIONS, 'Dimensions');
      const question = ['ListMetrics', Namespace, MetricName, Dimensions, RecentlyActive, OwningAccount];
      const page = pageOf({ nextToken: NextToken }, { question, max: PAGE, codes: CODES });
      const isElsewhere = OwningAccount !== undefined && OwningAccount !== scope.account;
      if (isElsewhere) return { Metrics: [], OwningAccounts: [] };
      const after = page.after === undefined ? undefined : placeOf(page.after, page.refusal);
      const found = await metrics
        .list(scope, filterOf(input, clock.now()), PAGE, after)
        .catch((error: unknown) => {
          throw hasKind(error, 'invalid') ? page.refusal() : error;
        });
      return {
        Metrics: found.metrics.map(wireMetric),
        ...(input.IncludeLinkedAccounts === true && {
          OwningAccounts: found.metrics.map(() => scope.account),
        }),
        ...(found.next !== undefined && { NextToken: page.token(encodeURIComponent(found.next)) }),
      };
    },
  );
}

function filterOf(
  { Namespace, MetricName, Dimensions = [], RecentlyActive }: ListMetricsInput,
  now: number,
): MetricFilter {
  return {
    ...(Namespace !== undefined && { namespace: Namespace }),
    ...(MetricName !== undefined && { name: MetricName }),
    dimensions: Dimensions.map(({ Name: name = '', Value: value }) => ({
      name,
      ...(value !== undefined && { value }),
    })),
    ...(RecentlyActive !== undefined && { activeSince: now - RECENTLY_MS }),
  };
}

/** The store's places are any text. */
function placeOf(text: string, refusal: () => Error): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refusal();
  }
}

function wireMetric({ namespace, name, dimensions }: MetricIdentity) {
  return {
    Namespace: namespace,
    MetricName: name,
    Dimensions: dimensions.map((dimension) => ({ Name: dimension.name, Value: dimension.value })),
  };
}
