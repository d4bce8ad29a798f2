import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { arch } from 'node:process';
import { after, describe, it } from 'node:test';
import { hasEndedWithin, isRunning, type ProcessIdentity, readIdentity } from './process-identity.ts';

/** exit(2), which ends the calling thread alone. */
const EXIT = { x64: 60, arm64: 93 }[arch as 'x64' | 'arm64'];
const FIRST_THREAD_ENDS = `
  require('koffi').load(null).func('long syscall(long number, long status)')(${EXIT}, 0)`;

describe('The identity of a process', { skip: EXIT === undefined ? `no number for ${arch}` : false }, () => {
  const children: ChildProcess[] = [];
  after(() => {
    for (const child of children) child.kill('SIGKILL');
  });

  async function started(script: string): Promise<{ child: ChildProcess; identity: ProcessIdentity }> {
    const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    children.push(child);
    await once(child, 'spawn');
    return { child, identity: (await readIdentity(child.pid ?? 0)) ?? assert.fail('it has ended') };
  }

  it('has not ended while any of its threads lives, which hold what it has open', async () => {
    const { child, identity } = await started(FIRST_THREAD_ENDS);
    while (!/\) Z /.test(await readFile(`/proc/${identity.pid}/stat`, 'utf8')))
      await new Promise(setImmediate);
    assert.equal(await hasEndedWithin(identity, 100), false);
    child.kill('SIGKILL');
    assert.equal(await hasEndedWithin(identity, 10_000), true);
  });

  it('is nobody’s when the process has ended', async () => {
    const { child, identity } = await started('');
    await once(child, 'exit');
    assert.equal(await isRunning(identity), false);
    assert.equal(await readIdentity(identity.pid), undefined);
  });
});
