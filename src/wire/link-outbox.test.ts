import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Outbox } from './link-outbox.ts';

describe('Outbox', () => {
  it('holds back the newest of a key until the one before it is acknowledged', () => {
    const sent: [string, number][] = [];
    const outbox = new Outbox<string>((message, sequence) => sent.push([message, sequence]));
    outbox.put('a', 'a1');
    outbox.put('a', 'a2');
    outbox.put('a', 'a3');
    outbox.put('b', 'b1');
    assert.deepEqual(sent, [
      ['a1', 1],
      ['b1', 2],
    ]);
    outbox.acknowledged(1);
    assert.deepEqual(sent.at(-1), ['a3', 3]);
    outbox.acknowledged(3);
    assert.equal(sent.length, 3);
  });

  it('ignores an acknowledgement of what it did not send', () => {
    const sent: string[] = [];
    const outbox = new Outbox<string>((message) => sent.push(message));
    outbox.acknowledged(7);
    outbox.put('a', 'a1');
    assert.deepEqual(sent, ['a1']);
  });

  it('says when nothing of a key is held back', async () => {
    const sent: string[] = [];
    const outbox = new Outbox<string>((message) => sent.push(message));
    outbox.put('a', 'a1');
    await outbox.sent('a');
    outbox.put('a', 'a2');
    const second = outbox.sent('a').then(() => assert.deepEqual(sent, ['a1', 'a2']));
    outbox.acknowledged(1);
    await second;
    outbox.put('a', 'a3');
    const never = outbox.sent('a');
    outbox.close();
    await never;
    assert.deepEqual(sent, ['a1', 'a2']);
  });
});
