import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { DNS_AT_ONCE, DNS_IN_A_ROW, DnsTurns } from './dns-turns.ts';

/** Until all have begun that may. */
async function allBegun(): Promise<void> {
  for (let round = 0; round < 100; round += 1) await new Promise(setImmediate);
}

/** Questions that end when the test says so, the first first. */
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
  const endOne = async (): Promise<void> => {
    underWay.shift()?.();
    await allBegun();
  };
  /** One question each of so many that there is no room left. */
  const fill = async (): Promise<void> => {
    for (let index = 0; index < DNS_AT_ONCE; index += 1) void ask(`other ${index}`);
    await allBegun();
    assert.equal(begun.length, DNS_AT_ONCE);
    begun.length = 0;
  };
  return { clock, ask, begun, endOne, fill };
}

describe('turns of questions at the resolver of a VPC', () => {
  it('leave room for others, however many questions one interface has, or two', async () => {
    const { ask, begun } = scene();
    const count = (source: string) => begun.filter((each) => each === source).length;
    for (let question = 0; question < 1000; question += 1) void ask('one');
    await allBegun();
    assert.equal(count('one'), DNS_AT_ONCE / 2);
    for (let question = 0; question < 1000; question += 1) void ask('two');
    await allBegun();
    assert.equal(count('two'), DNS_AT_ONCE / 4);
    void ask('a');
    await allBegun();
    assert.equal(count('a'), 1);
  });

  it('go to one interface after the other where there is no room', async () => {
    const { ask, begun, endOne, fill } = scene();
    await fill();
    for (const source of ['flood', 'flood', 'flood', 'a', 'b', 'b']) void ask(source);
    await allBegun();
    assert.deepEqual(begun, []);
    for (let ended = 0; ended < 3; ended += 1) await endOne();
    assert.deepEqual(begun, ['flood', 'a', 'b']);
    for (let ended = 0; ended < 10; ended += 1) await endOne();
    assert.deepEqual(begun, ['flood', 'a', 'b', 'flood', 'b', 'flood']);
  });

  it('let other work come between, after a few', async () => {
    const turns = new DnsTurns(new ManualClock(0));
    let begun = 0;
    const answers = Array.from({ length: 3 * DNS_IN_A_ROW }, () =>
      turns.run('flood', async () => (begun += 1)),
    );
    for (const expected of [DNS_IN_A_ROW, 2 * DNS_IN_A_ROW, 3 * DNS_IN_A_ROW]) {
      await Promise.resolve();
      assert.equal(begun, expected);
      await new Promise(setImmediate);
    }
    await Promise.all(answers);
  });

  it('are given back by questions that fail, too', async () => {
    const turns = new DnsTurns(new ManualClock(0));
    for (let question = 0; question < 2 * DNS_AT_ONCE; question += 1) {
      await assert.rejects(turns.run('a', () => Promise.reject(new Error('no'))));
    }
    assert.equal(await turns.run('a', async () => 'asked'), 'asked');
  });

  it('are not for questions that have waited longer than anybody waits for an answer', async () => {
    const { clock, ask, begun, endOne, fill } = scene();
    await fill();
    const late = [ask('a'), ask('a')];
    clock.advance(5_001);
    const inTime = ask('a');
    await endOne();
    assert.deepEqual(await Promise.all(late), [undefined, undefined]);
    assert.deepEqual(begun, ['a']);
    for (let ended = 0; ended < DNS_AT_ONCE; ended += 1) await endOne();
    assert.equal(await inTime, 'a');
  });
});
