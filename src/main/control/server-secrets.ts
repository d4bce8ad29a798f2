/**
 * The secrets of a control plane: the root keys that users sign with, the key of session tokens, and the authority that
 * makes the certificates of services. Made at the first start and kept in the store. The root keys are shown to users
 * in the credentials file and the ready file (0600); nothing else is shown but the authority's certificate.
 */
import { randomBytes } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { keys } from '../../domain/keys.ts';
import {
  type AuthorityFiles,
  makeAuthority,
} from '../../drivers/certificates-private/certificate-authority.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { Store } from '../../ports/store.ts';

export interface RootKeys {
  readonly account: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface ServerSecrets {
  readonly rootKeys: RootKeys;
  /** Seals session tokens. */
  readonly sessionKey: string;
  readonly authority: AuthorityFiles;
}

const KEY_ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Reads the secrets, making what is missing. The root keys of another account are made anew. */
export async function loadServerSecrets(store: Store, account: string): Promise<ServerSecrets> {
  const rootKeys = await loadOrMake<RootKeys>(store, `root-keys-${account}`, () => ({
    account,
    accessKeyId: `AKIA${keyId()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
  }));
  const { value } = await loadOrMake(store, 'session-key', () => ({
    value: randomBytes(32).toString('base64'),
  }));
  const authority = await loadOrMake<AuthorityFiles>(store, 'service-authority', () =>
    makeAuthority({ now: systemClock.now() }),
  );
  return { rootKeys, sessionKey: value, authority };
}

/** Writes an AWS credentials file with the profiles `default` and `neargate`, 0600, atomically. */
export async function writeCredentialsFile(path: string, rootKeys: RootKeys): Promise<void> {
  const lines = ['default', 'neargate'].flatMap((profile) => [
    `[${profile}]`,
    `aws_access_key_id = ${rootKeys.accessKeyId}`,
    `aws_secret_access_key = ${rootKeys.secretAccessKey}`,
    '',
  ]);
  await writeFile(`${path}.new`, lines.join('\n'), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

async function loadOrMake<T extends object>(store: Store, name: string, make: () => T): Promise<T> {
  const key = keys.secret(name);
  const known = await store.get<T>(key);
  if (known !== undefined) return known.value;
  const made = make();
  await store.transact([{ key, revision: 0 }], [{ put: key, value: made }]);
  return (await store.get<T>(key))?.value ?? made;
}

function keyId(): string {
  return [...randomBytes(16)].map((byte) => KEY_ID_ALPHABET[byte % 32]).join('');
}
