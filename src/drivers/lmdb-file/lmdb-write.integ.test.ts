import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { Database } from 'lmdb';
import { SEED } from '../../ports/testing/seed.ts';
import { LmdbFile } from './lmdb-file.ts';
import { type LmdbKey, type LmdbWrite, mostBytes } from './lmdb-write.ts';

const KEYS = 20_000;
/** Coprime to KEYS: the keys of a transaction lie far from each other. */
const STRIDE = 7919;

describe('What writes may need of the disk', () => {
  let dir: string;
  let file: LmdbFile;
  let databases: Database<Buffer, LmdbKey>[];
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'neargate-lmdb-'));
    file = new LmdbFile(dir, { encoding: 'binary' });
    databases = ['a', 'b'].map((name) => file.root.openDB<Buffer, LmdbKey>(name, { encoding: 'binary' }));
  });
  after(async () => {
    await file.close();
    await rm(dir, { recursive: true });
  });

  const usedBytes = (): number => {
    const { lastPageNumber, pageSize } = file.root.getStats() as { lastPageNumber: number; pageSize: number };
    return (lastPageNumber + 1) * pageSize;
  };

  const transaction = fc
    .record({
      count: fc.constantFrom(1, 3, 10, 100),
      first: fc.nat(KEYS - 1),
      keyLength: fc.constantFrom(10, 100, 1500),
      valueLength: fc.option(fc.oneof(fc.nat(100), fc.nat(5000), fc.nat(100_000))),
    })
    .map(({ count, first, keyLength, valueLength }): LmdbWrite[] =>
      Array.from({ length: count }, (_, i) => ({
        database: databases[i % 2] as Database<Buffer, LmdbKey>,
        key: String((first + i * STRIDE) % KEYS).padStart(keyLength, 'k'),
        ...(valueLength !== null && { value: Buffer.alloc(valueLength) }),
      })),
    );

  it('is at least what the file grows by, though a reader keeps all free pages from being used', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(transaction, { minLength: 5, maxLength: 10 }), async (history) => {
        const reader = file.root.useReadTransaction();
        try {
          for (const writes of history) {
            const used = usedBytes();
            await file.transact(writes);
            const grown = usedBytes() - used;
            assert.ok(grown <= mostBytes(writes), `${grown} bytes of ${mostBytes(writes)}`);
          }
        } finally {
          reader.done();
        }
      }),
      { numRuns: 15, seed: SEED },
    );
  });
});
