/**
 * Launch types and capacity provider strategies: which may be asked for, and which provider each task of a request
 * gets. Only Fargate's two providers exist.
 */
import { ApiError } from '../../errors.ts';
import { checkEnum, checkLength, checkRange } from '../constraints.ts';
import type { CapacityProviderStrategyItem } from '../task-definition.ts';

const CODE = 'InvalidParameterException';
export const FARGATE_PROVIDERS = ['FARGATE', 'FARGATE_SPOT'] as const;

const MAX_ITEMS = 20;
const MAX_WEIGHT = 1000;
const MAX_BASE = 100_000;

/** An item as a request has it. */
export interface StrategyItemRequest {
  readonly capacityProvider: string | undefined;
  readonly weight?: number | undefined;
  readonly base?: number | undefined;
}

export interface CapacityRequest {
  readonly launchType?: string | undefined;
  readonly capacityProviderStrategy?: readonly StrategyItemRequest[] | undefined;
}

/** How the tasks of a request are to run: by launch type FARGATE, or by a strategy. */
export type Capacity =
  | { readonly by: 'launch-type' }
  | { readonly by: 'strategy'; readonly strategy: readonly CapacityProviderStrategyItem[] };

/** Throws InvalidParameterException for what cannot run here. */
export function resolveCapacity(
  request: CapacityRequest,
  cluster: {
    readonly capacityProviders: readonly string[];
    readonly defaultCapacityProviderStrategy: readonly CapacityProviderStrategyItem[];
  },
): Capacity {
  checkEnum(CODE, 'launchType', request.launchType, ['EC2', 'FARGATE', 'EXTERNAL', 'MANAGED_INSTANCES']);
  const asked = request.capacityProviderStrategy ?? [];
  if (asked.length > 0) {
    if (request.launchType !== undefined) {
      throw new ApiError(
        CODE,
        'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
      );
    }
    return { by: 'strategy', strategy: checkStrategy(asked, cluster.capacityProviders) };
  }
  if (request.launchType === 'FARGATE') return { by: 'launch-type' };
  if (request.launchType === undefined && cluster.defaultCapacityProviderStrategy.length > 0) {
    return { by: 'strategy', strategy: cluster.defaultCapacityProviderStrategy };
  }
  // As at AWS, no launch type means EC2, and no cluster has an instance.
  throw new ApiError(CODE, 'No Container Instances were found in your cluster.');
}

/** A cluster's providers. Throws InvalidParameterException for one that does not exist. */
export function checkProviders(providers: readonly string[] | undefined): string[] {
  const names = (providers ?? []).map(providerName);
  const unknown = names.find((name) => !isProvider(name));
  if (unknown !== undefined) throw unknownProvider();
  return [...new Set(names)];
}

/** A strategy with its defaults filled in (weight 0, base 0). */
export function checkStrategy(
  items: readonly StrategyItemRequest[],
  attached: readonly string[],
): CapacityProviderStrategyItem[] {
  checkLength(CODE, 'capacityProviderStrategy', items, MAX_ITEMS);
  const strategy = items.map(({ capacityProvider = '', weight = 0, base = 0 }, index) => {
    const path = `capacityProviderStrategy.${index + 1}.member`;
    checkRange(CODE, `${path}.weight`, weight, { min: 0, max: MAX_WEIGHT });
    checkRange(CODE, `${path}.base`, base, { min: 0, max: MAX_BASE });
    return { capacityProvider: providerName(capacityProvider), weight, base };
  });
  if (strategy.some(({ capacityProvider }) => !isProvider(capacityProvider))) throw unknownProvider();
  if (strategy.some(({ capacityProvider }) => !attached.includes(capacityProvider))) {
    throw new ApiError(
      CODE,
      'The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.',
    );
  }
  if (new Set(strategy.map(({ capacityProvider }) => capacityProvider)).size < strategy.length) {
    throw new ApiError(CODE, 'The capacity provider strategy cannot contain a capacity provider twice.');
  }
  if (strategy.filter(({ base }) => base > 0).length > 1) {
    throw new ApiError(
      CODE,
      'There are multiple capacity providers in the specified capacity provider strategy with a base value greater than zero. Only one capacity provider can have a base value greater than zero. Specify a valid capacity provider strategy and try again.',
    );
  }
  if (strategy.length > 0 && strategy.every(({ weight }) => weight === 0)) {
    throw new ApiError(
      CODE,
      'There are no capacity providers in the capacity provider strategy with a weight value greater than zero. Specify a weight value greater than zero for at least one capacity provider and try again.',
    );
  }
  return strategy;
}

/** A provider for each of `count` tasks: first the bases, then by weight, each next one to the one furthest behind. */
export function spreadTasks(strategy: readonly CapacityProviderStrategyItem[], count: number): string[] {
  const chosen: string[] = [];
  for (const { capacityProvider, base } of strategy) {
    for (let n = 0; n < base && chosen.length < count; n += 1) chosen.push(capacityProvider);
  }
  const weighted = strategy.filter(({ weight }) => weight > 0);
  const given = new Map<string, number>();
  while (chosen.length < count && weighted.length > 0) {
    const behind = ({ capacityProvider, weight }: CapacityProviderStrategyItem): number =>
      ((given.get(capacityProvider) ?? 0) + 1) / weight;
    const next = weighted.reduce((best, item) =>
      behind(item) < behind(best) ? item : best,
    ).capacityProvider;
    given.set(next, (given.get(next) ?? 0) + 1);
    chosen.push(next);
  }
  return chosen;
}

function providerName(nameOrArn: string): string {
  return /^arn:[^:]*:ecs:[^:]*:\d*:capacity-provider\/(.+)$/.exec(nameOrArn)?.[1] ?? nameOrArn;
}

function isProvider(name: string): boolean {
  return (FARGATE_PROVIDERS as readonly string[]).includes(name);
}

function unknownProvider(): ApiError {
  return new ApiError(
    CODE,
    'The specified capacity provider could not be found. Specify a valid capacity provider and try again.',
  );
}
