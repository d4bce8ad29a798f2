import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { MemoryBudget } from './memory-budget.ts';
import { PieceBuffer } from './piece-buffer.ts';

const MUCH = 2 ** 40;

describe('The memory of sinks', () => {
  it('is shared by all, less what they hold, and leaves each a little', () => {
    const memory = new MemoryBudget();
    const share = memory.share();
    const all = memory.room(0, MUCH);
    share.hold(1_000_000);
    assert.equal(memory.room(0, MUCH), all - 1_000_000);
    assert.equal(memory.room(10, 100), Math.max(90, 8_192 - 10));
    share.hold(MUCH);
    assert.equal(memory.room(0, MUCH), 8_192);
    assert.equal(memory.room(8_192, MUCH), 0);
    share.hold(0);
    assert.equal(memory.room(0, MUCH), all);
  });

  it('is read into by four at once, the others in turn', async () => {
    const memory = new MemoryBudget();
    const ends: (() => void)[] = [];
    const begun: number[] = [];
    const work = (index: number): Promise<void> =>
      memory.withBuffer(async () => {
        begun.push(index);
        await new Promise<void>((resolve) => ends.push(resolve));
      });
    const all = [0, 1, 2, 3, 4, 5].map(work);
    await setImmediate();
    assert.deepEqual(begun, [0, 1, 2, 3]);
    ends.shift()?.();
    await setImmediate();
    assert.deepEqual(begun, [0, 1, 2, 3, 4]);
    for (let done = 0; done < 6; done += 1) {
      ends.shift()?.();
      await setImmediate();
    }
    await Promise.all(all);
    assert.deepEqual(begun, [0, 1, 2, 3, 4, 5]);
  });

  it('is used again once it was given back', () => {
    const memory = new MemoryBudget();
    const buffer = memory.takeBuffer(8_192);
    assert.notEqual(memory.takeBuffer(8_192), buffer);
    memory.giveBack([buffer]);
    assert.notEqual(memory.takeBuffer(4_096), buffer);
    assert.equal(memory.takeBuffer(8_192), buffer);
  });

  it('is let go where sinks hold all that there is for them', () => {
    const memory = new MemoryBudget();
    const share = memory.share();
    const returned = (): boolean => {
      const buffers = Array.from({ length: 128 }, () => memory.takeBuffer(65_536));
      memory.giveBack(buffers);
      return buffers.every((buffer) => buffers.includes(memory.takeBuffer(buffer.length)));
    };
    assert.ok(returned());
    share.hold(MUCH);
    assert.ok(!returned());
  });
});

describe('A buffer in pieces', () => {
  it('has what was appended, in order', () => {
    const buffer = new PieceBuffer(new MemoryBudget());
    assert.deepEqual(buffer.pieces(), []);
    const all = Buffer.from(Array.from({ length: 400_000 }, (_, index) => index % 251));
    for (let at = 0; at < all.length; at += 999) buffer.append(all, at, Math.min(at + 999, all.length));
    assert.ok(all.equals(Buffer.concat(buffer.pieces())));
    assert.ok(buffer.capacity >= all.length && buffer.pieces().length > 3);
    buffer.rewrite([all.subarray(7, 20), all.subarray(0, 5)]);
    assert.ok(
      Buffer.concat([all.subarray(7, 20), all.subarray(0, 5)]).equals(Buffer.concat(buffer.pieces())),
    );
  });
});
