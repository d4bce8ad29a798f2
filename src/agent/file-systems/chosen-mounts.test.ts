import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FileSystemMountRequest, FileSystemMounts } from '../../ports/file-system-mounts.ts';
import { AppError, hasKind } from '../../domain/errors.ts';
import { ChosenFileSystemMounts } from './chosen-mounts.ts';

/** Knows which tasks have a mount. */
class NotedMounts implements FileSystemMounts {
  readonly tasks: Set<string>;
  readonly #name: string;

  constructor(name: string, ...tasks: readonly string[]) {
    this.#name = name;
    this.tasks = new Set(tasks);
  }

  async mount({ taskId }: FileSystemMountRequest) {
    this.tasks.add(taskId);
    return { path: `/${this.#name}` };
  }

  async unmount(taskId: string) {
    this.tasks.delete(taskId);
  }

  list = async () => [...this.tasks];
  close = async () => undefined;
}

function request(taskId: string, serverPath?: string): FileSystemMountRequest {
  return {
    ...{ taskId, volume: 'data', dnsName: 'name', readOnly: false, squashRoot: false },
    view: { fileSystemId: 'fs-01234567', rootDirectory: '/' },
    network: {
      ...{ address: '10.0.0.1', namespacePath: '/ns', tls: false },
      ...(serverPath !== undefined && { serverPath }),
    },
  };
}

describe('ChosenFileSystemMounts', () => {
  const { signal } = new AbortController();
  const views = { openUnmapped: async () => ({ path: '/view' }) };

  it('mounts as it is told, and what is elsewhere by NFS', async () => {
    for (const byNfs of [false, true]) {
      const drivers = { local: new NotedMounts('local'), nfs: new NotedMounts('nfs') };
      const mounts = new ChosenFileSystemMounts({ ...drivers, views, byNfs });
      const own = await mounts.mount(request('one'), signal);
      assert.equal(own.path, byNfs ? '/nfs' : '/local');
      assert.equal((await mounts.mount(request('two', '/export'), signal)).path, '/nfs');
    }
  });

  it('finds out what is missing before NFS is spoken, but for what is elsewhere', async () => {
    const drivers = { local: new NotedMounts('local'), nfs: new NotedMounts('nfs') };
    const missing = async () => {
      throw new AppError('not-found', 'no root');
    };
    const mounts = new ChosenFileSystemMounts({ ...drivers, views: { openUnmapped: missing }, byNfs: true });
    await assert.rejects(mounts.mount(request('one'), signal), (error) => hasKind(error, 'not-found'));
    assert.deepEqual(await mounts.list(), []);
    assert.equal((await mounts.mount(request('two', '/export'), signal)).path, '/nfs');
  });

  it('finds and takes away what either has made', async () => {
    const [local, nfs] = [new NotedMounts('local', 'one', 'both'), new NotedMounts('nfs', 'two', 'both')];
    const mounts = new ChosenFileSystemMounts({ local, nfs, views, byNfs: true });
    assert.deepEqual((await mounts.list()).toSorted(), ['both', 'one', 'two']);
    for (const taskId of await mounts.list()) await mounts.unmount(taskId);
    assert.deepEqual([...local.tasks, ...nfs.tasks], []);
  });
});
