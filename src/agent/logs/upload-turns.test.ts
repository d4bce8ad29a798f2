import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { type UploadTurn, UploadTurns } from './upload-turns.ts';

const AT_ONCE = 16;

describe('Turns of uploads', () => {
  const never = new AbortController().signal;
  const all = async (turns: UploadTurns): Promise<UploadTurn[]> =>
    Promise.all(Array.from({ length: AT_ONCE }, () => turns.take(never)));
  /** What has come so far. */
  const taken = (turns: UploadTurns, name: string, list: string[], signal = never): Promise<UploadTurn> => {
    const turn = turns.take(signal);
    turn.then(
      () => list.push(name),
      () => list.push(`${name} gave up`),
    );
    return turn;
  };

  it('are had at once by sixteen, then in the order in which they were asked for', async () => {
    const turns = new UploadTurns(new ManualClock());
    const [first, second] = await all(turns);
    const list: string[] = [];
    void taken(turns, 'a', list);
    void taken(turns, 'b', list);
    await setImmediate();
    assert.deepEqual(list, []);
    first?.end();
    first?.end();
    await setImmediate();
    assert.deepEqual(list, ['a']);
    second?.end();
    await setImmediate();
    assert.deepEqual(list, ['a', 'b']);
  });

  it('are not held up by services that do not answer', async () => {
    const clock = new ManualClock();
    const turns = new UploadTurns(clock);
    await all(turns);
    const list: string[] = [];
    void taken(turns, 'a', list);
    clock.advance(499);
    await setImmediate();
    assert.deepEqual(list, []);
    clock.advance(1);
    await setImmediate();
    assert.deepEqual(list, ['a']);
  });

  it('pass by who has given up', async () => {
    const turns = new UploadTurns(new ManualClock());
    const [first] = await all(turns);
    const list: string[] = [];
    const giveUp = new AbortController();
    taken(turns, 'a', list, giveUp.signal).catch(() => undefined);
    void taken(turns, 'b', list);
    giveUp.abort();
    first?.end();
    await setImmediate();
    assert.deepEqual(list, ['a gave up', 'b']);
    await assert.rejects(turns.take(giveUp.signal));
  });
});
