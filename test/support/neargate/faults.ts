/** Breaks what runs a task's containers: processes of one instance only, found by what they were started with. */
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findProcesses, type ProcessIdentity, signalProcess } from '../../../src/linux/process-identity.ts';
import { patient } from '../../../src/ports/testing/patience.ts';

/** Stops (SIGSTOP) the shim of a task: it is there and does not answer. Resolves with it. */
export async function freezeShim(dataDir: string, taskArn: string): Promise<ProcessIdentity> {
  const taskId = taskArn.slice(taskArn.lastIndexOf('/') + 1);
  const socket = join(dataDir, 'containerd', 'c.sock');
  const [shim] = await findProcesses(
    (args) =>
      basename(args[0] ?? '').startsWith('containerd-shim') &&
      args.includes(socket) &&
      args.some((arg) => arg.startsWith(taskId)),
  );
  if (shim === undefined) throw new Error(`no shim of task ${taskId} was found`);
  await signalProcess(shim, 'SIGSTOP');
  return shim;
}

/** Kills (SIGKILL) the instance's containerd; its supervisor starts another. */
export async function killContainerd(dataDir: string): Promise<void> {
  const text = await readFile(join(dataDir, 'containerd', 'containerd.pid'), 'utf8');
  process.kill(Number.parseInt(text, 10), 'SIGKILL');
}

/** Resolves when the instance's containerd takes connections (again). */
export async function containerdAnswers(dataDir: string): Promise<void> {
  const deadline = performance.now() + patient(30_000);
  while (!(await connects(join(dataDir, 'containerd', 'c.sock')))) {
    if (performance.now() > deadline) throw new Error('containerd does not come back');
    await delay(20);
  }
}

function connects(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
