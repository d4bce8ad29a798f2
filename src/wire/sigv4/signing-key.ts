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

/** What is signed: the hash of a canonical request, made at `timestamp` (`YYYYMMDDTHHMMSSZ`) within a scope. */
export function stringToSign(canonical: string, timestamp: string, scope: CredentialScope): string {
  return `${ALGORITHM}\n${timestamp}\n${scopeText(scope)}\n${sha256Hex(canonical)}`;
}

const BLOCK_BYTES = 64;

/**
 * HMAC-SHA256 under one key, from Node's one-shot hash: a fifth of the time of an Hmac object, and this runs for
 * every request.
 */
export class SigningKey {
  readonly #innerPad = Buffer.alloc(BLOCK_BYTES, 0x36);
  readonly #outerBlocks = Buffer.alloc(BLOCK_BYTES + 32, 0x5c);

  /** `key` has at most 64 bytes. */
  constructor(key: Uint8Array) {
    for (const [index, byte] of key.entries()) {
      this.#innerPad[index] = byte ^ 0x36;
      this.#outerBlocks[index] = byte ^ 0x5c;
    }
  }

  /** Signature of a text, in hexadecimal. */
  sign(text: string): string {
    const inner = hash('sha256', Buffer.concat([this.#innerPad, Buffer.from(text)]), 'hex');
    this.#outerBlocks.write(inner, BLOCK_BYTES, 'hex');
    return hash('sha256', this.#outerBlocks, 'hex');
  }
}

/** Remembers derived keys by access key, day, region and service; forgets the oldest beyond its capacity. */
export class SigningKeyCache {
  readonly #keys = new Map<string, { readonly secret: string; readonly key: SigningKey }>();
  readonly #capacity: number;

  constructor(capacity = 500) {
    this.#capacity = capacity;
  }

  get(accessKeyId: string, secretAccessKey: string, scope: CredentialScope): SigningKey {
    const id = `${accessKeyId}/${scope.date}/${scope.region}/${scope.service}`;
    const known = this.#keys.get(id);
    if (known !== undefined && known.secret === secretAccessKey) return known.key;
    const key = new SigningKey(deriveSigningKey(secretAccessKey, scope));
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

const TIMESTAMP = /^\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3])[0-5]\d[0-5]\dZ$/;

/** Epoch milliseconds of `YYYYMMDDTHHMMSSZ`; undefined when it is not one. */
export function parseTimestamp(text: string): number | undefined {
  if (!TIMESTAMP.test(text)) return undefined;
  const part = (start: number, end: number): number => Number(text.slice(start, end));
  return Date.UTC(part(0, 4), part(4, 6) - 1, part(6, 8), part(9, 11), part(11, 13), part(13, 15));
}
