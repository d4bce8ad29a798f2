/**
 * Names of files are bytes to Linux, and need not be text. A byte string is a string with a character for each byte
 * (latin1): it can be cut and joined like a path, and what is no UTF-8 comes out as it went in.
 */
export type ByteString = string;

/** The byte string of a text. */
export function toByteString(text: string): ByteString {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The bytes, for calls of Node. */
export function bytesOf(path: ByteString): Buffer {
  return Buffer.from(path, 'latin1');
}

/** The bytes with the zero that ends them in C. */
export function cStringOf(path: ByteString): Buffer {
  return Buffer.from(`${path}\0`, 'latin1');
}

/** The names in a path, the first one first. */
export function componentsOf(path: ByteString): ByteString[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
