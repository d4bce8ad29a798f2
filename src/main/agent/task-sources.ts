/** Where the secrets and environment files of tasks come from, by the settings. */
import type { ServiceAccess } from '../../agent/aws/service-client.ts';
import { S3ObjectSource, type SignRequest } from '../../drivers/objects-s3/s3-object-source.ts';
import { FileSecretSource } from '../../drivers/secrets-file/file-secret-source.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { Dialer } from '../../ports/dialer.ts';
import type { ObjectSource } from '../../ports/object-source.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import { secured } from '../../wire/http/secured.ts';
import { signRequest } from '../../wire/sigv4/sign.ts';
import { SigningKeyCache } from '../../wire/sigv4/signing-key.ts';
import type { Settings } from '../config/settings.ts';

/** Undefined: the settings name none. */
export interface TaskSources {
  readonly secrets: SecretSource | undefined;
  readonly objects: ObjectSource | undefined;
}

const TLS_PORT = 443;

type SourceSettings = Pick<Settings, 'secretsFile' | 's3Endpoint' | 's3CredentialsFile'>;

/** `names`: by which tasks reach S3 as a service of Neargate; without, they reach it by themselves. */
export function createTaskSources(settings: SourceSettings, names?: ServiceAccess['names']): TaskSources {
  const { secretsFile, s3Endpoint, s3CredentialsFile: credentialsFile } = settings;
  return {
    secrets: secretsFile === undefined ? undefined : new FileSecretSource(secretsFile),
    objects:
      s3Endpoint === undefined
        ? undefined
        : new S3ObjectSource({
            endpoint: new URL(s3Endpoint.url),
            sign: createS3Signer(),
            ...(names !== undefined && { through: (dialer) => s3Dialer(dialer, names) }),
            ...(credentialsFile !== undefined && { credentialsFile }),
          }),
  };
}

/** Whatever S3 it is, tasks know it by S3's name, over TLS. */
function s3Dialer(dialer: Dialer, { suffix, ca }: NonNullable<ServiceAccess['names']>): Dialer {
  const host = `s3.${suffix}`;
  return {
    async connect(_target, signal) {
      const socket = await dialer.connect({ host, port: TLS_PORT }, signal);
      return await secured(socket, { servername: host, ca }, signal ?? new AbortController().signal);
    },
  };
}

function createS3Signer(): SignRequest {
  const keys = new SigningKeyCache(4);
  return ({ path, host, region }, credentials) =>
    signRequest(
      { method: 'GET', url: path, headers: { host }, body: Buffer.alloc(0) },
      { credentials, region, service: 's3', nowMs: systemClock.now(), keys },
    );
}
