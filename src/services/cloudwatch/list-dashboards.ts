import {
  ListDashboards$,
  type ListDashboardsInput,
  type ListDashboardsOutput,
} from '@aws-sdk/client-cloudwatch';
import { operation } from '../../wire/service.ts';

/** ListDashboards: there are none. */
export function listDashboards() {
  return operation(
    ListDashboards$,
    async (_input: ListDashboardsInput): Promise<Omit<ListDashboardsOutput, '$metadata'>> => ({
      DashboardEntries: [],
    }),
  );
}
