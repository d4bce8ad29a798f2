import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { DNS_AT_ONCE, DnsTurns } from './dns-turns.ts';

/** Turns all of which are taken, by questions that end one by one. */
function scene() {
  const clock = new ManualClock(0);
  const turns = new DnsTurns(clock);
  const underWay: (() => void)[] = [];
  const begun: string[] = [];
  const ask = (source: string) =>
    turns.run(source, async () => {
      begun.push(source);
      await new Promise<void>((resolve) => underWay.push(resolve));
      return source;
    });
  const taken = Array.from({ length: DNS_AT_ONCE }, () => ask('first'));
  const endOne = async (): Promise<void> => {
    underWay.shift()?.();
    await new Promise(setImmediate);
  };
  return { clock, ask, begun, taken, endOne };
}

describe('turns of questions to the host’s resolvers', () => {
  it('go to one interface after the other, however many questions one has', async () => {
    const { ask, begun, endOne } = scene();
    await new Promise(setImmediate);
    assert.equal(begun.length, DNS_AT_ONCE);
    for (let question = 0; question < 500; question += 1) void ask('flood');
    void ask('a');
    void ask('b');
    void ask('b');
    await new Promise(setImmediate);
    begun.length = 0;
    for (let ended = 0; ended < 6; ended += 1) await endOne();
    assert.deepEqual(begun, ['flood', 'a', 'b', 'flood', 'b', 'flood']);
  });

  it('are given back by questions that fail, too', async () => {
    const turns = new DnsTurns(new ManualClock(0));
    for (let question = 0; question < 2 * DNS_AT_ONCE; question += 1) {
      await assert.rejects(turns.run('a', () => Promise.reject(new Error('no'))));
    }
    assert.equal(await turns.run('a', async () => 'asked'), 'asked');
  });

  it('are not for questions that have waited longer than anybody waits for an answer', async () => {
    const { clock, ask, begun, endOne } = scene();
    const late = [ask('a'), ask('a')];
    clock.advance(5_001);
    const inTime = ask('a');
    await new Promise(setImmediate);
    begun.length = 0;
    await endOne();
    assert.deepEqual(await Promise.all(late), [undefined, undefined]);
    assert.deepEqual(begun, ['a']);
    for (let ended = 0; ended < DNS_AT_ONCE; ended += 1) await endOne();
    assert.equal(await inTime, 'a');
  });
});
