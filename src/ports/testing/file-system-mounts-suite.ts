/** What every FileSystemMounts does, in front of files that lie on this machine. */
import assert from 'node:assert/strict';
import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { FileSystemView } from '../../domain/efs/view.ts';
import { hasKind } from '../../domain/errors.ts';
import type { FileSystemMountRequest, FileSystemMounts } from '../file-system-mounts.ts';
import { patient } from './patience.ts';

export interface FileSystemMountsHarness {
  readonly mounts: FileSystemMounts;
  /** Nobody serves a file system that is not there, so nobody can say that it is not. */
  readonly overNetwork?: boolean;
  /** Makes an empty file system and resolves with the directory where its files are. */
  makeFileSystem(fileSystemId: string): Promise<string>;
  /** What the machine still has of any task of the suite. */
  leftovers(): Promise<string[]>;
  close(): Promise<void>;
}

const ID = 'fs-00000000000000001';

/** A request of a task, for tests; `rootDirectory` `/` unless the view says otherwise. */
export function aMountRequest(
  taskId: string,
  view: Partial<FileSystemView> = {},
  wanted: Partial<FileSystemMountRequest> = {},
): FileSystemMountRequest {
  return {
    taskId,
    volume: 'data',
    view: { fileSystemId: ID, rootDirectory: '/', ...view },
    dnsName: `${ID}.efs.us-east-1.amazonaws.com`,
    readOnly: false,
    squashRoot: false,
    network: { address: '127.0.0.1', namespacePath: '/proc/self/ns/net', tls: false },
    ...wanted,
  };
}

/** Runs the suite as test cases under `name`. */
export function describeFileSystemMounts(
  name: string,
  open: () => Promise<FileSystemMountsHarness>,
  options: { skip?: string | false } = {},
): void {
  describe(name, { skip: options.skip ?? false, timeout: patient(60_000) }, () => {
    let harness: FileSystemMountsHarness;
    let files: string;
    before(async () => {
      harness = await open();
      files = await harness.makeFileSystem(ID);
    });
    after(() => harness?.close());
    describeMounts(() => ({ ...harness, files }));
    it('leaves nothing behind once all tasks are gone', async () => {
      for (const taskId of await harness.mounts.list()) await harness.mounts.unmount(taskId);
      assert.deepEqual(await harness.leftovers(), []);
      assert.ok((await readdir(files)).includes('below'), 'files of the file system stay');
    });
  });
}

type Parts = Pick<FileSystemMountsHarness, 'mounts' | 'overNetwork'> & { readonly files: string };

function describeMounts(parts: () => Parts): void {
  const { signal } = new AbortController();

  it('shows tasks the same files, of the whole file system or of a directory of it', async () => {
    const { mounts, files } = parts();
    await mkdir(join(files, 'below'));
    const whole = await mounts.mount(aMountRequest('one'), signal);
    const part = await mounts.mount(aMountRequest('two', { rootDirectory: '/below' }), signal);
    await writeFile(join(whole.path, 'below/file'), 'content');
    assert.equal(await readFile(join(part.path, 'file'), 'utf8'), 'content');
    assert.deepEqual(await readdir(part.path), ['file']);
  });

  it("shows an access point's root", async () => {
    const { mounts, files } = parts();
    const creationInfo = { ownerUid: process.getuid?.() ?? 0, ownerGid: 0, permissions: '0755' };
    const accessPoint = { accessPointId: 'fsap-00000000000000001', rootPath: '/made/root', creationInfo };
    const { path } = await mounts.mount(aMountRequest('three', { accessPoint }), signal);
    await writeFile(join(path, 'file'), 'content');
    assert.equal(await readFile(join(files, 'made/root/file'), 'utf8'), 'content');
  });

  it('is the same when it is repeated, and a mount each for the volumes of a task', async () => {
    const { mounts } = parts();
    const made = await mounts.mount(aMountRequest('four'), signal);
    assert.deepEqual(await mounts.mount(aMountRequest('four'), signal), made);
    const other = await mounts.mount(aMountRequest('four', {}, { volume: 'other.volume' }), signal);
    assert.notEqual(other.path, made.path);
    assert.ok((await mounts.list()).includes('four'));
  });

  it('is gone after unmount, which may be repeated and works without a mount; others stay', async () => {
    const { mounts } = parts();
    const gone = await mounts.mount(aMountRequest('five'), signal);
    const stays = await mounts.mount(aMountRequest('six'), signal);
    await mounts.unmount('five');
    await mounts.unmount('five');
    await mounts.unmount('nobody');
    await assert.rejects(access(join(gone.path, 'below')));
    await access(join(stays.path, 'below'));
    assert.ok(!(await mounts.list()).includes('five'));
    assert.ok((await mounts.list()).includes('six'));
  });

  it('is not found without the file system or the directory, and leaves nothing then but what unmount takes', async () => {
    const { mounts, files, overNetwork = false } = parts();
    await writeFile(join(files, 'below/a-file'), '');
    for (const view of [
      ...(overNetwork ? [] : [{ fileSystemId: 'fs-00000000000000009' }]),
      { rootDirectory: '/no/such' },
      { rootDirectory: '/below/a-file' },
    ]) {
      await assert.rejects(mounts.mount(aMountRequest('seven', view), signal), (error) =>
        hasKind(error, 'not-found'),
      );
    }
    await mounts.unmount('seven');
    assert.ok(!(await mounts.list()).includes('seven'));
  });

  it('is refused for names that lead elsewhere', async () => {
    const { mounts } = parts();
    for (const taskId of ['..', 'a/b', '']) {
      await assert.rejects(mounts.mount(aMountRequest(taskId), signal), (error) => hasKind(error, 'invalid'));
      await assert.rejects(mounts.unmount(taskId), (error) => hasKind(error, 'invalid'));
    }
    const wrong = aMountRequest('eight', { fileSystemId: '../x' });
    await assert.rejects(mounts.mount(wrong, signal), (error) => hasKind(error, 'invalid'));
    await mounts.unmount('eight');
  });
}
