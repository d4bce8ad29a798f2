/** A shim of a containerd that knows nothing of it, as one is left that was frozen while containerd was killed. */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shimSocketPath } from '../../../src/drivers/containerd/shim-socket.ts';
import {
  hasEndedWithin,
  type ProcessIdentity,
  processesWithArguments,
  signalProcess,
} from '../../../src/linux/process-identity.ts';
import { patient } from '../../../src/ports/testing/patience.ts';

const NAMESPACE = 'neargate';
const GROUP = 'io.containerd.runc.v2.group';

export interface OrphanShim {
  /** Stopped (SIGSTOP). */
  readonly identity: ProcessIdentity;
  readonly shimSocket: string;
  /** Where nobody has ended it yet. */
  end(): Promise<void>;
}

/** `containerdSocket` is what the shim says that it serves. */
export async function startOrphanShim(containerdSocket: string): Promise<OrphanShim> {
  const bundle = await mkdtemp(join(tmpdir(), 'ng-bundle-'));
  try {
    const taskId = randomBytes(16).toString('hex');
    const args = ['-namespace', NAMESPACE, '-id', `${taskId}-1`, '-address', containerdSocket];
    await writeFile(join(bundle, 'config.json'), JSON.stringify({ annotations: { [GROUP]: taskId } }));
    execFileSync('mkfifo', [join(bundle, 'log')]);
    // Not by pipes: the shim would hold them.
    const starting = spawn('containerd-shim-runc-v2', [...args, 'start'], { cwd: bundle, stdio: 'ignore' });
    await once(starting, 'exit');
    const [identity] = await processesWithArguments(args);
    if (identity === undefined) throw new Error('the shim has not started');
    await signalProcess(identity, 'SIGSTOP');
    const shimSocket = shimSocketPath(containerdSocket, NAMESPACE, taskId);
    const end = async (): Promise<void> => {
      await signalProcess(identity, 'SIGKILL');
      await hasEndedWithin(identity, patient(5_000));
      await rm(shimSocket, { force: true });
    };
    return { identity, shimSocket, end };
  } finally {
    await rm(bundle, { recursive: true, force: true });
  }
}
