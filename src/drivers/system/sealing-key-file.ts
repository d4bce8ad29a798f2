/**
 * The key of sealed values, in a file of its own: 32 random bytes in base64, for its owner alone. Read once; made with the
 * first value that is sealed, so that who has no secrets has no such file.
 */
import { randomBytes } from 'node:crypto';
import {
  fstatSync,
  openSync,
  closeSync,
  readFileSync,
  linkSync,
  mkdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../../domain/errors.ts';

const KEY_BYTES = 32;

export class SealingKeyFile {
  readonly #path: string;
  #key: Uint8Array | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Throws `failed-precondition` where the file cannot be made, is no key, or is open to others. */
  make(): Uint8Array {
    const known = this.find();
    if (known !== undefined) return known;
    const fresh = `${this.#path}.${process.pid}`;
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      rmSync(fresh, { force: true });
      const text = `${randomBytes(KEY_BYTES).toString('base64')}\n`;
      writeFileSync(fresh, text, { mode: 0o600, flag: 'wx', flush: true });
      // Whoever comes second takes the first one's key.
      linkSync(fresh, this.#path);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw refused(this.#path, 'cannot be made', error);
    } finally {
      rmSync(fresh, { force: true });
    }
    const made = this.find();
    if (made === undefined) throw refused(this.#path, 'is gone again');
    return made;
  }

  /** Undefined when there is no file. Throws as `make`. */
  find(): Uint8Array | undefined {
    this.#key ??= readKey(this.#path);
    return this.#key;
  }
}

function readKey(path: string): Uint8Array | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw refused(path, 'cannot be read', error);
  }
  try {
    if ((fstatSync(file).mode & 0o077) !== 0) throw refused(path, `is open to others: run chmod 600 ${path}`);
    const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');
    if (key.byteLength !== KEY_BYTES) throw refused(path, 'does not hold 32 bytes in base64');
    return key;
  } finally {
    closeSync(file);
  }
}

function refused(path: string, words: string, cause?: unknown): AppError {
  return new AppError('failed-precondition', `the sealing key ${path} ${words}`, { cause });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
