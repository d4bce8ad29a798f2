import {
  type ImageIdentifier,
  ListImages$,
  type ListImagesRequest,
  type ListImagesResponse,
} from '@aws-sdk/client-ecr';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { pageOfAll } from '../../page.ts';
import { checkRepositoryName } from '../constraints.ts';
import type { EcrDeps } from '../deps.ts';
import { ecrPage } from '../ecr-page.ts';
import { registryScope } from '../registry-scope.ts';
import { getRepository } from '../repositories/repository-store.ts';
import { checkTagStatus, fitsTagStatus } from './tag-status.ts';

export function listImages({ store, images }: EcrDeps): OperationDefinition {
  return operation(ListImages$, async (input: ListImagesRequest, context): Promise<ListImagesResponse> => {
    const name = checkRepositoryName(input.repositoryName);
    const tagStatus = checkTagStatus(input.filter?.tagStatus);
    const scope = registryScope(context, 'ListImages', input);
    const { value: repository } = await getRepository(store, scope, name);
    const page = ecrPage(input, ['ListImages', repository.repositoryId, tagStatus]);
    const found = (await images.list(repository)).filter((each) => fitsTagStatus(each, tagStatus));
    const all = found.flatMap(({ image: { digest }, tags }): ImageIdentifier[] =>
      tags.length === 0
        ? [{ imageDigest: digest }]
        : tags.map((tag) => ({ imageDigest: digest, imageTag: tag })),
    );
    const { items, nextToken } = pageOfAll(all, placeOfId, page);
    return { imageIds: items, ...(nextToken !== undefined && { nextToken }) };
  });
}

const placeOfId = ({ imageDigest = '', imageTag = '' }: ImageIdentifier): string =>
  `${imageDigest} ${imageTag}`;
