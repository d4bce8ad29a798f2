/** Locks of fcntl's kind by another process of this machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';

export interface HeldLock {
  release(): Promise<void>;
}

/** Says that it has the lock, and keeps it until its input ends. */
const PROGRAM = `
import fcntl, sys
file = open(sys.argv[1], 'r+')
try:
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    sys.exit(1)
print('locked', flush=True)
sys.stdin.read()
`;

/** Locks a whole file for writing, without waiting, until the test's end at most. Rejects with `taken` when it is. */
export async function lockAside(test: TestContext, path: string): Promise<HeldLock> {
  const child = spawn('python3', ['-c', PROGRAM, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  test.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const isLocked = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!isLocked) throw new Error('taken');
  return {
    async release() {
      child.stdin.end();
      await ended;
    },
  };
}
