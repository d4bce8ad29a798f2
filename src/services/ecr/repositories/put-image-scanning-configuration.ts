/** Stored and shown; nothing is scanned. */
import {
  PutImageScanningConfiguration$,
  type PutImageScanningConfigurationRequest,
  type PutImageScanningConfigurationResponse,
} from '@aws-sdk/client-ecr';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkRepositoryName } from '../constraints.ts';
import type { EcrDeps } from '../deps.ts';
import { registryScope } from '../registry-scope.ts';
import { updateRepository } from './repository-store.ts';

export function putImageScanningConfiguration({ store }: EcrDeps): OperationDefinition {
  return operation(
    PutImageScanningConfiguration$,
    async (
      input: PutImageScanningConfigurationRequest,
      context,
    ): Promise<PutImageScanningConfigurationResponse> => {
      const name = checkRepositoryName(input.repositoryName);
      const scope = registryScope(context, 'PutImageScanningConfiguration', input);
      const scanOnPush = input.imageScanningConfiguration?.scanOnPush ?? false;
      await updateRepository(store, scope, name, (record) => ({ ...record, scanOnPush }));
      return { registryId: scope.account, repositoryName: name, imageScanningConfiguration: { scanOnPush } };
    },
  );
}
