import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import { AppError } from '../../domain/errors.ts';
import type { VolumeMount } from '../../domain/task/volume-mounts.ts';
import { FakeImageStore } from '../../drivers/image-store-fake/fake-image-store.ts';
import type { ImageStore, StoredImage } from '../../ports/image-store.ts';
import { storeTestImage } from '../../ports/testing/image-store-suite.ts';
import { aTestImage } from '../../ports/testing/test-image.ts';
import { TaskVolumes } from './task-volumes.ts';

type Copies = Pick<ImageStore, 'copyDirectory'>;

const store = new FakeImageStore();

function aMount(changes: Partial<VolumeMount> = {}): VolumeMount {
  return { destination: '/data', source: { kind: 'task-volume', name: 'data' }, readOnly: false, ...changes };
}
const filled = aMount({ copyFrom: '/data' });

/** The store, with something to be done in the middle of a copy. */
function watched(
  onCopy: (target: string) => Promise<void> = () => Promise.resolve(),
): Copies & { calls: number } {
  return {
    calls: 0,
    async copyDirectory(image, path, target) {
      this.calls += 1;
      await onCopy(target);
      return store.copyDirectory(image, path, target);
    },
  };
}

describe('The volumes of a task', () => {
  let disk: string;
  let image: StoredImage;
  before(async () => {
    const entries = [
      { path: 'data', directory: true, mode: 0o1770 },
      { path: 'data/one', content: 'one' },
      { path: 'data/two', content: 'two' },
    ] as const;
    image = await storeTestImage(store, 'registry.test/volumes:1', aTestImage([{ entries }]));
  });
  beforeEach(async () => {
    disk = await mkdtemp(join(tmpdir(), 'ng-test-volumes-'));
  });
  afterEach(() => rm(disk, { recursive: true, force: true }));

  /** Where the only mount of these comes from. */
  async function prepare(mount: VolumeMount, copies: Copies = store): Promise<string> {
    const [bind, ...rest] = await new TaskVolumes(copies).prepare(disk, image, [mount]);
    assert.deepEqual(rest, []);
    return bind?.source ?? '';
  }

  it('are bound where they belong, writable unless they are read-only', async () => {
    const volumes = new TaskVolumes(store);
    const binds = await volumes.prepare(disk, image, [
      aMount(),
      aMount({ destination: '/logs', source: { kind: 'task-volume', name: 'logs' }, readOnly: true }),
    ]);
    assert.deepEqual(
      binds.map(({ destination, type, options }) => ({ destination, type, options })),
      [
        { destination: '/data', type: 'bind', options: ['rbind', 'rprivate', 'rw'] },
        { destination: '/logs', type: 'bind', options: ['rbind', 'rprivate', 'ro'] },
      ],
    );
    assert.notEqual(binds[0]?.source, binds[1]?.source);
  });

  it('begin empty and open to be read, whatever the umask is', async () => {
    const umask = process.umask(0o077);
    try {
      const source = await prepare(aMount());
      assert.equal((await lstat(source)).mode & 0o7777, 0o755);
      assert.deepEqual(await readdir(source), []);
    } finally {
      process.umask(umask);
    }
  });

  it('are the same for all that name them, and others for other sources', async () => {
    const named = await prepare(aMount());
    assert.equal(await prepare(aMount({ destination: '/elsewhere' })), named);
    const sources = [
      aMount({ source: { kind: 'task-volume', name: 'Data' } }),
      aMount({ source: { kind: 'image-volume', container: 'data', path: '/data' } }),
      aMount({ source: { kind: 'image-volume', container: 'data', path: '/data/x' } }),
      aMount({ source: { kind: 'image-volume', container: 'web', path: '/data' } }),
    ];
    const paths = [named];
    for (const mount of sources) paths.push(await prepare(mount));
    assert.equal(new Set(paths).size, paths.length);
  });

  it('stay on the disk, however they are named', async () => {
    for (const name of ['../../x', 'a/b', '..', 'x'.repeat(255), 'ä\n']) {
      const source = await prepare(aMount({ source: { kind: 'task-volume', name } }));
      assert.match(relative(disk, source), /^[a-zA-Z0-9_-]+\/data$/);
    }
  });

  it('have the image’s content and mode where they are to be filled', async () => {
    const source = await prepare(filled);
    assert.deepEqual((await readdir(source)).toSorted(), ['one', 'two']);
    assert.equal((await lstat(source)).mode & 0o7777, 0o1770);
  });

  it('stay empty where the image has nothing at that place', async () => {
    const source = await prepare(aMount({ copyFrom: '/nothing' }));
    assert.deepEqual(await readdir(source), []);
    assert.equal((await lstat(source)).mode & 0o7777, 0o755);
  });

  it('are filled once only, also when they were emptied and the agent was started anew', async () => {
    const source = await prepare(filled);
    await rm(join(source, 'one'));
    await rm(join(source, 'two'));
    await chmod(source, 0o700);
    const copies = watched();
    assert.equal(await prepare(filled, copies), source);
    assert.equal(copies.calls, 0);
    assert.deepEqual(await readdir(source), []);
    assert.equal((await lstat(source)).mode & 0o7777, 0o700);
  });

  it('are filled by the first that brings content, though others came before it', async () => {
    const source = await prepare(aMount());
    assert.equal(await prepare(filled), source);
    assert.deepEqual((await readdir(source)).toSorted(), ['one', 'two']);
  });

  it('are left alone where there is something in them already', async () => {
    const source = await prepare(aMount());
    await writeFile(join(source, 'own'), 'own');
    await prepare(filled);
    await rm(join(source, 'own'));
    await prepare(filled);
    assert.deepEqual(await readdir(source), []);
  });

  it('are filled to the end when the agent died half-way', async () => {
    const dying = watched(async (target) => {
      await writeFile(join(target, 'one'), 'half');
      throw new AppError('aborted', 'killed');
    });
    await assert.rejects(prepare(filled, dying), { kind: 'aborted' });
    const source = await prepare(filled);
    assert.equal(await readFile(join(source, 'one'), 'utf8'), 'one');
    assert.equal(await readFile(join(source, 'two'), 'utf8'), 'two');
    const copies = watched();
    await prepare(filled, copies);
    assert.equal(copies.calls, 0);
  });

  it('are made anew when the agent died before they were ready', async () => {
    const source = await prepare(aMount());
    await rm(source, { recursive: true });
    await mkdir(join(source, '../new'), { mode: 0o700 });
    assert.equal((await lstat(await prepare(aMount()))).mode & 0o7777, 0o755);
  });

  it('are filled by one of several that come at the same time, and whole for all of them', async () => {
    const copies = watched();
    const volumes = new TaskVolumes(copies);
    const seen = await Promise.all(
      [filled, aMount(), filled].map(async (mount) => {
        const [bind] = await volumes.prepare(disk, image, [mount]);
        return readdir(bind?.source ?? '');
      }),
    );
    assert.equal(copies.calls, 1);
    for (const names of seen) assert.deepEqual(names.toSorted(), ['one', 'two']);
  });
});
