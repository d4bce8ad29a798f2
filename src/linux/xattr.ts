/** Extended attributes, which Node has no way to. Read and set on this thread: they lie beside the inode. */
import koffi from 'koffi';
import { type ByteString, cStringOf } from './byte-string.ts';
import { errnoError, errnoName } from './errno.ts';

const libc = koffi.load(null);
const lgetxattr = libc.func('intptr_t lgetxattr(str path, str name, _Out_ uint8_t *value, size_t size)');
const llistxattr = libc.func('intptr_t llistxattr(str path, _Out_ uint8_t *list, size_t size)');
const fsetxattr = libc.func('int fsetxattr(int fd, str name, uint8_t *value, size_t size, int flags)');

/** The longest value that Linux allows. */
export const LONGEST_XATTR_BYTES = 65_536;

/** An attribute of a file (of the link itself, where it is one); undefined when it has none of that name. */
export function readXattr(path: ByteString, name: string, maxBytes = 256): Buffer | undefined {
  const value = Buffer.alloc(Math.min(maxBytes, LONGEST_XATTR_BYTES));
  const length = Number(lgetxattr(cStringOf(path), name, value, value.length));
  if (length >= 0) return value.subarray(0, length);
  const errno = koffi.errno();
  const code = errnoName(errno);
  if (code === 'ENODATA' || code === 'EOPNOTSUPP') return undefined;
  throw errnoError(errno, 'lgetxattr', path);
}

/** The names of a file's attributes (of the link itself, where it is one); none where the file system has no such. */
export function listXattrs(path: ByteString): string[] {
  const size = listInto(path, null, 0);
  if (size === 0) return [];
  const list = Buffer.alloc(size);
  return list
    .toString('utf8', 0, listInto(path, list, size))
    .split('\0')
    .filter(Boolean);
}

/** Sets an attribute of an open file. `unimplemented` where its file system has no such. */
export function setXattr(fd: number, name: string, value: Buffer): void {
  if (fsetxattr(fd, name, value, value.length, 0) === 0) return;
  throw errnoError(koffi.errno(), 'fsetxattr', name);
}

function listInto(path: ByteString, list: Buffer | null, size: number): number {
  const length = Number(llistxattr(cStringOf(path), list, size));
  if (length >= 0) return length;
  const errno = koffi.errno();
  if (errnoName(errno) === 'EOPNOTSUPP') return 0;
  throw errnoError(errno, 'llistxattr', path);
}
