import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { AppError } from '../../domain/errors.ts';
import { Namespaces } from '../../linux/namespace.ts';
import { connectTcp } from '../../linux/sockets.ts';
import { makeAuthority } from '../certificates-private/certificate-authority.ts';
import { DNS_NAME, MountScene } from './testing/mount-scene.ts';
import { patient } from '../../ports/testing/patience.ts';

const skip = process.getuid?.() !== 0 && 'needs root';
const forever = new AbortController().signal;
const soon = () => AbortSignal.timeout(patient(20_000));

/** What the stand-in for the mount program has seen. */
async function seen(path: string): Promise<Record<string, string>> {
  return JSON.parse(await readFile(join(path, 'seen'), 'utf8')) as Record<string, string>;
}

/** Connects as the kernel does, to the tunnel of a mount. */
async function asKernel(path: string, port = 20_049): Promise<Socket> {
  const namespaces = new Namespaces('/');
  try {
    return await connectTcp((act) => namespaces.insideNamed(`${path}.net`, act), '127.0.0.1', port, soon());
  } finally {
    namespaces.close();
  }
}

async function answer(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [data] = (await once(socket, 'data', { signal: soon() })) as [Buffer];
  return data.toString();
}

function failsWith(kind: string, message: string | RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.kind, kind);
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  };
}

