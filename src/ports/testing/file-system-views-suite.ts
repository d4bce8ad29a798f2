/** What every FileSystemViews does. */
import assert from 'node:assert/strict';
import { access, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { FileSystemView } from '../../domain/efs/view.ts';
import { hasKind } from '../../domain/errors.ts';
import type { AccessPointPicture } from '../../domain/network/vpc.ts';
import type { FileSystemViews } from '../file-system-views.ts';
import { patient } from './patience.ts';

export interface FileSystemViewsHarness {
  readonly views: FileSystemViews;
  /** Makes an empty file system and resolves with the directory where its files are. */
  makeFileSystem(fileSystemId: string): Promise<string>;
  /** Mounts, processes and directories of views that the machine still has. */
  leftovers(): Promise<string[]>;
  close(): Promise<void>;
}

const ID = 'fs-00000000000000001';

/** Of a file system without an access point, or of one of its access points. */
function viewOf(accessPoint?: AccessPointPicture): FileSystemView {
  return { fileSystemId: ID, rootDirectory: '/', ...(accessPoint !== undefined && { accessPoint }) };
}

function atPath(number: number, rootPath: string, permissions?: string): AccessPointPicture {
  const accessPointId = `fsap-${String(number).padStart(17, '0')}`;
  const creationInfo = permissions === undefined ? {} : { creationInfo: infoWith(permissions) };
  return { accessPointId, rootPath, ...creationInfo };
}

function infoWith(permissions: string) {
  return { ownerUid: process.getuid?.() ?? 0, ownerGid: process.getgid?.() ?? 0, permissions };
}

/** Runs the suite as test cases under `name`. */
export function describeFileSystemViews(
  name: string,
  open: () => Promise<FileSystemViewsHarness>,
  options: { skip?: string | false } = {},
): void {
  describe(name, { skip: options.skip ?? false, timeout: patient(60_000) }, () => {
    let harness: FileSystemViewsHarness;
    let files: string;
    before(async () => {
      harness = await open();
      files = await harness.makeFileSystem(ID);
    });
    after(() => harness?.close());
    describeContent(() => ({ views: harness.views, files }));
    describeRoots(() => ({ views: harness.views, files }));
    it('leaves nothing behind once all are closed', async () => {
      for (const number of [1, 2, 3, 4, 5]) await harness.views.close(viewOf(atPath(number, '/')));
      await harness.views.close(viewOf());
      assert.deepEqual(await harness.leftovers(), []);
      assert.ok((await readdir(files)).includes('kept'), 'files of the file system stay');
    });
  });
}

type Parts = () => { readonly views: FileSystemViews; readonly files: string };

function describeContent(parts: Parts): void {
  it('shows what is in the file system, at once and both ways', async () => {
    const { views, files } = parts();
    await writeFile(join(files, 'kept'), 'before');
    const { path } = await views.open(viewOf());
    assert.equal(await readFile(join(path, 'kept'), 'utf8'), 'before');
    await writeFile(join(path, 'written'), 'through the view');
    assert.equal(await readFile(join(files, 'written'), 'utf8'), 'through the view');
    await writeFile(join(files, 'written'), 'from elsewhere');
    assert.equal(await readFile(join(path, 'written'), 'utf8'), 'from elsewhere');
  });

  it('is the same when it is opened again, also by several at once', async () => {
    const { views } = parts();
    const view = viewOf(atPath(1, '/'));
    const opened = await Promise.all([views.open(view), views.open(view), views.open(view)]);
    assert.equal(new Set(opened.map(({ path }) => path)).size, 1);
    assert.deepEqual(await views.open({ ...view, rootDirectory: '/below' }), opened[0]);
  });

  it('is listed until it is closed, which may be repeated and works without one', async () => {
    const { views } = parts();
    const view = viewOf(atPath(2, '/'));
    await views.close(view);
    const { path } = await views.open(view);
    assert.ok((await views.list()).includes(`${ID}/${view.accessPoint?.accessPointId}`));
    await views.close(view);
    await views.close(view);
    assert.ok(!(await views.list()).some((key) => key.includes(String(view.accessPoint?.accessPointId))));
    await assert.rejects(access(join(path, 'kept')));
  });

  it('shows the same to servers that act as its user themselves, until both are closed', async () => {
    const { views, files } = parts();
    await writeFile(join(files, 'kept'), 'before');
    const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, secondaryGids: [] };
    const view = viewOf({ ...atPath(6, '/'), posixUser: user });
    const plain = await views.open(viewOf());
    assert.deepEqual(await views.openUnmapped(viewOf()), plain);
    const { path: mapped } = await views.open(view);
    const { path: unmapped } = await views.openUnmapped(view);
    for (const path of [mapped, unmapped]) {
      assert.equal(await readFile(join(path, 'kept'), 'utf8'), 'before');
    }
    await views.close(viewOf(atPath(6, '/')));
    for (const path of [mapped, unmapped]) await assert.rejects(access(join(path, 'kept')));
    assert.ok(!(await views.list()).some((key) => key.includes(String(view.accessPoint?.accessPointId))));
  });

  it('is not found without its file system, and refused for names that lead elsewhere', async () => {
    const { views } = parts();
    const missing = { fileSystemId: 'fs-00000000000000002', rootDirectory: '/' };
    await assert.rejects(views.open(missing), (error) => hasKind(error, 'not-found'));
    for (const fileSystemId of ['..', 'fs-../../etc', '', 'fs-00000000000000001/x']) {
      const wrong = { fileSystemId, rootDirectory: '/' };
      await assert.rejects(views.open(wrong), (error) => hasKind(error, 'invalid'));
      await assert.rejects(views.close(wrong), (error) => hasKind(error, 'invalid'));
    }
    const wrong = viewOf({ accessPointId: '../x', rootPath: '/' });
    await assert.rejects(views.open(wrong), (error) => hasKind(error, 'invalid'));
  });
}

function describeRoots(parts: Parts): void {
  it("has an access point's root as its root", async () => {
    const { views, files } = parts();
    await mkdir(join(files, 'home', 'me'), { recursive: true });
    await writeFile(join(files, 'home', 'me', 'mine'), 'content');
    const { path } = await views.open(viewOf(atPath(3, '/home/me')));
    assert.deepEqual(await readdir(path), ['mine']);
  });

  it("makes an access point's root by its creationInfo, and changes none that is there", async () => {
    const { views, files } = parts();
    const view = viewOf(atPath(4, '/made/here', '0750'));
    const { path } = await views.open(view);
    assert.equal((await stat(join(files, 'made'))).mode & 0o7777, 0o755);
    assert.equal((await stat(join(files, 'made/here'))).mode & 0o7777, 0o750);
    await writeFile(join(path, 'file'), 'content');
    await views.open(viewOf(atPath(4, '/made/here', '0700')));
    assert.equal((await stat(join(files, 'made/here'))).mode & 0o7777, 0o750);
    assert.deepEqual(await readdir(join(files, 'made/here')), ['file']);
  });

  it('is not found without a root and without a creationInfo, nor where a file is in its place', async () => {
    const { views, files } = parts();
    const open = (path: string, permissions?: string) => views.open(viewOf(atPath(5, path, permissions)));
    await assert.rejects(open('/no/such'), (error) => hasKind(error, 'not-found'));
    await writeFile(join(files, 'a-file'), '');
    await assert.rejects(open('/a-file'), (error) => hasKind(error, 'not-found'));
    await assert.rejects(open('/a-file/below', '0755'), (error) => hasKind(error, 'not-found'));
    assert.equal(await readFile(join(files, 'a-file'), 'utf8'), '');
  });
}
