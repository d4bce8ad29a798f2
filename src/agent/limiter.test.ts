import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { Limiter } from './limiter.ts';

/** Work that a test ends. */
function aWork(): { work: () => Promise<string>; begun: () => boolean; end: () => void } {
  let begun = false;
  let end = (): void => undefined;
  const ended = new Promise<string>((resolve) => {
    end = () => resolve('done');
  });
  const work = (): Promise<string> => {
    begun = true;
    return ended;
  };
  return { work, begun: () => begun, end };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Limiter', () => {
  it('lets the next begin when one ends, in order', async () => {
    const limiter = new Limiter(2);
    const { signal } = new AbortController();
    const works = [aWork(), aWork(), aWork(), aWork()];
    const runs = works.map(({ work }) => limiter.run(work, signal));
    const begun = (): boolean[] => works.map((each) => each.begun());
    await turn();
    assert.deepEqual(begun(), [true, true, false, false]);
    works[1]?.end();
    await turn();
    assert.deepEqual(begun(), [true, true, true, false]);
    for (const each of works) each.end();
    assert.deepEqual(await Promise.all(runs), ['done', 'done', 'done', 'done']);
    assert.equal(getEventListeners(signal, 'abort').length, 0, 'nothing of it stays on the signal');
  });

  it('lets those go whose signal fires, and keeps the others’ places', async () => {
    const limiter = new Limiter(1);
    const [leaving, staying] = [new AbortController(), new AbortController()];
    const [first, second, third] = [aWork(), aWork(), aWork()];
    const runs = [limiter.run(first.work, staying.signal), limiter.run(third.work, staying.signal)];
    const left = Array.from({ length: 20 }, () => limiter.run(second.work, leaving.signal));
    assert.equal(getEventListeners(leaving.signal, 'abort').length, 1);
    leaving.abort();
    const outcomes = await Promise.allSettled(left);
    assert.ok(outcomes.every(({ status }) => status === 'rejected'));
    first.end();
    third.end();
    await Promise.all(runs);
    assert.equal(second.begun(), false);
  });

  it('gives the place on when work fails', async () => {
    const limiter = new Limiter(1);
    const { signal } = new AbortController();
    const failing = limiter.run(() => Promise.reject(new Error('no')), signal);
    const next = limiter.run(() => Promise.resolve('yes'), signal);
    await assert.rejects(failing, /no/);
    assert.equal(await next, 'yes');
  });
});
