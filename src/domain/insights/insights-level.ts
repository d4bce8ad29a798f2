/** How much Container Insights measures of a cluster, by its settings. */
import type { ClusterRecord } from '../ecs/records.ts';

export const CONTAINER_INSIGHTS = 'containerInsights';

/** `enhanced` also has tasks, containers and percentages. */
export type InsightsLevel = 'enabled' | 'enhanced';

/** What a cluster is given when the account's setting says this: `on` and `off` are older words. */
export function clusterInsights(accountValue: string): string {
  if (accountValue === 'on') return 'enabled';
  return accountValue === 'off' ? 'disabled' : accountValue;
}

/** Undefined: nothing is measured. */
export function insightsLevel({ status, settings }: ClusterRecord): InsightsLevel | undefined {
  const value = settings.find(({ name }) => name === CONTAINER_INSIGHTS)?.value;
  if (status !== 'ACTIVE') return undefined;
  return value === 'enabled' || value === 'enhanced' ? value : undefined;
}
