import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PiecePool } from './piece-pool.ts';

async function* chunks(...sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (const [index, size] of sizes.entries()) yield Buffer.alloc(size, index + 1);
}

describe('PiecePool', () => {
  it('cuts what comes into pieces of one size, but for the last', async () => {
    const pool = new PiecePool(10);
    const pieces: string[] = [];
    for await (const { data } of pool.pieces(chunks(4, 13, 5))) pieces.push(data.toString('hex'));
    assert.deepEqual(pieces, ['01010101020202020202', '02020202020202030303', '0303']);
  });

  it('uses a buffer again that was given back, and none that was not', async () => {
    const pool = new PiecePool(10);
    await pool.during(async () => {
      const seen: Buffer[] = [];
      for await (const { buffer } of pool.pieces(chunks(10, 10, 10, 10))) {
        seen.push(buffer);
        if (seen.length === 2) pool.giveBack(seen[0] as Buffer);
      }
      assert.equal(new Set(seen).size, 3);
    });
  });

  it('gives what came before the source broke', async () => {
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield* chunks(3);
      throw new Error('the line broke');
    }
    const pieces: number[] = [];
    const read = async (): Promise<void> => {
      for await (const { data } of new PiecePool(10).pieces(breaking())) pieces.push(data.length);
    };
    await assert.rejects(read(), /the line broke/);
    assert.deepEqual(pieces, [3]);
  });
});
