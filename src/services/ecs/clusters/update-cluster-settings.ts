/** UpdateClusterSettings: Container Insights of a cluster. */
import {
  UpdateClusterSettings$,
  type UpdateClusterSettingsRequest,
  type UpdateClusterSettingsResponse,
} from '@aws-sdk/client-ecs';
import { ApiError } from '../../../domain/errors.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EcsDeps } from '../deps.ts';
import { changeCluster } from './change-cluster.ts';
import { checkClusterSettings } from './cluster-settings.ts';

export function updateClusterSettingsOperation({ store }: EcsDeps) {
  return operation(
    UpdateClusterSettings$,
    async (
      input: UpdateClusterSettingsRequest,
      { scope }: RequestContext,
    ): Promise<UpdateClusterSettingsResponse> => {
      const settings = checkClusterSettings(input.settings);
      if (settings.length === 0) {
        throw new ApiError('InvalidParameterException', 'Settings can not be empty.');
      }
      return {
        cluster: await changeCluster(store, scope, input.cluster, (record) => ({ ...record, settings })),
      };
    },
  );
}
