/** What an NFSv4 server refuses with. */

const STATUSES: Readonly<Record<number, readonly [status: string, errno: string]>> = {
  1: ['NFS4ERR_PERM', 'EPERM'],
  2: ['NFS4ERR_NOENT', 'ENOENT'],
  5: ['NFS4ERR_IO', 'EIO'],
  13: ['NFS4ERR_ACCESS', 'EACCES'],
  17: ['NFS4ERR_EXIST', 'EEXIST'],
  18: ['NFS4ERR_XDEV', 'EXDEV'],
  20: ['NFS4ERR_NOTDIR', 'ENOTDIR'],
  21: ['NFS4ERR_ISDIR', 'EISDIR'],
  22: ['NFS4ERR_INVAL', 'EINVAL'],
  27: ['NFS4ERR_FBIG', 'EFBIG'],
  28: ['NFS4ERR_NOSPC', 'ENOSPC'],
  30: ['NFS4ERR_ROFS', 'EROFS'],
  63: ['NFS4ERR_NAMETOOLONG', 'ENAMETOOLONG'],
  66: ['NFS4ERR_NOTEMPTY', 'ENOTEMPTY'],
  69: ['NFS4ERR_DQUOT', 'EDQUOT'],
  70: ['NFS4ERR_STALE', 'ESTALE'],
  10_001: ['NFS4ERR_BADHANDLE', 'ESTALE'],
  10_008: ['NFS4ERR_DELAY', 'EAGAIN'],
  10_010: ['NFS4ERR_DENIED', 'EAGAIN'],
  10_011: ['NFS4ERR_EXPIRED', 'EIO'],
  10_013: ['NFS4ERR_GRACE', 'EAGAIN'],
  10_022: ['NFS4ERR_STALE_CLIENTID', 'EIO'],
  10_023: ['NFS4ERR_STALE_STATEID', 'EIO'],
  10_025: ['NFS4ERR_BAD_STATEID', 'EIO'],
  10_029: ['NFS4ERR_SYMLINK', 'ELOOP'],
  10_033: ['NFS4ERR_NO_GRACE', 'EIO'],
  10_052: ['NFS4ERR_BADSESSION', 'EIO'],
};

export class NfsError extends Error {
  /** The protocol's name, for example `NFS4ERR_ROFS`. */
  readonly status: string;
  /** errno's name, as a program on Linux sees it: `EROFS`. */
  readonly code: string;

  constructor(what: string, number: number) {
    const [status, code] = STATUSES[number] ?? [`NFS4ERR_${number}`, 'EIO'];
    super(`${what}: ${status}`);
    this.status = status;
    this.code = code;
  }
}
