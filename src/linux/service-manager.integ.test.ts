import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { hasKind } from '../domain/errors.ts';
import { notifyServiceManager } from './service-manager.ts';

/** Node has no datagram sockets of this kind. */
const MANAGER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
name = sys.argv[1]
s.bind("\\0" + name[1:] if name.startswith("@") else name)
print("bound", flush=True)
print(s.recv(100).decode(), flush=True)
`;

async function line(child: ChildProcess): Promise<string> {
  assert.ok(child.stdout);
  const [data] = (await once(child.stdout, 'data')) as [Buffer];
  return data.toString().trim();
}

async function aManager(t: TestContext, name: string): Promise<() => Promise<string>> {
  const child = spawn('python3', ['-c', MANAGER, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  assert.equal(await line(child), 'bound');
  return () => line(child);
}

async function aPath(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'neargate-notify-'));
  t.after(() => rm(directory, { recursive: true }));
  return join(directory, 'notify');
}

describe('The service manager', () => {
  it('is told at its socket', async (t) => {
    const path = await aPath(t);
    const heard = await aManager(t, path);
    const told = heard();
    notifyServiceManager(path, 'READY=1');
    assert.equal(await told, 'READY=1');
  });

  it('is told at an abstract socket', async (t) => {
    const name = `@neargate-notify-${process.pid}`;
    const heard = await aManager(t, name);
    const told = heard();
    notifyServiceManager(name, 'STOPPING=1');
    assert.equal(await told, 'STOPPING=1');
  });

  it('that is not there is an error', async (t) => {
    const path = await aPath(t);
    assert.throws(
      () => notifyServiceManager(path, 'READY=1'),
      (error) => hasKind(error, 'not-found'),
    );
  });
});
