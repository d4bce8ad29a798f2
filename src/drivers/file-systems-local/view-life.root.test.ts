import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import {
  aLocalPlace,
  FILE_SYSTEM_ID,
  type LocalPlace,
  localFileSystemsMissing,
} from '../../../test/support/file-systems/local-place.ts';
import type { FileSystemView } from '../../domain/efs/view.ts';
import { hasEndedWithin } from '../../linux/process-identity.ts';
import { aMountRequest } from '../../ports/testing/file-system-mounts-suite.ts';
import { patient } from '../../ports/testing/patience.ts';

const { signal } = new AbortController();
/** Without the process, or while its last threads go. */
const DEAD = { code: /^(ENOTCONN|ECONNABORTED)$/ };
const PYTHON = '/usr/bin/python3';

function anAccessPoint(number = 1): FileSystemView {
  const creationInfo = { ownerUid: 4321, ownerGid: 4321, permissions: '0777' };
  const posixUser = { uid: 4320 + number, gid: 4321, secondaryGids: [] };
  const accessPoint = { accessPointId: `fsap-0000000${number}`, rootPath: '/root', creationInfo, posixUser };
  return { fileSystemId: FILE_SYSTEM_ID, rootDirectory: '/', accessPoint };
}

async function somewhere(t: TestContext): Promise<LocalPlace> {
  const place = await aLocalPlace();
  t.after(() => place.close());
  return place;
}

describe('a view of bindfs', { skip: localFileSystemsMissing(), timeout: patient(120_000) }, () => {
  it('is a process that has nothing but the directory, and no capability', async (t) => {
    const place = await somewhere(t);
    await place.views.open(anAccessPoint());
    const [process] = await place.processes();
    assert.ok(process !== undefined);
    const read = (file: string) => readFile(`/proc/${process.pid}/${file}`, 'utf8');
    const mounts = (await read('mountinfo')).trim().split('\n');
    assert.equal(mounts.length, 1, mounts.join('\n'));
    const [root, files] = [await stat(`/proc/${process.pid}/root`), await stat(join(place.files, 'root'))];
    assert.deepEqual([root.ino, root.dev], [files.ino, files.dev]);
    const status = await read('status');
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'])
      assert.match(status, new RegExp(`${set}:\\s0+\n`));
    assert.match(status, /Uid:\s4321\s4321\s4321\s4321\n/);
  });

  it('outlives who made it, and is taken over', async (t) => {
    const place = await somewhere(t);
    const made = await place.views.open(anAccessPoint());
    const processes = await place.processes();
    const { views } = place.again();
    assert.deepEqual(await views.list(), [`${FILE_SYSTEM_ID}/fsap-00000001`]);
    assert.deepEqual(await views.open(anAccessPoint()), made);
    assert.deepEqual(await place.processes(), processes);
    await views.close(anAccessPoint());
    assert.deepEqual(await place.leftovers(), []);
  });

  it('is made anew when its process was killed', async (t) => {
    const place = await somewhere(t);
    const { path } = await place.views.open(anAccessPoint());
    await writeFile(join(path, 'file'), 'content');
    const [process] = await place.processes();
    execFileSync('kill', ['-KILL', String(process?.pid)]);
    assert.ok(process !== undefined && (await hasEndedWithin(process, patient(5000))));
    await assert.rejects(stat(path), DEAD);
    await place.views.open(anAccessPoint());
    assert.equal(await readFile(join(path, 'file'), 'utf8'), 'content');
    assert.equal((await place.processes()).length, 1);
  });

  it('is lost to its users when it is closed, open files or not', async (t) => {
    const place = await somewhere(t);
    const { path } = await place.views.open(anAccessPoint());
    const file = await open(join(path, 'file'), 'w');
    await place.views.close(anAccessPoint());
    await assert.rejects(file.write('x'), DEAD);
    await file.close().catch(() => undefined);
    assert.deepEqual(await place.leftovers(), []);
  });

  it('shows a new root once the old one was replaced, and the old one to whom it was mounted for', async (t) => {
    const place = await somewhere(t);
    const old = await place.mounts.mount(aMountRequest('old', anAccessPoint()), signal);
    await writeFile(join(old.path, 'file'), 'old');
    await rename(join(place.files, 'root'), join(place.files, 'moved'));
    const { path } = await place.mounts.mount(aMountRequest('new', anAccessPoint()), signal);
    assert.deepEqual(await readdir(path), []);
    assert.equal(await readFile(join(old.path, 'file'), 'utf8'), 'old');
    const processes = await place.processes();
    assert.equal(processes.length, 2);
    await place.mounts.unmount('old');
    // The one that nobody uses ends by itself.
    await Promise.any(processes.map(async (one) => assert.ok(await hasEndedWithin(one, patient(5000)))));
    assert.deepEqual(await readdir(path), []);
    await place.mounts.unmount('new');
  });

  it('is not needed to mount an access point without a user, which is as confined', async (t) => {
    const place = await somewhere(t);
    const { accessPoint } = anAccessPoint();
    const { posixUser: _, ...asCaller } = accessPoint ?? assert.fail();
    const { path } = await place.mounts.mount(aMountRequest('task', { accessPoint: asCaller }), signal);
    assert.deepEqual(await place.processes(), []);
    await writeFile(join(place.files, 'above'), 'content');
    assert.deepEqual(await readdir(path), []);
    assert.equal((await stat(join(place.files, 'root'))).ino, (await stat(path)).ino);
    await place.mounts.unmount('task');
  });

  it('leaves nothing of a start that is cut off at any moment', async (t) => {
    const place = await somewhere(t);
    const driver = new URL('./local-file-system-views.js', import.meta.url).href;
    const options = JSON.stringify({ fileSystems: join(place.root, 'efs'), dir: join(place.root, 'views') });
    const script = `import(${JSON.stringify(driver)}).then(async ({ LocalFileSystemViews }) => {
      process.stdout.write('ready');
      await new LocalFileSystemViews(${options}).open(${JSON.stringify(anAccessPoint())});
    });`;
    for (let looks = 0; looks < 40; looks += 4) {
      const opener = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
      const ended = once(opener, 'exit');
      await once(opener.stdout, 'data');
      for (let look = 0; look < looks; look += 1) await setImmediate();
      while ((await place.processes()).length === 0 && opener.exitCode === null) await setImmediate();
      opener.kill('SIGKILL');
      await ended;
      const { views } = place.again();
      const { path } = await views.open(anAccessPoint());
      assert.ok((await stat(path)).isDirectory());
      await views.close(anAccessPoint());
      assert.deepEqual(await place.leftovers(), []);
    }
  });
});

