/**
 * Seals what users entrust to the store (AES-256-GCM, under a key that is derived from the server's secret). A sealed
 * value is bound to its place: moved elsewhere it cannot be opened.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { AppError } from '../domain/errors.ts';

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

export class SealedValues {
  readonly #key: Uint8Array;

  /** `serverSecret`: at least 32 random bytes. */
  constructor(serverSecret: Uint8Array) {
    if (serverSecret.byteLength < 32) throw new RangeError('the server secret needs at least 32 bytes');
    this.#key = new Uint8Array(hkdfSync('sha256', serverSecret, '', 'neargate sealed values', 32));
  }

  /** `place`: where it is kept. Base64. */
  seal(value: string, place: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.of(VERSION), nonce, sealed, cipher.getAuthTag()]).toString('base64');
  }

  /** Throws `failed-precondition` where another key, or for another place, sealed it. */
  open(text: string, place: string): string {
    const bytes = Buffer.from(text, 'base64');
    const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
    try {
      const decipher = createDecipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(place))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      const sealed = bytes.subarray(1 + NONCE_BYTES, -TAG_BYTES);
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    } catch (error) {
      throw new AppError('failed-precondition', 'a sealed value cannot be opened', { cause: error });
    }
  }
}
