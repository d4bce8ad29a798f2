import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../ports/testing/manual-clock.ts';
import { RenewedValues } from './renewed-values.ts';

const MINUTE_MS = 60_000;

function scene() {
  const clock = new ManualClock(0);
  const asked: string[] = [];
  const values = new RenewedValues<{ readonly text: string; readonly expiresAt: number }>({
    ...{ clock, onNeeded: (name: string) => asked.push(name), failure: 'nothing came' },
  });
  return { clock, asked, values, never: new AbortController().signal };
}

describe('What the control plane gives for a time', () => {
  it('is asked for, and waited for by all who need it', async () => {
    const { values, asked, never } = scene();
    const waiting = [values.get('a', never), values.get('a', never)];
    const value = { text: 'first', expiresAt: 10 * MINUTE_MS };
    values.set('a', value);
    assert.deepEqual(await Promise.all(waiting), [value, value]);
    assert.equal(await values.get('a', never), value);
    assert.deepEqual(asked, ['a', 'a']);
  });

  it('is asked for again before it ends, and not given after that', async () => {
    const { values, asked, clock, never } = scene();
    const first = { text: 'first', expiresAt: 10 * MINUTE_MS };
    values.set('a', first);
    clock.advance(6 * MINUTE_MS);
    assert.equal(await values.get('a', never), first);
    assert.deepEqual(asked, ['a']);
    clock.advance(5 * MINUTE_MS);
    const waiting = values.get('a', never);
    const second = { text: 'second', expiresAt: 60 * MINUTE_MS };
    values.set('a', second);
    assert.equal(await waiting, second);
  });

  it('is given up after a while, and forgotten when that is said', async () => {
    const { values, clock, never } = scene();
    const waiting = values.get('a', never);
    clock.advance(15_000);
    await assert.rejects(waiting, { kind: 'deadline', message: 'nothing came' });
    values.set('b', { text: 'b', expiresAt: MINUTE_MS });
    values.forget('b');
    const stopping = new AbortController();
    const stopped = values.get('b', stopping.signal);
    stopping.abort();
    await assert.rejects(stopped, { kind: 'deadline' });
  });
});