describe('what several have open', { skip: localFileSystemsMissing(), timeout: patient(120_000) }, () => {
  it('is read at once, whichever way it was written', async (t) => {
    const place = await somewhere(t);
    const { path: one } = await place.views.open(anAccessPoint(1));
    const { path: other } = await place.views.open(anAccessPoint(2));
    await writeFile(join(one, 'file'), 'a'.repeat(10));
    const plain = join(place.files, 'root');
    for (const [writes, reads] of [
      [one, other],
      [one, plain],
      [plain, one],
    ] as const) {
      const writer = await open(join(writes, 'file'), 'r+');
      const reader = await open(join(reads, 'file'));
      try {
        await reader.read(Buffer.alloc(20), 0, 20, 0);
        const { size } = await writer.stat();
        await writer.write('appended', size);
        const appended = await reader.read(Buffer.alloc(8), 0, 8, size);
        assert.equal(appended.buffer.toString(), 'appended', `appended by ${writes}, read by ${reads}`);
        await writer.write('X', 0);
        assert.equal((await readFile(join(reads, 'file'), 'utf8'))[0], 'X');
        await writer.truncate(10);
        assert.equal((await reader.stat()).size, 10);
        await writer.write('a', 0);
      } finally {
        await writer.close();
        await reader.close();
      }
    }
  });

  it('is locked for all who use the same view, by flock and by fcntl', async (t) => {
    const place = await somewhere(t);
    const { path } = await place.mounts.mount(aMountRequest('one', anAccessPoint()), signal);
    const { path: again } = await place.mounts.mount(aMountRequest('two', anAccessPoint()), signal);
    await writeFile(join(path, 'file'), '');
    for (const lock of ['flock', 'lockf']) {
      const attempt = `import fcntl, sys
file = open(sys.argv[1], 'r+')
try: fcntl.${lock}(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError: print('locked'); sys.exit()
print('got it', flush=True)
sys.stdin.read()`;
      const holder = spawn(PYTHON, ['-c', attempt, join(path, 'file')], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      t.after(() => holder.kill('SIGKILL'));
      assert.match(String(await once(holder.stdout, 'data')), /^got it/);
      const tries = () =>
        [again, path].map((where) =>
          execFileSync(PYTHON, ['-c', attempt, join(where, 'file')], { input: '', encoding: 'utf8' }).trim(),
        );
      assert.deepEqual([...tries(), ...tries()], ['locked', 'locked', 'locked', 'locked'], lock);
      const ended = once(holder, 'exit');
      holder.stdin.end();
      await ended;
      assert.deepEqual(tries(), ['got it', 'got it'], lock);
    }
    for (const taskId of ['one', 'two']) await place.mounts.unmount(taskId);
  });

  it('can be mapped into memory', async (t) => {
    const place = await somewhere(t);
    const { path } = await place.views.open(anAccessPoint());
    await writeFile(join(path, 'file'), 'before');
    const script = `import mmap, sys
with open(sys.argv[1], 'r+b') as file:
  memory = mmap.mmap(file.fileno(), 0)
  memory[:6] = b'after!'
  memory.flush()`;
    execFileSync(PYTHON, ['-c', script, join(path, 'file')]);
    assert.equal(await readFile(join(place.files, 'root/file'), 'utf8'), 'after!');
  });
});
