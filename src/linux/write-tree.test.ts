import assert from 'node:assert/strict';
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { dataOf, type Extent } from './sparse-file.ts';
import { type FileAttributes, type TreeDirectory, type TreeEntry, writeTree } from './write-tree.ts';

const MIB = 2 ** 20;
const attributes: FileAttributes = {
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  mode: 0o755,
  mtime: 1_000_000_000,
};

function directory(entries: Record<string, TreeEntry>, onNames?: () => Promise<void>): TreeDirectory {
  return {
    kind: 'directory',
    attributes,
    async names() {
      await onNames?.();
      return Object.keys(entries);
    },
    entry: (name) => Promise.resolve(entries[name]),
  };
}

function file(content: string, onData?: () => Promise<void>): TreeEntry {
  const data = Buffer.from(content);
  return {
    kind: 'file',
    attributes,
    size: data.length,
    async *data(): AsyncGenerator<Extent> {
      await onData?.();
      yield { offset: 0, data };
    },
  };
}

describe('writeTree', () => {
  let scratch: string;
  let target: string;
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'ng-test-tree-'));
    target = join(scratch, 'target');
    await mkdir(target);
    await mkdir(join(scratch, 'outside'));
  });
  afterEach(() => rm(scratch, { recursive: true, force: true }));

  const outside = () => readdir(join(scratch, 'outside'));

  it('writes nothing outside when a directory becomes a link while it is being filled', async () => {
    const swap = async (): Promise<void> => {
      await rename(join(target, 'sub'), join(target, 'moved'));
      await symlink(join(scratch, 'outside'), join(target, 'sub'));
    };
    const deep = directory({ file: file('deep') });
    await writeTree(target, directory({ sub: directory({ file: file('content'), deep }, swap) }));
    assert.deepEqual(await outside(), []);
    assert.equal(await readFile(join(target, 'moved/file'), 'utf8'), 'content');
    assert.equal(await readFile(join(target, 'moved/deep/file'), 'utf8'), 'deep');
  });

  it('writes nothing outside when a file becomes a link while it is being written', async () => {
    const victim = join(scratch, 'outside/victim');
    await writeFile(victim, 'host', { mode: 0o600 });
    const swap = async (): Promise<void> => {
      await rm(join(target, 'file'));
      await symlink(victim, join(target, 'file'));
    };
    await writeTree(target, directory({ file: file('content', swap) }));
    assert.equal(await readFile(victim, 'utf8'), 'host');
    assert.equal((await stat(victim)).mode & 0o777, 0o600);
  });

  it('does not take away what lies in a directory where a file has to be', async () => {
    await mkdir(join(target, 'name'));
    await writeFile(join(target, 'name/other'), 'somebody’s');
    await assert.rejects(writeTree(target, directory({ name: file('content') })), { name: 'AppError' });
    assert.equal(await readFile(join(target, 'name/other'), 'utf8'), 'somebody’s');
  });

  it('refuses names that lead elsewhere', async () => {
    for (const name of ['..', '.', 'a/b', '../outside/x']) {
      await assert.rejects(writeTree(target, directory({ [name]: file('x') })), { kind: 'invalid' }, name);
    }
    assert.deepEqual(await outside(), []);
  });

  it('ends all that it has begun before it fails', async () => {
    let ended = 0;
    const slow = (): Promise<void> =>
      new Promise((resolve) => {
        setImmediate(() => {
          ended += 1;
          resolve();
        });
      });
    const broken = file('', () => Promise.reject(new Error('broken')));
    const tree = directory({ broken, one: file('1', slow), two: file('2', slow) });
    await assert.rejects(writeTree(target, tree), { kind: 'internal' });
    assert.equal(ended, 2);
    assert.equal(await readFile(join(target, 'two'), 'utf8'), '2');
  });

  it('keeps the holes of a sparse file', async () => {
    const source = await open(join(scratch, 'sparse'), 'w+');
    try {
      await source.write(Buffer.from('begin'), 0, 5, 0);
      await source.write(Buffer.from('end'), 0, 3, 100 * MIB);
      await source.truncate(200 * MIB);
      const entry: TreeEntry = { kind: 'file', attributes, size: 200 * MIB, data: () => dataOf(source) };
      await writeTree(target, directory({ sparse: entry }));
    } finally {
      await source.close();
    }
    const copy = await open(join(target, 'sparse'));
    try {
      const stats = await copy.stat();
      assert.equal(stats.size, 200 * MIB);
      assert.ok(stats.blocks * 512 < MIB, `${stats.blocks} blocks`);
      assert.equal((await copy.read(Buffer.alloc(3), 0, 3, 100 * MIB)).buffer.toString(), 'end');
      assert.equal((await copy.read(Buffer.alloc(5), 0, 5, 0)).buffer.toString(), 'begin');
    } finally {
      await copy.close();
    }
  });
});
