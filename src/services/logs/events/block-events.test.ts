import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aBlock } from '../../../../test/support/logs/block-events.ts';
import { TestLogs } from '../../../../test/support/logs/logs-service.ts';
import type { LogEvent } from '../../../agent/logs/logs-client.ts';
import { isApiError } from '../../../domain/errors.ts';
import { BLOCK_MARK } from '../../../wire/logs/block-upload.ts';
import { takeBlock } from './block-events.ts';

const body = (events: readonly LogEvent[], members: object = {}): Buffer =>
  Buffer.concat([
    Buffer.from(JSON.stringify({ logGroupName: 'g', logStreamName: 's', ...members })),
    BLOCK_MARK,
    aBlock(events),
  ]);

describe('PutLogEvents with a block', () => {
  const made = async (): Promise<TestLogs> => {
    const logs = new TestLogs();
    await logs.make('g', 's');
    return logs;
  };
  const at = (logs: TestLogs, ...messages: string[]): LogEvent[] =>
    messages.map((message, index) => ({ timestamp: logs.clock.now() + index, message }));

  it('stores its events as any others, among others', async () => {
    const logs = await made();
    const messages = ['plain', 'two\nlines', 'ä€𝄞 "quoted" \\', '\u0000'];
    const events = at(logs, ...messages);
    await logs.call('PutLogEvents', body(events));
    await logs.put('g', 's', [10, 'last']);
    const { events: found = [] } = await logs.get('g', 's', { startFromHead: true });
    assert.deepEqual(
      found.map(({ message }) => message),
      [...messages, 'last'],
    );
    assert.deepEqual(
      found.slice(0, 4).map(({ timestamp }) => timestamp),
      events.map(({ timestamp }) => timestamp),
    );
    const from = await logs.get('g', 's', { startTime: logs.clock.now() + 2, endTime: logs.clock.now() + 3 });
    assert.deepEqual(
      from.events?.map(({ message }) => message),
      [messages[2]],
    );
  });

  it('knows one that comes again, as a block or not', async () => {
    const logs = await made();
    const { nextSequenceToken: sequenceToken } = await logs.put('g', 's', [0, 'first']);
    const events = at(logs, 'a', 'b');
    const again = body(events, { sequenceToken });
    const first = await logs.call('PutLogEvents', again);
    assert.deepEqual(await logs.call('PutLogEvents', again), first);
    const plain = { logGroupName: 'g', logStreamName: 's', sequenceToken, logEvents: events };
    assert.deepEqual(await logs.call('PutLogEvents', plain), first);
    assert.equal((await logs.get('g', 's', { startFromHead: true })).events?.length, 3);
  });

  it('stores what is large and far apart, and answers what is too old', async () => {
    const logs = await made();
    const now = logs.clock.now();
    const events = Array.from({ length: 900 }, (_, index) => ({
      timestamp: now - 899_000 + index * 1_000,
      message: `${index} ${'x'.repeat(1_000)}`,
    }));
    const old = { timestamp: now - 15 * 24 * 3_600_000, message: 'old' };
    await logs.call('PutLogEvents', body(events));
    const found: string[] = [];
    for (let nextToken: string | undefined; ; ) {
      const page = await logs.get('g', 's', { startFromHead: true, nextToken });
      found.push(...(page.events ?? []).map(({ message = '' }) => message));
      if (page.nextForwardToken === nextToken) break;
      nextToken = page.nextForwardToken;
    }
    assert.deepEqual(
      found,
      events.map(({ message }) => message),
    );
    const answer = await logs.call<{ rejectedLogEventsInfo: object }>('PutLogEvents', body([old]));
    assert.deepEqual(answer.rejectedLogEventsInfo, { tooOldLogEventEndIndex: 1 });
  });

  it('is refused in the same words as any other', async () => {
    const logs = await made();
    const now = logs.clock.now();
    const bad: readonly (readonly LogEvent[])[] = [
      [],
      at(logs, 'a', ''),
      [...at(logs, 'a', 'b')].reverse(),
      Array.from({ length: 10_001 }, () => ({ timestamp: now, message: 'x' })),
      at(logs, 'x'.repeat(1_048_576)),
      [
        { timestamp: now - 25 * 3_600_000, message: 'a' },
        { timestamp: now, message: 'b' },
      ],
    ];
    for (const logEvents of bad) {
      const refusal = async (put: Promise<unknown>): Promise<string> => {
        const error: unknown = await put.then(
          () => assert.fail('taken'),
          (reason: unknown) => reason,
        );
        assert.ok(isApiError(error, 'InvalidParameterException'), String(error));
        return error.message;
      };
      const plain = { logGroupName: 'g', logStreamName: 's', logEvents };
      assert.equal(
        await refusal(logs.call('PutLogEvents', body(logEvents))),
        await refusal(logs.call('PutLogEvents', plain)),
      );
    }
    const unnamed = logs.call('PutLogEvents', body(at(logs, 'a'), { logGroupName: '?' }));
    await assert.rejects(unnamed, (error) => isApiError(error, 'InvalidParameterException'));
  });

  it('is left to the decoder, which refuses it, where it is no block', () => {
    const whole = body([{ timestamp: 1, message: 'a' }]);
    const broken = Buffer.from(whole);
    broken[broken.indexOf(0) + 1] = 0xff;
    for (const each of [broken, whole.subarray(0, -1), Buffer.concat([whole, Buffer.alloc(1)])]) {
      assert.equal(takeBlock(each), undefined);
    }
    assert.equal(takeBlock(body([{ timestamp: 1.5, message: 'a' }])), undefined);
    assert.equal(takeBlock(body([{ timestamp: -1, message: 'a' }])), undefined);
    assert.equal(takeBlock(Buffer.from('{"logEvents":[]}')), undefined);
  });
});
