/** DescribeCapacityProviders: Fargate's two, which every account has. */
import {
  type CapacityProvider,
  DescribeCapacityProviders$,
  type DescribeCapacityProvidersRequest,
  type DescribeCapacityProvidersResponse,
} from '@aws-sdk/client-ecs';
import { formatArn, type Scope } from '../../../domain/arn.ts';
import { FARGATE_PROVIDERS } from '../../../domain/ecs/run-task/capacity.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EcsDeps } from '../deps.ts';
import { pageOf, pageOfAll } from '../../page.ts';
import { findCluster } from './cluster-store.ts';

const MAX_PAGE = 10;

export function describeCapacityProvidersOperation({ store }: EcsDeps) {
  return operation(
    DescribeCapacityProviders$,
    async (
      input: DescribeCapacityProvidersRequest,
      { scope }: RequestContext,
    ): Promise<DescribeCapacityProvidersResponse> => {
      const { capacityProviders: asked = [], cluster } = input;
      const page = pageOf(input, {
        question: ['DescribeCapacityProviders', scope, asked, cluster],
        max: MAX_PAGE,
      });
      const attached =
        cluster === undefined
          ? FARGATE_PROVIDERS
          : (await findCluster(store, scope, cluster)).value.capacityProviders;
      const names = asked.map((name) => name.slice(name.lastIndexOf('/') + 1));
      const known = FARGATE_PROVIDERS.filter((name) => attached.includes(name));
      const shown = names.length === 0 ? known : known.filter((name) => names.includes(name));
      const { items, nextToken } = pageOfAll(shown, (name) => name, page);
      return {
        capacityProviders: items.map((name) => providerView(scope, name)),
        failures: names
          .filter((name) => !known.some((provider) => provider === name))
          .map((name) => ({ arn: providerArn(scope, name), reason: 'MISSING' })),
        nextToken,
      };
    },
  );
}

const providerArn = (scope: Scope, name: string): string =>
  formatArn('ecs', scope, `capacity-provider/${name}`);

function providerView(scope: Scope, name: (typeof FARGATE_PROVIDERS)[number]): CapacityProvider {
  return { capacityProviderArn: providerArn(scope, name), name, status: 'ACTIVE', tags: [], type: name };
}
