import {
  TagResource$,
  type TagResourceRequest,
  UntagResource$,
  type UntagResourceRequest,
} from '@aws-sdk/client-secrets-manager';
import { checkTagCount, mergeTags, removeTags } from '../../domain/ecs/tags.ts';
import type { SecretRecord } from '../../domain/secretsmanager/records.ts';
import { operation, type OperationDefinition, type RequestContext } from '../../wire/service.ts';
import { transactWithRetry } from '../transact.ts';
import { givenTags } from './constraints.ts';
import type { SecretsManagerDeps } from './deps.ts';
import { getLiveSecret } from './secret-store.ts';

type Tags = SecretRecord['tags'];

export function tagResource(deps: SecretsManagerDeps): OperationDefinition {
  return operation(TagResource$, async (input: TagResourceRequest, context): Promise<void> => {
    const added = givenTags(input.Tags);
    await changeTags(deps, 'TagResource', input.SecretId, context, (tags) => {
      const merged = mergeTags(tags, added);
      checkTagCount(merged, 'InvalidParameterException');
      return merged;
    });
  });
}

export function untagResource(deps: SecretsManagerDeps): OperationDefinition {
  return operation(UntagResource$, async (input: UntagResourceRequest, context): Promise<void> => {
    await changeTags(deps, 'UntagResource', input.SecretId, context, (tags) =>
      removeTags(tags, input.TagKeys ?? []),
    );
  });
}

async function changeTags(
  deps: SecretsManagerDeps,
  operationName: string,
  secretId: string | undefined,
  context: RequestContext,
  change: (tags: Tags) => Tags,
): Promise<void> {
  await transactWithRetry(deps.store, async () => {
    const { key, revision, value } = await getLiveSecret(deps, secretId, context, operationName);
    const next: SecretRecord = { ...value, tags: change(value.tags) };
    return { answer: undefined, conditions: [{ key, revision }], writes: [{ put: key, value: next }] };
  });
}
