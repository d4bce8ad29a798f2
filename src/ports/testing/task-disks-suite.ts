/** What every TaskDisks does. */
import assert from 'node:assert/strict';
import { access, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import type { TaskDisks } from '../task-disks.ts';

export interface TaskDisksHarness {
  readonly disks: TaskDisks;
  /** What the machine still has of any task of the suite. */
  leftovers(): Promise<string[]>;
  close(): Promise<void>;
}

const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** Runs the suite as test cases under `name`. */
export function describeTaskDisks(
  name: string,
  open: () => Promise<TaskDisksHarness>,
  options: { skip?: string | false } = {},
): void {
  describe(name, { skip: options.skip ?? false }, () => {
    let harness: TaskDisksHarness;
    before(async () => {
      harness = await open();
    });
    after(() => harness?.close());
    describeLife(() => harness.disks);
    describeCharges(() => harness.disks);
    it('leaves nothing behind', async () => {
      assert.deepEqual(await harness.leftovers(), []);
    });
  });
}

function describeLife(disks: () => TaskDisks): void {
  describe('a disk', () => {
    it('is a directory for root alone, empty but writable', async () => {
      const { path } = await disks().create({ taskId: 'life-a', sizeGiB: 1 });
      assert.equal((await stat(path)).mode & 0o777, 0o700);
      await writeFile(join(path, 'file'), 'content');
      assert.equal(await readFile(join(path, 'file'), 'utf8'), 'content');
      await disks().remove('life-a');
    });

    it('stays as it is when it is made again', async () => {
      const made = await disks().create({ taskId: 'life-b', sizeGiB: 1 });
      const { path } = made;
      await writeFile(join(path, 'file'), 'content');
      assert.deepEqual(await disks().create({ taskId: 'life-b', sizeGiB: 1 }), made);
      assert.equal(await readFile(join(path, 'file'), 'utf8'), 'content');
      await disks().remove('life-b');
    });

    it('is gone with all that is on it when removed, and comes back empty', async () => {
      const { path } = await disks().create({ taskId: 'life-c', sizeGiB: 1 });
      await writeFile(join(path, 'file'), 'content');
      await disks().remove('life-c');
      await assert.rejects(access(path));
      await disks().create({ taskId: 'life-c', sizeGiB: 1 });
      await assert.rejects(access(join(path, 'file')));
      await disks().remove('life-c');
      await disks().remove('life-c');
    });

    for (const volumesGiB of [undefined, 1]) {
      const where = volumesGiB === undefined ? 'of its own' : 'of a second file system';
      it(`has a directory ${where} for volumes, for root alone`, async () => {
        const request = { taskId: 'life-d', sizeGiB: 1, ...(volumesGiB !== undefined && { volumesGiB }) };
        const made = await disks().create(request);
        assert.notEqual(made.volumesPath, made.path);
        assert.equal((await stat(made.volumesPath)).mode & 0o777, 0o700);
        await writeFile(join(made.volumesPath, 'file'), 'content');
        assert.deepEqual(await disks().create(request), made);
        assert.equal(await readFile(join(made.volumesPath, 'file'), 'utf8'), 'content');
        assert.deepEqual(await disks().list(), ['life-d']);
        await disks().remove('life-d');
        await assert.rejects(access(made.volumesPath));
      });
    }

    it('is listed while it exists', async () => {
      await Promise.all(['list-a', 'list-b'].map((taskId) => disks().create({ taskId, sizeGiB: 1 })));
      assert.deepEqual((await disks().list()).sort(), ['list-a', 'list-b']);
      await Promise.all(['list-a', 'list-b'].map((taskId) => disks().remove(taskId)));
      assert.deepEqual(await disks().list(), []);
    });

    it('is refused for a name that leads elsewhere, or a size that makes no sense', async () => {
      for (const taskId of ['..', 'a/b', '', '.hidden']) {
        await assert.rejects(disks().create({ taskId, sizeGiB: 1 }), (error) => hasKind(error, 'invalid'));
        await assert.rejects(disks().remove(taskId), (error) => hasKind(error, 'invalid'));
      }
      for (const sizeGiB of [0, -1, 1.5]) {
        await assert.rejects(disks().create({ taskId: 'size', sizeGiB }), (error) =>
          hasKind(error, 'invalid'),
        );
        await assert.rejects(disks().create({ taskId: 'size', sizeGiB: 1, volumesGiB: sizeGiB }), (error) =>
          hasKind(error, 'invalid'),
        );
        assert.deepEqual(await disks().list(), []);
      }
    });
  });
}

function describeCharges(disks: () => TaskDisks): void {
  describe('usage', () => {
    it('is not found without a disk', async () => {
      await assert.rejects(disks().usage('nobody'), (error) => hasKind(error, 'not-found'));
      await assert.rejects(disks().charge('nobody', 'image', 1), (error) => hasKind(error, 'not-found'));
    });

    it('counts what is charged, once for each name', async () => {
      await disks().create({ taskId: 'usage-a', sizeGiB: 1 });
      const before = await disks().usage('usage-a');
      assert.equal(before.reservedBytes, GIB);
      await disks().charge('usage-a', 'image', 100 * MIB);
      await disks().charge('usage-a', 'image', 100 * MIB);
      const { usedBytes } = await disks().usage('usage-a');
      const grown = usedBytes - before.usedBytes;
      assert.ok(grown >= 100 * MIB && grown < 101 * MIB, `grew by ${grown}`);
      await disks().charge('usage-a', 'nothing', 0);
      await disks().remove('usage-a');
    });

    it('counts what is written, wherever it lies', async () => {
      const request = { taskId: 'usage-c', sizeGiB: 1, volumesGiB: 2 };
      const { path, volumesPath } = await disks().create(request);
      const before = await disks().usage('usage-c');
      assert.equal(before.reservedBytes, 3 * GIB);
      for (const directory of [path, volumesPath]) {
        await writeFile(join(directory, 'file'), Buffer.alloc(5 * MIB, 'x'), { flush: true });
      }
      const { usedBytes, writtenBytes, readBytes } = await disks().usage('usage-c');
      const used = usedBytes - before.usedBytes;
      assert.ok(used >= 10 * MIB && used < 11 * MIB, `${used} bytes used`);
      const written = writtenBytes - before.writtenBytes;
      assert.ok(written >= 10 * MIB && written < 12 * MIB, `${written} bytes written`);
      assert.ok(readBytes >= before.readBytes);
      await disks().remove('usage-c');
    });

    it('is told of the machine, too: what the disks take of its own', async () => {
      const before = await disks().space();
      const { path, volumesPath } = await disks().create({ taskId: 'space', sizeGiB: 20, volumesGiB: 1 });
      for (const directory of [path, volumesPath]) {
        await writeFile(join(directory, 'file'), Buffer.alloc(5 * MIB, 'x'), { flush: true });
      }
      await disks().charge('space', 'image', GIB);
      const { totalBytes, freeBytes, takenBytes } = await disks().space();
      const taken = takenBytes - before.takenBytes;
      assert.ok(taken >= 10 * MIB && taken < 12 * MIB, `${taken} bytes taken`);
      assert.ok(freeBytes + takenBytes <= totalBytes);
      await disks().reclaim();
      assert.ok((await readFile(join(path, 'file'))).equals(Buffer.alloc(5 * MIB, 'x')));
      await disks().remove('space');
      assert.equal((await disks().space()).takenBytes, before.takenBytes);
    });

    it('refuses a charge that does not fit, and takes nothing for it', async () => {
      await disks().create({ taskId: 'usage-b', sizeGiB: 1 });
      const before = await disks().usage('usage-b');
      await assert.rejects(disks().charge('usage-b', 'image', 2 * GIB), (error) => {
        return hasKind(error, 'failed-precondition') && error.details['syscallCode'] === 'ENOSPC';
      });
      const { usedBytes } = await disks().usage('usage-b');
      assert.ok(usedBytes - before.usedBytes < MIB);
      await disks().remove('usage-b');
    });
  });
}
