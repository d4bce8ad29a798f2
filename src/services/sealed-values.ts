/**
 * Seals what users entrust to the store (AES-256-GCM, under a key that lies apart from it). A sealed value is bound to its
 * place: moved elsewhere it cannot be opened. It names its key, so that a key of another machine is told from damage.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { AppError } from '../domain/errors.ts';

const VERSION = 2;
const KEY_NAME_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

export interface SealingKey {
  /** 32 bytes; made when there is none. Throws `failed-precondition` for a key that cannot be made or is open to others. */
  make(): Uint8Array;
  /** 32 bytes; undefined when there is none. */
  find(): Uint8Array | undefined;
}

export class SealedValues {
  readonly #key: SealingKey;

  constructor(key: SealingKey) {
    this.#key = key;
  }

  /** `place`: where it is kept. Base64. */
  seal(value: string, place: string): string {
    const key = this.#key.make();
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
    const head = [Buffer.of(VERSION), nameOf(key), nonce];
    return Buffer.concat([...head, sealed, cipher.getAuthTag()]).toString('base64');
  }

  /** Throws `failed-precondition` where the key is another or gone, or where it was sealed for another place. */
  open(text: string, place: string): string {
    const bytes = Buffer.from(text, 'base64');
    const [nonceAt, contentAt] = [1 + KEY_NAME_BYTES, 1 + KEY_NAME_BYTES + NONCE_BYTES];
    const key = this.#key.find();
    if (key === undefined) throw closed('the key of sealed values is gone');
    if (!nameOf(key).equals(bytes.subarray(1, nonceAt))) throw closed('a value was sealed under another key');
    try {
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(nonceAt, contentAt), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(place))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      const sealed = bytes.subarray(contentAt, -TAG_BYTES);
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    } catch (error) {
      throw closed('a sealed value cannot be opened', error);
    }
  }
}

function nameOf(key: Uint8Array): Buffer {
  return createHash('sha256').update(key).digest().subarray(0, KEY_NAME_BYTES);
}

function closed(words: string, cause?: unknown): AppError {
  return new AppError('failed-precondition', words, { cause });
}
