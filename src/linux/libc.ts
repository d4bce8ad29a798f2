/**
 * The C library's functions that Node has no way to, through koffi. Nothing here knows what they are used for.
 * Synchronous calls run on the caller's thread, so a namespace entered by `setns` holds for the next one.
 */
import koffi from 'koffi';
import { errnoError } from './errno.ts';

type CFunction = ReturnType<ReturnType<typeof koffi.load>['func']>;

// The process itself: Node is linked to the C library already, whichever that is.
const libc = koffi.load(null);

export const C = {
  setns: libc.func('int setns(int fd, int kind)'),
  unshare: libc.func('int unshare(int flags)'),
  sethostname: libc.func('int sethostname(str name, size_t length)'),
  mount: libc.func('int mount(str source, str target, str type, ulong flags, str data)'),
  umount2: libc.func('int umount2(str target, int flags)'),
  chroot: libc.func('int chroot(str path)'),
  fchdir: libc.func('int fchdir(int fd)'),
  // Variadic in the header; on Linux's x86-64 and arm64 the third argument travels the same way.
  ioctl: libc.func('int ioctl(int fd, ulong request, void *argument)'),
  ioctlNumber: libc.func('ioctl', 'int', ['int', 'ulong', 'long']),
  socket: libc.func('int socket(int domain, int type, int protocol)'),
  socketpair: libc.func('int socketpair(int domain, int type, int protocol, void *ends)'),
  dup3: libc.func('int dup3(int from, int to, int flags)'),
  bind: libc.func('int bind(int fd, void *address, uint length)'),
  connect: libc.func('int connect(int fd, void *address, uint length)'),
  setsockopt: libc.func('int setsockopt(int fd, int level, int name, void *value, uint length)'),
  getsockopt: libc.func('int getsockopt(int fd, int level, int name, void *value, void *length)'),
  send: libc.func('intptr_t send(int fd, void *data, size_t length, int flags)'),
  recv: libc.func('intptr_t recv(int fd, void *data, size_t length, int flags)'),
  lseek: libc.func('int64_t lseek(int fd, int64_t offset, int whence)'),
  fallocate: libc.func('int fallocate(int fd, int mode, int64_t offset, int64_t length)'),
  mknod: libc.func('int mknod(str path, uint mode, uint64_t device)'),
  mkdirat: libc.func('int mkdirat(int directory, str name, uint mode)'),
  mknodat: libc.func('int mknodat(int directory, str name, uint mode, uint64_t device)'),
  // Without a function of their own in the C libraries that are in use.
  openat2: libc.func('syscall', 'long', ['long', 'int', 'str', 'void *', 'size_t']),
  openTree: libc.func('syscall', 'long', ['long', 'int', 'str', 'uint']),
  moveMount: libc.func('syscall', 'long', ['long', 'int', 'str', 'int', 'str', 'uint']),
  pivotRoot: libc.func('syscall', 'long', ['long', 'str', 'str']),
  adjtimex: libc.func('int adjtimex(void *state)'),
  prlimit: libc.func('prlimit', 'int', ['int', 'int', 'void *', 'void *']),
  // Variadic in the header, too.
  prctl: libc.func('int prctl(int option, ulong second, ulong third, ulong fourth, ulong fifth)'),
  syscall5: libc.func('syscall', 'long', ['long', 'long', 'void *', 'long', 'void *', 'long']),
} as const satisfies Record<string, CFunction>;

/** Runs a call now; throws the AppError of its errno when it returns less than 0. */
export function call(name: keyof typeof C, what: string, ...args: unknown[]): number {
  const result = Number(C[name](...args));
  if (result < 0) throw errnoError(koffi.errno(), name, what);
  return result;
}

/** Where a buffer lies in memory, for structures that point to another; the caller keeps it alive. */
export function addressOf(buffer: Buffer): bigint {
  return koffi.address(buffer);
}

/**
 * Runs a call that may take long on a thread of Node's pool. errno of that thread cannot be read from here, so a
 * call that failed is made once more on this thread: it then fails at once for the same reason, or has succeeded.
 */
export async function callOffThread(name: keyof typeof C, what: string, ...args: unknown[]): Promise<number> {
  const result = await new Promise<number>((resolve, reject) => {
    C[name].async(...args, (error: Error | null, value: unknown) => {
      if (error) reject(error);
      else resolve(Number(value));
    });
  });
  return result < 0 ? call(name, what, ...args) : result;
}
