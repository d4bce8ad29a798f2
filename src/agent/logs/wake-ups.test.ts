import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { WakeUps } from './wake-ups.ts';

describe('Wake-ups', () => {
  it('come to all that are due at about the same time by one timer', async () => {
    const clock = new ManualClock();
    const wakeUps = new WakeUps(clock);
    const woken: string[] = [];
    wakeUps.after(90, () => woken.push('a'));
    clock.advance(5);
    wakeUps.after(90, () => woken.push('b'));
    wakeUps.after(150, () => woken.push('c'));
    assert.equal(clock.sleeping, 2);
    clock.advance(94);
    await setImmediate();
    assert.deepEqual(woken, []);
    clock.advance(1);
    await setImmediate();
    assert.deepEqual(woken, ['a', 'b']);
    clock.advance(100);
    await setImmediate();
    assert.deepEqual(woken, ['a', 'b', 'c']);
  });

  it('that all are called off leave no timer', async () => {
    const clock = new ManualClock();
    const wakeUps = new WakeUps(clock);
    const woken: string[] = [];
    const callOff = wakeUps.after(90, () => woken.push('a'));
    const other = wakeUps.after(90, () => woken.push('b'));
    callOff();
    callOff();
    assert.equal(clock.sleeping, 1);
    other();
    assert.equal(clock.sleeping, 0);
    wakeUps.after(90, () => woken.push('c'));
    clock.advance(100);
    await setImmediate();
    assert.deepEqual(woken, ['c']);
  });
});
