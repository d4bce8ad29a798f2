/** Extended attributes, which Node has no way to. Read on this thread: they lie beside the inode. */
import koffi from 'koffi';
import { errnoError, errnoName } from './errno.ts';

const libc = koffi.load(null);
const lgetxattr = libc.func('intptr_t lgetxattr(str path, str name, _Out_ uint8_t *value, size_t size)');

/** The longest value that Linux allows. */
const LONGEST_BYTES = 65_536;

/** An attribute of a file (of the link itself, where it is one); undefined when it has none of that name. */
export function readXattr(path: string, name: string, maxBytes = 256): Buffer | undefined {
  const value = Buffer.alloc(Math.min(maxBytes, LONGEST_BYTES));
  const length = Number(lgetxattr(path, name, value, value.length));
  if (length >= 0) return value.subarray(0, length);
  const errno = koffi.errno();
  const code = errnoName(errno);
  if (code === 'ENODATA' || code === 'EOPNOTSUPP') return undefined;
  throw errnoError(errno, 'lgetxattr', path);
}
