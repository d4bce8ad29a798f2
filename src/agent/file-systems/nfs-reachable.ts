/** Whether a task's own interface gets through to a server of NFS, with the patience of mount.efs. */
import type { Socket } from 'node:net';
import { hasKind, toAppError } from '../../domain/errors.ts';
import { MOUNT_ATTEMPT_S, MOUNT_ATTEMPTS } from '../../domain/efs/mount-words.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Dialer } from '../../ports/dialer.ts';
import { withDeadline } from '../waiting.ts';

const NFS_PORT = 2049;
/** mount.nfs4 asks again after so long. */
const AGAIN_MS = 1_000;

export type Reachable = 'yes' | 'reset' | 'no';

export interface ReachableDeps {
  readonly dialer: Dialer;
  readonly clock: Clock;
}

/** Resolves `no` after the time of all attempts. Rejects with `aborted` when the signal fires. */
export async function reachesNfs(
  address: string,
  { dialer, clock }: ReachableDeps,
  signal: AbortSignal,
): Promise<Reachable> {
  let outcome: Reachable = 'no';
  for (let attempt = 1; attempt <= MOUNT_ATTEMPTS && outcome !== 'yes'; attempt += 1) {
    try {
      outcome = await withDeadline(clock, MOUNT_ATTEMPT_S * 1_000, signal, (inner) =>
        connect(address, { dialer, clock }, inner),
      );
      if (outcome === 'reset') await clock.sleep(AGAIN_MS, signal);
    } catch (error) {
      if (!hasKind(error, 'deadline')) throw error;
      outcome = 'no';
    }
  }
  return outcome;
}

/** Tries until it is connected, or reset. */
async function connect(
  host: string,
  { dialer, clock }: ReachableDeps,
  signal: AbortSignal,
): Promise<'yes' | 'reset'> {
  for (;;) {
    try {
      const socket: Socket = await dialer.connect({ host, port: NFS_PORT }, signal);
      socket.on('error', () => undefined).destroy();
      return 'yes';
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.details['syscallCode'] === 'ECONNRESET') return 'reset';
      if (error.kind !== 'deadline' && error.kind !== 'unavailable') throw error;
    }
    await clock.sleep(AGAIN_MS, signal);
  }
}
