import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { nfsMissing } from '../../../test/support/nfs/nfs-scene.ts';
import { hasKind } from '../../domain/errors.ts';
import { mountsBelow } from '../../linux/mount-table.ts';
import { signalProcess } from '../../linux/process-identity.ts';
import type { FileSystemMountRequest, FileSystemMounts } from '../../ports/file-system-mounts.ts';
import { describeFileSystemMounts } from '../../ports/testing/file-system-mounts-suite.ts';
import { hasNfsClient } from './nfs-client.ts';
import { type Agent, KernelScene } from './testing/kernel-scene.ts';
import { patient } from '../../ports/testing/patience.ts';

const skip = nfsMissing() || (!(await hasNfsClient()) && 'kernel: no NFS client');
const ID = 'fs-0123456789abcdef0';
const { signal } = new AbortController();

describeFileSystemMounts(
  'NfsFileSystemMounts',
  async () => {
    const scene = await KernelScene.make('fs-00000000000000001');
    const { driver } = await scene.startAgent();
    const dnsName = 'fs-00000000000000001.efs.eu-west-1.amazonaws.com';
    const mounts: FileSystemMounts = {
      mount(request, abort) {
        scene.know(request.view.accessPoint);
        const { network } = scene.mounts.request();
        return driver.mount({ ...request, dnsName, network }, abort);
      },
      unmount: (taskId) => driver.unmount(taskId),
      list: () => driver.list(),
      close: () => driver.close(),
    };
    return {
      mounts,
      overNetwork: true,
      makeFileSystem: async (fileSystemId) => join(scene.nfs.fileSystems, fileSystemId),
      async leftovers() {
        const directory = join(scene.mounts.directory, 'mounts');
        return [...(await mountsBelow(directory)), ...(await readdir(directory))];
      },
      close: () => scene.close(),
    };
  },
  { skip },
);

