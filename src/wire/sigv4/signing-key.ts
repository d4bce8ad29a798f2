/** Hashes and keys of AWS Signature Version 4, with a bounded cache of the derived keys. */
import { createHmac, hash } from 'node:crypto';

export const ALGORITHM = 'AWS4-HMAC-SHA256';
export const TERMINATOR = 'aws4_request';
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

/** Day (YYYYMMDD), region and service that a signature is good for. */
export interface CredentialScope {
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

const hmac = (key: string | Uint8Array, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

/** The key that signs within a scope. */
export function deriveSigningKey(secretAccessKey: string, scope: CredentialScope): Buffer {
  const date = hmac(`AWS4${secretAccessKey}`, scope.date);
  return hmac(hmac(hmac(date, scope.region), scope.service), TERMINATOR);
}

export function scopeText(scope: CredentialScope): string {
  return `${scope.date}/${scope.region}/${scope.service}/${TERMINATOR}`;
}

/** Signature, as raw bytes, of a canonical request. `timestamp` is `YYYYMMDDTHHMMSSZ`. */
export function signCanonicalRequest(
  canonical: string,
  timestamp: string,
  scope: CredentialScope,
  signingKey: Uint8Array,
): Buffer {
  return hmac(signingKey, `${ALGORITHM}\n${timestamp}\n${scopeText(scope)}\n${sha256Hex(canonical)}`);
}

/** Remembers derived keys by access key, day, region and service; forgets the oldest beyond its capacity. */
export class SigningKeyCache {
  readonly #keys = new Map<string, { readonly secret: string; readonly key: Buffer }>();
  readonly #capacity: number;

  constructor(capacity = 500) {
    this.#capacity = capacity;
  }

  get(accessKeyId: string, secretAccessKey: string, scope: CredentialScope): Buffer {
    const id = `${accessKeyId}/${scope.date}/${scope.region}/${scope.service}`;
    const known = this.#keys.get(id);
    if (known !== undefined && known.secret === secretAccessKey) return known.key;
    const key = deriveSigningKey(secretAccessKey, scope);
    if (this.#keys.size >= this.#capacity) {
      const [oldest] = this.#keys.keys();
      if (oldest !== undefined) this.#keys.delete(oldest);
    }
    this.#keys.set(id, { secret: secretAccessKey, key });
    return key;
  }
}

/** Epoch milliseconds as `YYYYMMDDTHHMMSSZ`. */
export function formatTimestamp(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** Epoch milliseconds of `YYYYMMDDTHHMMSSZ`; undefined when it is not one. */
export function parseTimestamp(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const epochMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(epochMs) ? undefined : epochMs;
}