describe('a mount with TLS', { skip, timeout: patient(60_000) }, () => {
  it('goes through a tunnel that shows a certificate which only this process can have', async (t) => {
    const scene = await MountScene.open(t);
    const clients: TLSSocket[] = [];
    await scene.serveTls((client) => clients.push(client));
    const view = {
      fileSystemId: 'fs-0123456789abcdef0',
      accessPoint: { accessPointId: 'fsap-0123456789abcdef0', rootPath: '/app' },
      rootDirectory: '/',
    };
    const { path } = await scene
      .driver()
      .mount(scene.request({ view, readOnly: true, squashRoot: true }), forever);
    const { source, options } = await seen(path);
    assert.equal(source, '127.0.0.1:/');
    assert.match(options ?? '', /\bport=20049,addr=127\.0\.0\.1$/);
    const kernel = await asKernel(path);
    assert.equal(await answer(kernel, 'NFS'), 'NFS');
    kernel.destroy();
    const last = clients.at(-1);
    assert.equal(last?.servername, DNS_NAME);
    assert.deepEqual(scene.grants.find(last.getPeerCertificate().fingerprint256), {
      fileSystemId: 'fs-0123456789abcdef0',
      accessPointId: 'fsap-0123456789abcdef0',
      ...{ readOnly: true, squashRoot: true },
    });
  });

  it('has a tunnel that nobody in the task can connect to', async (t) => {
    const scene = await MountScene.open(t);
    await scene.serveTls(() => undefined);
    const { path } = await scene.driver().mount(scene.request(), forever);
    await assert.rejects(
      connectTcp(scene.inTask, '127.0.0.1', 20_049, soon()),
      failsWith('unavailable', /ECONNREFUSED/),
    );
    const { namespace } = await seen(path);
    assert.notEqual(namespace, scene.taskNamespace);
    (await asKernel(path)).destroy();
  });

  it('takes the port that was asked for, and others have theirs', async (t) => {
    const scene = await MountScene.open(t);
    await scene.serveTls(() => undefined);
    const driver = scene.driver();
    const { network } = scene.request();
    const paths = await Promise.all(
      ['one', 'two', 'three'].map(async (volume, index) => {
        const own = index === 2 ? network : { ...network, tlsPort: 30_000 };
        return (await driver.mount(scene.request({ volume, network: own }), forever)).path;
      }),
    );
    for (const [index, path] of paths.entries()) {
      const kernel = await asKernel(path, index === 2 ? 20_049 : 30_000);
      assert.equal(await answer(kernel, 'NFS'), 'NFS');
      kernel.destroy();
    }
    const names = await Promise.all(paths.map(async (path) => (await seen(path))['hostname']));
    // The server takes clients of one name for one that has started again.
    assert.equal(new Set(names).size, 3);
  });

  it('comes back at the same port when the agent does, with another certificate', async (t) => {
    const scene = await MountScene.open(t);
    const clients: TLSSocket[] = [];
    await scene.serveTls((client) => clients.push(client));
    const first = scene.driver();
    const { path } = await first.mount(scene.request({ readOnly: true }), forever);
    const before = await asKernel(path);
    assert.equal(await answer(before, 'a'), 'a');
    const broken = once(before, 'close', { signal: soon() });
    const shown = clients.at(-1)?.getPeerCertificate().fingerprint256 ?? '';
    await scene.end(first);
    await broken;
    assert.equal(scene.grants.find(shown), undefined);
    await assert.rejects(asKernel(path), failsWith('unavailable', /ECONNREFUSED/));

    const next = scene.driver();
    await next.start();
    const after = await asKernel(path);
    assert.equal(await answer(after, 'b'), 'b');
    after.destroy();
    const grant = scene.grants.find(clients.at(-1)?.getPeerCertificate().fingerprint256 ?? '');
    assert.deepEqual(grant, { fileSystemId: 'fs-0123456789abcdef0', readOnly: true, squashRoot: false });
    assert.equal((await next.mount(scene.request(), forever)).path, path);
  });

  it('keeps the kernel’s connection while a server that was there is away', async (t) => {
    const scene = await MountScene.open(t);
    const server = await scene.serveTls(() => undefined);
    const { path } = await scene.driver().mount(scene.request(), forever);
    const closed = once(server, 'close');
    server.close();
    await closed;
    const kernel = await asKernel(path);
    kernel.write('waits');
    await scene.serveTls(() => undefined);
    const [data] = (await once(kernel, 'data', { signal: soon() })) as [Buffer];
    assert.equal(data.toString(), 'waits');
    kernel.destroy();
  });

  it('leaves nothing behind when it ends', async (t) => {
    const scene = await MountScene.open(t);
    const clients: TLSSocket[] = [];
    await scene.serveTls((client) => clients.push(client));
    const driver = scene.driver();
    const { path } = await driver.mount(scene.request(), forever);
    assert.deepEqual(await driver.list(), ['task1']);
    const kernel = await asKernel(path);
    assert.equal(await answer(kernel, 'a'), 'a');
    const shown = clients.at(-1)?.getPeerCertificate().fingerprint256 ?? '';
    for (let again = 0; again < 2; again += 1) await driver.unmount('task1');
    assert.equal(scene.grants.find(shown), undefined);
    await assert.rejects(asKernel(path), failsWith('not-found', /./));
    assert.deepEqual(await readdir(join(scene.directory, 'mounts')), []);
    assert.doesNotMatch(
      await readFile('/proc/self/mountinfo', 'utf8'),
      new RegExp(`${scene.directory}/mounts`),
    );
    kernel.destroy();
  });

  it('believes no server whose certificate is of another authority or name', async (t) => {
    const scene = await MountScene.open(t);
    await scene.serveTls(() => undefined);
    const words = /^(Mount attempt \d\/3 .* attempt\. ){2}b'mount\.nfs4: Connection reset by peer'$/;
    const strangers = scene.driver({ authorities: [makeAuthority({ now: Date.now() }).cert] });
    await assert.rejects(strangers.mount(scene.request(), forever), failsWith('unavailable', words));
    const other = scene.request({ dnsName: 'fs-1.efs.us-east-1.amazonaws.com' });
    await assert.rejects(scene.driver().mount(other, forever), failsWith('unavailable', words));
  });
});

describe('a mount without TLS', { skip, timeout: patient(60_000) }, () => {
  it('is one of the task’s own network, under the file system’s name', async (t) => {
    const scene = await MountScene.open(t);
    await scene.serve(() => undefined);
    const view = { fileSystemId: 'fs-0123456789abcdef0', rootDirectory: '/some/dir' };
    const { path } = await scene.driver().mount(scene.request({ tls: false, view }), forever);
    const { source, options, namespace } = await seen(path);
    assert.equal(source, `${DNS_NAME}:/some/dir`);
    assert.match(
      options ?? '',
      /^vers=4\.1,rsize=1048576,wsize=1048576,hard,timeo=600,retrans=2,noresvport,/,
    );
    assert.equal(namespace, scene.taskNamespace);
  });

  it('finds the directory of an external server under the server’s own name', async (t) => {
    const scene = await MountScene.open(t);
    await scene.serve(() => undefined);
    const network = {
      ...{ address: 'nas.example', serverPath: '/export/', tls: false },
      namespacePath: scene.namespaces.path('task'),
    };
    const { path } = await scene.driver().mount(scene.request({ network }), forever);
    const { source, options } = await seen(path);
    assert.equal(source, 'nas.example:/export');
    assert.match(options ?? '', /addr=127\.0\.0\.1$/);
  });
});

