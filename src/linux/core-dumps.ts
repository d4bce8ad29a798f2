/** Keeps what a process has in memory out of files that the kernel would write of it. */
import { call } from './libc.ts';

const SELF = 0;
const RLIMIT_CORE = 4;
const PR_SET_DUMPABLE = 4;
/** `struct rlimit64`: soft, hard. */
const LIMIT_BYTES = 16;

/**
 * No core dump is written of this process, nor of those that it starts, unless they ask for it: the hard limit stays, for
 * containers with a limit of their own. May be repeated.
 */
export function withholdCoreDumps(): void {
  const limit = Buffer.alloc(LIMIT_BYTES);
  call('prlimit', 'the size of core dumps', SELF, RLIMIT_CORE, null, limit);
  limit.writeBigUInt64LE(0n, 0);
  call('prlimit', 'the size of core dumps', SELF, RLIMIT_CORE, limit, null);
  // Where a program takes the dumps (systemd-coredump), the kernel asks for no limit. Others than root would not be let
  // into their own /proc/self any more.
  if (process.getuid?.() === 0) call('prctl', 'core dumps', PR_SET_DUMPABLE, 0, 0, 0, 0);
}
