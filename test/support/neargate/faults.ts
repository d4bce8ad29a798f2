/** Breaks what runs a task's containers: processes of one instance only, found by what they were started with. */
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { patient } from '../../../src/ports/testing/patience.ts';

/** Stops (SIGSTOP) the shim of a task: it is there and does not answer. */
export async function freezeShim(dataDir: string, taskArn: string): Promise<void> {
  const taskId = taskArn.slice(taskArn.lastIndexOf('/') + 1);
  const socket = join(dataDir, 'containerd');
  let frozen = 0;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (!line.includes('containerd-shim') || !line.includes(socket) || !line.includes(taskId)) continue;
    process.kill(Number(name), 'SIGSTOP');
    frozen += 1;
  }
  if (frozen === 0) throw new Error(`no shim of task ${taskId} was found`);
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