describe('a mount that fails', { skip, timeout: patient(60_000) }, () => {
  const of = (rootDirectory: string) => ({ fileSystemId: 'fs-0123456789abcdef0', rootDirectory });
  const cases = [
    {
      name: 'a directory that is missing',
      ...{ rootDirectory: '/ENOENT', tls: false, kind: 'not-found' },
      words: `b'mount.nfs4: mounting ${DNS_NAME}:/ENOENT failed, reason given by server: No such file or directory'`,
    },
    {
      name: 'a server that refuses',
      ...{ rootDirectory: '/EACCES', tls: true, kind: 'failed-precondition' },
      words: "b'mount.nfs4: access denied by server while mounting 127.0.0.1:/EACCES'",
    },
    {
      name: 'a server that never answers',
      ...{ rootDirectory: '/hang', tls: true, kind: 'deadline' },
      words: [
        'Mount attempt 1/3 failed due to timeout after 1 sec, wait 0 sec before next attempt.',
        'Mount attempt 2/3 failed due to timeout after 1 sec, wait 0 sec before next attempt.',
        "b'mount.nfs4: mount system call failed'",
      ].join(' '),
    },
  ];
  for (const { name, rootDirectory, tls, kind, words } of cases) {
    it(`says so in mount.nfs4's words, and is gone: ${name}`, async (t) => {
      const scene = await MountScene.open(t);
      await (tls ? scene.serveTls(() => undefined) : scene.serve(() => undefined));
      // What is answered may take its time.
      const driver = scene.driver(kind === 'deadline' ? { attemptMs: 1000 } : {});
      const request = scene.request({ tls, view: of(rootDirectory) });
      await assert.rejects(driver.mount(request, forever), failsWith(kind, words));
      await driver.unmount('task1');
      assert.deepEqual(await driver.list(), []);
    });
  }

  it('tells a port that nobody answers at from one that nobody listens at', async (t) => {
    const scene = await MountScene.open(t);
    const refused = scene.driver().mount(scene.request({ tls: false }), forever);
    await assert.rejects(refused, failsWith('unavailable', "b'mount.nfs4: Connection refused'"));
    const silent = () => ({
      connect: (_: unknown, signal = forever) =>
        new Promise<never>((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        ),
    });
    const late = scene.driver({ attemptMs: 50, dialer: silent }).mount(scene.request(), forever);
    await assert.rejects(late, failsWith('deadline', /timeout after 0 sec/));
  });

  it('is given up when the task is to end', async (t) => {
    const scene = await MountScene.open(t);
    const reached = new AbortController();
    await scene.serve(() => reached.abort());
    const stop = new AbortController();
    const mount = scene.driver().mount(scene.request({ tls: false, view: of('/hang') }), stop.signal);
    if (!reached.signal.aborted) await once(reached.signal, 'abort');
    stop.abort();
    await assert.rejects(mount, { name: 'AbortError' });
  });

  it('counts as made when it is killed just after it was', async (t) => {
    const scene = await MountScene.open(t);
    await scene.serve(() => undefined);
    const request = scene.request({ tls: false, view: of('/done-and-hang') });
    const { path } = await scene.driver({ attemptMs: 3000 }).mount(request, forever);
    assert.deepEqual(await readdir(path), ['seen']);
  });
});

describe('an unmount', { skip, timeout: patient(60_000) }, () => {
  it('is forced when it does not end in time', async (t) => {
    const scene = await MountScene.open(t);
    await scene.serve(() => undefined);
    const driver = scene.driver({ unmountMs: 1000 });
    const view = { fileSystemId: 'fs-0123456789abcdef0', rootDirectory: '/stuck' };
    await driver.mount(scene.request({ tls: false, view }), forever);
    await driver.unmount('task1');
    assert.deepEqual(await driver.list(), []);
  });

  it('takes away what another process has left half made', async (t) => {
    const scene = await MountScene.open(t);
    await scene.serveTls(() => undefined);
    await scene.driver().mount(scene.request(), forever);
    await scene.driver().mount(scene.request({ taskId: 'task2' }), forever);
    const next = scene.driver();
    assert.deepEqual((await next.list()).toSorted(), ['task1', 'task2']);
    for (const taskId of await next.list()) await next.unmount(taskId);
    assert.deepEqual(await next.list(), []);
  });
});
