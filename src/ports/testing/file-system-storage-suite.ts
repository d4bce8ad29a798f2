/** What every storage of file systems does. Run it from the driver's own test file. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { FileSystemStorage } from '../file-system-storage.ts';

export interface FileSystemStorageHarness {
  readonly storage: FileSystemStorage;
  close(): Promise<void>;
}

const ONE = 'fs-0123456789abcdef0';
const OTHER = 'fs-89abcdef';

export function describeFileSystemStorage(
  name: string,
  start: () => Promise<FileSystemStorageHarness>,
): void {
  describe(name, () => {
    let harness: FileSystemStorageHarness;
    let storage: FileSystemStorage;
    beforeEach(async () => {
      harness = await start();
      ({ storage } = harness);
    });
    afterEach(() => harness?.close());

    it('has none at first', async () => {
      assert.deepEqual(await storage.list(), []);
    });

    it('makes file systems, each once', async () => {
      for (const id of [ONE, OTHER, ONE]) await storage.create(id);
      assert.deepEqual((await storage.list()).sort(byText), [ONE, OTHER]);
    });

    it('measures at least the directory', async () => {
      await storage.create(ONE);
      const bytes = await storage.meteredBytes(ONE);
      assert.ok(bytes >= 4096, `${bytes} bytes`);
      await assert.rejects(storage.meteredBytes(OTHER), { kind: 'not-found' });
    });

    it('removes a file system, and only that', async () => {
      await storage.create(ONE);
      await storage.create(OTHER);
      await storage.remove(ONE);
      await storage.remove(ONE);
      assert.deepEqual(await storage.list(), [OTHER]);
      await assert.rejects(storage.meteredBytes(ONE), { kind: 'not-found' });
    });

    it('makes one again that was removed', async () => {
      await storage.create(ONE);
      await storage.remove(ONE);
      await storage.create(ONE);
      assert.deepEqual(await storage.list(), [ONE]);
    });

    for (const text of ['', '..', '.', '/', 'fs-', 'fs-0123456', `${ONE}/..`, 'fs-0123456G', `../${ONE}`]) {
      it(`refuses ${JSON.stringify(text)}, which is no id`, async () => {
        for (const call of [storage.create(text), storage.remove(text), storage.meteredBytes(text)]) {
          await assert.rejects(call, { kind: 'invalid' });
        }
        assert.deepEqual(await storage.list(), []);
      });
    }
  });
}

function byText(one: string, other: string): number {
  return one < other ? -1 : 1;
}
