import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Latest } from './latest.ts';

describe('Latest', () => {
  const open = () => {
    const ends: ((error?: Error) => void)[] = [];
    const latest = new Latest(
      () =>
        new Promise((resolve, reject) => {
          ends.push((error) => (error === undefined ? resolve() : reject(error)));
        }),
    );
    return { latest, ends };
  };

  it('runs once more for all who ask during a run', async () => {
    const { latest, ends } = open();
    const first = latest.run();
    const later = [latest.run(), latest.run()];
    assert.equal(ends.length, 1);
    ends[0]?.();
    await first;
    await Promise.resolve();
    assert.equal(ends.length, 2);
    ends[1]?.();
    await Promise.all(later);
    await latest.idle();
    assert.equal(ends.length, 2);
  });

  it('runs again after a failure, of which only those hear who asked for it', async () => {
    const { latest, ends } = open();
    const first = latest.run();
    const second = latest.run();
    ends[0]?.(new Error('no'));
    await assert.rejects(first, /no/);
    ends[1]?.();
    await second;
  });
});