/** Appends numbered lines to a file, each of them on disk before it is told of. */
function writer(path: string): ChildProcess {
  const script = `
    const { openSync, writeSync, fsyncSync } = require('node:fs');
    const file = openSync(process.argv[1], 'a');
    for (let line = 0; ; line += 1) {
      writeSync(file, line + '\\n');
      fsyncSync(file);
      process.stdout.write(line + '\\n');
    }`;
  return spawn(process.execPath, ['-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
}

describe('the kernel’s client', { skip, timeout: patient(300_000) }, () => {
  let scene: KernelScene;
  let agent: Agent;
  before(async () => {
    scene = await KernelScene.make(ID);
    agent = await scene.startAgent();
  });
  after(() => scene?.close());

  const mount = async (changes: Partial<FileSystemMountRequest> & { tls?: boolean }): Promise<string> => {
    const dnsName = `${ID}.efs.eu-west-1.amazonaws.com`;
    scene.know(changes.view?.accessPoint);
    return (await agent.driver.mount(scene.mounts.request({ dnsName, ...changes }), signal)).path;
  };

  it('mounts without TLS and with it, and all see the same files', async () => {
    const plain = await mount({ taskId: 'plain', tls: false });
    const secure = await mount({ taskId: 'secure', tls: true });
    await writeFile(join(plain, 'file'), 'content');
    assert.equal(await readFile(join(secure, 'file'), 'utf8'), 'content');
    await writeFile(join(secure, 'file'), 'other');
    assert.equal(await readFile(join(scene.nfs.files, 'file'), 'utf8'), 'other');
    const table = await readFile('/proc/self/mounts', 'utf8');
    const ours = ` ${scene.mounts.directory}/`;
    const lines = table.split('\n').filter((line) => line.includes(ours) && line.includes(' nfs4 '));
    assert.match(lines.find((line) => line.includes('/plain/')) ?? '', /^fs-\S+:\/ .*vers=4\.1,.*\bhard\b/);
    assert.match(
      lines.find((line) => line.includes('/secure/')) ?? '',
      /^127\.0\.0\.1:\/ .*rsize=1048576,wsize=1048576,.*\bhard\b,noresvport,.*port=20049,timeo=600,retrans=2/,
    );
  });

  it('does what the access point’s user may, and is seen below its root', async () => {
    await mkdir(join(scene.nfs.files, 'app'), { mode: 0o777 });
    const posixUser = { uid: 1234, gid: 5678, secondaryGids: [] };
    const creationInfo = { ownerUid: 1234, ownerGid: 5678, permissions: '0750' };
    const accessPoint = {
      ...{ accessPointId: 'fsap-0123456789abcdef1', posixUser, creationInfo },
      rootPath: '/made/for/it',
    };
    const path = await mount({
      taskId: 'point',
      view: { fileSystemId: ID, accessPoint, rootDirectory: '/' },
    });
    await writeFile(join(path, 'mine'), 'x');
    const { uid, gid } = await stat(join(scene.nfs.files, 'made/for/it/mine'));
    assert.deepEqual({ uid, gid }, { uid: 1234, gid: 5678 });
    assert.deepEqual(await readdir(path), ['mine']);
  });

  it('gets what the policy gives, by its grant alone', async () => {
    const readOnly = await mount({ taskId: 'reader', readOnly: true });
    await assert.rejects(writeFile(join(readOnly, 'no'), ''), { code: 'EROFS' });
    const squashed = await mount({ taskId: 'squashed', squashRoot: true });
    await assert.rejects(writeFile(join(squashed, 'no'), ''), { code: 'EACCES' });
  });

  it('says which directory is missing', async () => {
    for (const tls of [false, true]) {
      const host = tls ? '127.0.0.1' : `${ID}.efs.eu-west-1.amazonaws.com`;
      await assert.rejects(
        mount({ taskId: 'missing', tls, view: { fileSystemId: ID, rootDirectory: '/no/such' } }),
        (error) => {
          assert.ok(hasKind(error, 'not-found'), String(error));
          const words = `mounting ${host}:/no/such failed, reason given by server: No such file or directory`;
          assert.equal(error.message, `b'mount.nfs4: ${words}'`);
          return true;
        },
      );
    }
  });

  it('keeps the locks of each task, whoever else mounts', async () => {
    const one = await mount({ taskId: 'locker1' });
    await writeFile(join(one, 'lock'), '');
    const holder = spawn('flock', [join(one, 'lock'), 'sh', '-c', 'echo held; read line'], { stdio: 'pipe' });
    await once(holder.stdout, 'data');
    const other = await mount({ taskId: 'locker2' });
    const [refused] = await once(spawn('flock', ['--nonblock', join(other, 'lock'), 'true']), 'exit');
    assert.equal(refused, 1);
    holder.stdin.end('\n');
    await once(holder, 'exit');
    const [taken] = await once(spawn('flock', [join(other, 'lock'), 'true']), 'exit');
    assert.equal(taken, 0);
  });

  it('goes on when the agent comes back, and loses nothing', async () => {
    const path = await mount({ taskId: 'survivor' });
    const process = writer(join(path, 'lines'));
    let told = '';
    process.stdout?.setEncoding('utf8').on('data', (text: string) => (told += text));
    const count = () => told.split('\n').length - 1;
    while (count() < 5) await once(process.stdout as NodeJS.ReadableStream, 'data');
    await agent.end();
    await sleep(2000);
    const before = count();
    agent = await scene.startAgent();
    while (count() < before + 5) await once(process.stdout as NodeJS.ReadableStream, 'data');
    const ended = once(process, 'exit');
    process.kill('SIGKILL');
    await ended;
    const lines = (await readFile(join(scene.nfs.files, 'lines'), 'utf8')).trim().split('\n');
    assert.ok(lines.length >= count());
    assert.deepEqual(
      lines,
      lines.map((_, index) => String(index)),
    );
  });

  it('is unmounted in a bounded time when the server says nothing any more', async () => {
    const path = await mount({ taskId: 'orphan' });
    await writeFile(join(path, 'orphan'), 'content');
    const server = await scene.nfs.server({ fileSystemId: ID, rootDirectory: '/' });
    const process = writer(join(path, 'orphan'));
    await once(process.stdout as NodeJS.ReadableStream, 'data');
    await signalProcess(server, 'SIGSTOP');
    try {
      const ended = once(process, 'exit');
      process.kill('SIGKILL');
      const began = performance.now();
      await agent.driver.unmount('orphan');
      await ended;
      assert.ok(performance.now() - began < patient(30_000));
      assert.ok(!(await agent.driver.list()).includes('orphan'));
    } finally {
      await signalProcess(server, 'SIGCONT');
    }
  });
});
