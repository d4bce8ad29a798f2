/** Where the secrets and environment files of tasks come from, by the settings. */
import type { VpcService } from '../agent/vpc-services/vpc-services.ts';
import { S3ObjectSource, type SignRequest } from '../drivers/objects-s3/s3-object-source.ts';
import { FileSecretSource } from '../drivers/secrets-file/file-secret-source.ts';
import { systemClock } from '../drivers/system/system-clock.ts';
import type { ObjectSource } from '../ports/object-source.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import { signRequest } from '../wire/sigv4/sign.ts';
import { SigningKeyCache } from '../wire/sigv4/signing-key.ts';
import type { HttpAddress } from './config/kinds.ts';
import { isLoopback } from './config/load-settings.ts';
import type { Settings } from './config/settings.ts';
import { SERVICE_ADDRESS } from './service-address.ts';

/** Undefined: the settings name none. */
export interface TaskSources {
  readonly secrets: SecretSource | undefined;
  readonly objects: ObjectSource | undefined;
}

type SourceSettings = Pick<Settings, 'secretsFile' | 's3Endpoint' | 's3CredentialsFile'>;

/** `service`: by which tasks reach an S3 on this host's loopback. */
export function createTaskSources(settings: SourceSettings, service?: VpcService): TaskSources {
  const { secretsFile, s3Endpoint, s3CredentialsFile: credentialsFile } = settings;
  return {
    secrets: secretsFile === undefined ? undefined : new FileSecretSource(secretsFile),
    objects:
      s3Endpoint === undefined
        ? undefined
        : new S3ObjectSource({
            endpoint: new URL(s3Endpoint.url),
            sign: createS3Signer(),
            ...(service !== undefined && { reachedAt: { host: service.address, port: service.port } }),
            ...(credentialsFile !== undefined && { credentialsFile }),
          }),
  };
}

/** What makes an S3 on this host's loopback reachable for tasks; undefined where they reach it by themselves. */
export function s3Service(endpoint: HttpAddress | undefined): VpcService | undefined {
  if (endpoint === undefined || !isLoopback(endpoint.host)) return undefined;
  const { host, port } = endpoint;
  return { address: SERVICE_ADDRESS, port, target: { host, port } };
}

function createS3Signer(): SignRequest {
  const keys = new SigningKeyCache(4);
  return ({ path, host, region }, credentials) =>
    signRequest(
      { method: 'GET', url: path, headers: { host }, body: Buffer.alloc(0) },
      { credentials, region, service: 's3', nowMs: systemClock.now(), keys },
    );
}
