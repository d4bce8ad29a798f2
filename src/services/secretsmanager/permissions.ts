/** What the operations of Secrets Manager act on: a secret by its whole ARN, however it is named. */
import type {
  CreateSecretRequest,
  GetSecretValueRequest,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-secrets-manager';
import { secretArn, type Scope } from '../../domain/arn.ts';
import { keyedTags, requestTagKeys, resourceTagKeys } from '../../domain/iam/tag-keys.ts';
import { CURRENT } from '../../domain/secretsmanager/versions.ts';
import type { ActedOn, ActsOn, ServicePermissions } from '../../wire/authorization.ts';
import type { SecretsManagerDeps } from './deps.ts';
import { lookUpSecret } from './secret-store.ts';

/** In place of the characters that AWS adds to the name of a secret, where there is none. */
const ANY_SUFFIX = '??????';

type NamedSecret = { readonly SecretId?: string | undefined };

export function secretsManagerPermissions(
  deps: Pick<SecretsManagerDeps, 'store' | 'clock'>,
): ServicePermissions {
  const acted = async (id: string, scope: Scope, context: ActedOn['context'] = {}): Promise<ActedOn[]> => {
    const found = (await lookUpSecret(deps, id, scope))?.value;
    const arn = found?.arn ?? (id.startsWith('arn:') ? id : secretArn(scope, id, ANY_SUFFIX));
    return [
      {
        arn,
        ...(found === undefined && { shownAs: id }),
        policy: found?.policy,
        context: {
          'secretsmanager:SecretId': arn,
          ...resourceTagKeys(found?.tags ?? [], 'secretsmanager'),
          ...context,
        },
      },
    ];
  };
  const onSecret: ActsOn<NamedSecret> = ({ SecretId = '' }, scope) => acted(SecretId, scope);
  return {
    prefix: 'secretsmanager',
    rules: {
      CreateSecret: ({ Name = '', Tags = [], Description }: CreateSecretRequest, scope) => [
        {
          arn: secretArn(scope, Name, ANY_SUFFIX),
          shownAs: Name,
          context: {
            'secretsmanager:Name': Name,
            ...(Description !== undefined && { 'secretsmanager:Description': Description }),
            ...requestTagKeys(keyedTags(Tags)),
          },
        },
      ],
      GetSecretValue: ({ SecretId = '', ...version }: GetSecretValueRequest, scope) =>
        acted(SecretId, scope, versionKeys(version)),
      PutSecretValue: onSecret,
      UpdateSecret: onSecret,
      DescribeSecret: onSecret,
      ListSecretVersionIds: onSecret,
      UpdateSecretVersionStage: onSecret,
      ListSecrets: '*',
      DeleteSecret: onSecret,
      RestoreSecret: onSecret,
      GetResourcePolicy: onSecret,
      PutResourcePolicy: onSecret,
      DeleteResourcePolicy: onSecret,
      TagResource: ({ SecretId = '', Tags = [] }: TagResourceRequest, scope) =>
        acted(SecretId, scope, requestTagKeys(keyedTags(Tags))),
      UntagResource: ({ SecretId = '', TagKeys = [] }: UntagResourceRequest, scope) =>
        acted(SecretId, scope, { 'aws:TagKeys': TagKeys }),
    },
  };
}

/** Who asks for no version asks for the current one. */
function versionKeys({
  VersionId,
  VersionStage = VersionId === undefined ? CURRENT : undefined,
}: Omit<GetSecretValueRequest, 'SecretId'>): NonNullable<ActedOn['context']> {
  return {
    ...(VersionId !== undefined && { 'secretsmanager:VersionId': VersionId }),
    ...(VersionStage !== undefined && { 'secretsmanager:VersionStage': VersionStage }),
  };
}
