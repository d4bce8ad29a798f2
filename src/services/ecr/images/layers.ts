/** BatchCheckLayerAvailability and GetDownloadUrlForLayer. */
import {
  BatchCheckLayerAvailability$,
  type BatchCheckLayerAvailabilityRequest,
  type BatchCheckLayerAvailabilityResponse,
  GetDownloadUrlForLayer$,
  type GetDownloadUrlForLayerRequest,
  type GetDownloadUrlForLayerResponse,
  type Layer,
  type LayerFailure,
} from '@aws-sdk/client-ecr';
import { IMAGE_DIGEST } from '../../../domain/ecr/names.ts';
import { ApiError, AppError } from '../../../domain/errors.ts';
import type { ImageRegistry } from '../../../ports/image-registry.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkLength, checkRepositoryName } from '../constraints.ts';
import type { EcrDeps } from '../deps.ts';
import { registryScope } from '../registry-scope.ts';
import { getRepository, placeOf } from '../repositories/repository-store.ts';

const MOST_DIGESTS = 100;

export function batchCheckLayerAvailability({ store, registry }: EcrDeps): OperationDefinition {
  return operation(
    BatchCheckLayerAvailability$,
    async (
      input: BatchCheckLayerAvailabilityRequest,
      context,
    ): Promise<BatchCheckLayerAvailabilityResponse> => {
      const name = checkRepositoryName(input.repositoryName);
      checkLength('layerDigests', input.layerDigests, 1, MOST_DIGESTS);
      const scope = registryScope(context, 'BatchCheckLayerAvailability', input);
      const { value: repository } = await getRepository(store, scope, name);
      const answer = { layers: [] as Layer[], failures: [] as LayerFailure[] };
      for (const layerDigest of input.layerDigests ?? []) {
        if (!IMAGE_DIGEST.test(layerDigest)) answer.failures.push(invalidDigest(layerDigest));
        else answer.layers.push(await layerView(registry, placeOf(scope, repository), layerDigest));
      }
      return answer;
    },
  );
}

export function getDownloadUrlForLayer({ store, registry, layerUrls, clock }: EcrDeps): OperationDefinition {
  return operation(
    GetDownloadUrlForLayer$,
    async (input: GetDownloadUrlForLayerRequest, context): Promise<GetDownloadUrlForLayerResponse> => {
      const name = checkRepositoryName(input.repositoryName);
      const { layerDigest = '' } = input;
      const scope = registryScope(context, 'GetDownloadUrlForLayer', input);
      const { value: repository } = await getRepository(store, scope, name);
      const place = placeOf(scope, repository);
      const isDigest = IMAGE_DIGEST.test(layerDigest);
      if (!isDigest || (await sizeOf(registry, place, layerDigest)) === undefined) {
        throw new ApiError(
          'LayersNotFoundException',
          `The layer with digest '${layerDigest}' does not exist in the repository with name '${name}' in the registry with id '${scope.account}'`,
        );
      }
      return { downloadUrl: layerUrls.urlOf({ place, digest: layerDigest }, clock.now()), layerDigest };
    },
  );
}

async function layerView(registry: ImageRegistry, place: string, layerDigest: string): Promise<Layer> {
  const layerSize = await sizeOf(registry, place, layerDigest);
  if (layerSize === undefined) return { layerDigest, layerAvailability: 'UNAVAILABLE' };
  return { layerDigest, layerAvailability: 'AVAILABLE', layerSize };
}

/** Undefined when the repository has no such layer. */
async function sizeOf(registry: ImageRegistry, place: string, digest: string): Promise<number | undefined> {
  const answer = await registry.exchange({ method: 'HEAD', path: `/v2/${place}/blobs/${digest}` });
  answer.body.resume();
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) {
    throw new AppError('unavailable', `the registry answered with status ${answer.status}`);
  }
  return Number(answer.headers['content-length']);
}

function invalidDigest(layerDigest: string): LayerFailure {
  return {
    layerDigest,
    failureCode: 'InvalidLayerDigest',
    failureReason:
      "Invalid request parameters: layer digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
  };
}
