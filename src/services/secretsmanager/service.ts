/** AWS Secrets Manager, as far as tasks need it to have their secrets here: a file an operation. */
import type { AwsJsonService } from '../../wire/service.ts';
import { createSecret } from './create-secret.ts';
import { deleteSecret } from './delete-secret.ts';
import type { SecretsManagerDeps } from './deps.ts';
import { describeSecret } from './describe-secret.ts';
import { getResourcePolicy } from './get-resource-policy.ts';
import { getSecretValue } from './get-secret-value.ts';
import { listSecretVersionIds } from './list-secret-version-ids.ts';
import { listSecrets } from './list-secrets.ts';
import { secretsManagerPermissions } from './permissions.ts';
import { deleteResourcePolicy, putResourcePolicy } from './put-resource-policy.ts';
import { putSecretValue } from './put-secret-value.ts';
import { restoreSecret } from './restore-secret.ts';
import { tagResource, untagResource } from './tag-resource.ts';
import { updateSecret } from './update-secret.ts';
import { updateSecretVersionStage } from './update-secret-version-stage.ts';

export function createSecretsManagerService(deps: SecretsManagerDeps): AwsJsonService {
  return {
    name: 'secretsmanager',
    targetPrefix: 'secretsmanager',
    protocol: 'aws-json',
    jsonVersion: '1.1',
    permissions: secretsManagerPermissions(deps),
    operations: [
      createSecret(deps),
      getSecretValue(deps),
      putSecretValue(deps),
      updateSecret(deps),
      describeSecret(deps),
      listSecrets(deps),
      listSecretVersionIds(deps),
      updateSecretVersionStage(deps),
      deleteSecret(deps),
      restoreSecret(deps),
      getResourcePolicy(deps),
      putResourcePolicy(deps),
      deleteResourcePolicy(deps),
      tagResource(deps),
      untagResource(deps),
    ],
  };
}
