/** Where tasks' secrets and environment files come from, by the settings. */
import { readFile, stat } from 'node:fs/promises';
import { AppError } from '../domain/errors.ts';
import { S3ObjectSource, type SignRequest } from '../drivers/objects-s3/s3-object-source.ts';
import { FileSecretSource } from '../drivers/secrets-file/file-secret-source.ts';
import type { ObjectSource } from '../ports/object-source.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import type { VpcService } from '../agent/vpc-services/vpc-services.ts';
import { type SigningCredentials, signRequest } from '../wire/sigv4/sign.ts';
import type { Config } from './config.ts';
import { SERVICE_ADDRESS } from './service-address.ts';

export interface TaskSources {
  readonly secrets: SecretSource;
  readonly objects: ObjectSource;
}

export function createTaskSources(
  config: Pick<Config, 'secretsFile' | 's3Endpoint' | 's3CredentialsFile'>,
): TaskSources {
  const { secretsFile, s3Endpoint, s3CredentialsFile } = config;
  return {
    secrets: secretsFile === undefined ? noSource('secretsFile') : new FileSecretSource(secretsFile),
    objects: s3Endpoint === undefined ? noSource('s3Endpoint') : s3Source(s3Endpoint, s3CredentialsFile),
  };
}

/** An S3 service on this host's loopback, as tasks reach it; undefined when it is elsewhere. */
export function s3Service(s3Endpoint: string | undefined): VpcService | undefined {
  if (s3Endpoint === undefined) return undefined;
  const { hostname, port, protocol } = new URL(s3Endpoint);
  if (!/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) return undefined;
  const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return { address: SERVICE_ADDRESS, port: number, target: { host, port: number } };
}

/** Says what to set, to whoever needs it. */
function noSource(setting: string): { get(): Promise<never> } {
  const message = `this Neargate has no source for it: see the setting ${setting}`;
  return { get: () => Promise.reject(new AppError('failed-precondition', message)) };
}

function s3Source(s3Endpoint: string, credentialsFile: string | undefined): ObjectSource {
  const service = s3Service(s3Endpoint);
  const sign: SignRequest = async ({ host, path, region }) => {
    if (credentialsFile === undefined) return {};
    return signRequest(
      { method: 'GET', url: path, headers: { host }, body: Buffer.alloc(0) },
      { credentials: await readCredentials(credentialsFile), region, service: 's3', nowMs: Date.now() },
    );
  };
  return new S3ObjectSource({
    endpoint: new URL(s3Endpoint),
    sign,
    ...(service !== undefined && { through: { host: service.address, port: service.port } }),
  });
}

const READABLE_BY_OTHERS = 0o077;

/** The profile `default` of a shared credentials file. Errors name the file and nothing that is in it. */
async function readCredentials(path: string): Promise<SigningCredentials> {
  const [text, { mode }] = await Promise.all([readFile(path, 'utf8'), stat(path)]).catch(
    (error: NodeJS.ErrnoException) => {
      throw new AppError(
        'failed-precondition',
        `s3CredentialsFile cannot be read: ${error.code ?? 'unknown'}`,
      );
    },
  );
  if ((mode & READABLE_BY_OTHERS) !== 0) {
    throw new AppError('failed-precondition', 's3CredentialsFile can be read by others: chmod 600 it');
  }
  const values = profileOf(text, 'default');
  const accessKeyId = values.get('aws_access_key_id');
  const secretAccessKey = values.get('aws_secret_access_key');
  const sessionToken = values.get('aws_session_token');
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new AppError('failed-precondition', 's3CredentialsFile has no keys in its profile default');
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

function profileOf(text: string, profile: string): Map<string, string> {
  const values = new Map<string, string>();
  let isIn = false;
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line.startsWith('[')) isIn = line === `[${profile}]`;
    const equals = line.indexOf('=');
    if (isIn && equals > 0) values.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
  }
  return values;
}
