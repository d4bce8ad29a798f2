import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Gate } from '../linux/gate.ts';
import { KeyedSerial } from './keyed-serial.ts';

/** An action that ends when told to, and notes when it began. */
function stoppable(log: string[], name: string) {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const action = async (): Promise<string> => {
    log.push(name);
    await ended;
    return name;
  };
  return { action, end };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('KeyedSerial', () => {
  it('runs actions of one key one after the other, of other keys meanwhile', async () => {
    const serial = new KeyedSerial();
    const log: string[] = [];
    const [first, second, other] = ['first', 'second', 'other'].map((name) => stoppable(log, name));
    assert.ok(first && second && other);
    const results = [
      serial.run('a', first.action),
      serial.run('a', second.action),
      serial.run('b', other.action),
    ];
    await turn();
    assert.deepEqual(log, ['first', 'other']);
    other.end();
    first.end();
    await turn();
    assert.deepEqual(log, ['first', 'other', 'second']);
    second.end();
    assert.deepEqual(await Promise.all(results), ['first', 'second', 'other']);
  });

  it('goes on after an action that failed, and knows when it is idle', async () => {
    const serial = new KeyedSerial();
    const failed = serial.run('a', () => Promise.reject(new Error('no')));
    const next = serial.run('a', () => Promise.resolve('next'));
    await assert.rejects(failed, { message: 'no' });
    assert.equal(await next, 'next');
    await serial.idle();
  });
});

describe('Gate', () => {
  it('lets so many in and the others in their order, also after a failure', async () => {
    const gate = new Gate(2);
    const log: string[] = [];
    const actions = ['a', 'b', 'c', 'd'].map((name) => stoppable(log, name));
    const results = actions.map(({ action }) => gate.run(action));
    const failing = gate.run(() => Promise.reject(new Error('no')));
    await turn();
    assert.deepEqual(log, ['a', 'b']);
    for (const { end } of actions) end();
    assert.deepEqual(await Promise.all(results), ['a', 'b', 'c', 'd']);
    await assert.rejects(failing, { message: 'no' });
    assert.deepEqual(log, ['a', 'b', 'c', 'd']);
    assert.equal(await gate.run(() => Promise.resolve('free')), 'free');
  });
});
