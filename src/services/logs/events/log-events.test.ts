import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { PutLogEventsResponse } from '@aws-sdk/client-cloudwatch-logs';
import { messagesOf, TestLogs } from '../../../../test/support/logs/logs-service.ts';
import { isApiError } from '../../../domain/errors.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const refuses =
  (message: string | RegExp) =>
  (error: unknown): boolean => {
    assert.ok(isApiError(error, 'InvalidParameterException'), String(error));
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  };

let logs: TestLogs;
beforeEach(async () => {
  logs = new TestLogs();
  await logs.make('g', 'a', 'b');
});

describe('PutLogEvents', () => {
  it('stores the same upload twice, and answers with a sequence token that need not be used', async () => {
    const first = await logs.put('g', 'a', [0, 'x']);
    const second = await logs.put('g', 'a', [0, 'x']);
    assert.match(first.nextSequenceToken ?? '', /^\d{56}$/);
    assert.notEqual(first.nextSequenceToken, second.nextSequenceToken);
    assert.deepEqual(messagesOf(await logs.get('g', 'a')), ['x', 'x']);
  });

  it('stores the last upload once when it comes again with its token, as after a broken connection', async () => {
    const timestamp = logs.clock.now();
    const put = (sequenceToken: string, ...messages: string[]): Promise<PutLogEventsResponse> =>
      logs.call('PutLogEvents', {
        ...{ logGroupName: 'g', logStreamName: 'a', sequenceToken },
        logEvents: messages.map((message) => ({ timestamp, message })),
      });
    const start = '0'.repeat(56);
    const first = await put(start, 'x', 'y');
    logs.clock.advance(5_000);
    assert.deepEqual(await put(start, 'x', 'y'), first);
    const second = await put(first.nextSequenceToken ?? '', 'x', 'y');
    assert.deepEqual(await put(first.nextSequenceToken ?? '', 'x', 'y'), second);
    assert.deepEqual(messagesOf(await logs.get('g', 'a')), ['x', 'y', 'x', 'y']);
    // Other events, or an older token: today's AWS takes them whatever the token.
    await put(first.nextSequenceToken ?? '', 'x', 'z');
    await put(start, 'x', 'y');
    assert.equal((await logs.get('g', 'a')).events?.length, 8);
  });

  it('takes 10,000 events a call, and many calls for one stream at once', async () => {
    const upload = Array.from({ length: 10_000 }, (_, i): [number, string] => [Math.floor(i / 3), `${i}`]);
    await logs.put('g', 'a', ...upload);
    assert.deepEqual(
      messagesOf(await logs.get('g', 'a')),
      upload.map(([, message]) => message),
    );
    await Promise.all(Array.from({ length: 40 }, (_, i) => logs.put('g', 'b', [i, `${i}`])));
    assert.equal((await logs.get('g', 'b')).events?.length, 40);
    await assert.rejects(
      logs.put('g', 'a', ...upload, [10_000, 'one more']),
      refuses(/less than or equal to 10000$/),
    );
  });

  it('refuses an upload that is out of order, too long, too large or empty', async () => {
    await assert.rejects(
      logs.put('g', 'a', [1, 'x'], [0, 'y']),
      refuses('Log events in a single PutLogEvents request must be in chronological order.'),
    );
    await assert.rejects(
      logs.put('g', 'a', [-DAY_MS - 1, 'x'], [0, 'y']),
      refuses('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.'),
    );
    await assert.rejects(
      logs.put('g', 'a', [0, 'ü'.repeat(500_000)], [0, 'x'.repeat(48_525)]),
      refuses('Upload too large: 1048577 bytes exceeds limit of 1048576'),
    );
    await logs.put('g', 'a', [0, 'ü'.repeat(500_000)], [0, 'x'.repeat(48_524)]);
    await assert.rejects(logs.put('g', 'a'), refuses(/^1 validation error detected: Value at 'logEvents'/));
    await assert.rejects(
      logs.put('g', 'a', [0, 'x'], [0, '']),
      refuses(
        "1 validation error detected: Value '' at 'logEvents.2.member.message' failed to satisfy constraint: " +
          'Member must have length greater than or equal to 1',
      ),
    );
  });

  it('says which events it did not take, and takes the others', async () => {
    const old = await logs.put(
      'g',
      'a',
      [-14 * DAY_MS - 2, 'a'],
      [-14 * DAY_MS - 1, 'b'],
      [-14 * DAY_MS, 'c'],
    );
    assert.deepEqual(old.rejectedLogEventsInfo, { tooOldLogEventEndIndex: 2 });
    const young = await logs.put('g', 'a', [2 * HOUR_MS, 'd'], [2 * HOUR_MS + 1, 'e']);
    assert.deepEqual(young.rejectedLogEventsInfo, { tooNewLogEventStartIndex: 1 });
    await logs.call('PutRetentionPolicy', { logGroupName: 'g', retentionInDays: 1 });
    const expired = await logs.put('g', 'a', [-DAY_MS - 1, 'f'], [-5, 'g']);
    assert.deepEqual(expired.rejectedLogEventsInfo, { expiredLogEventEndIndex: 1 });
    assert.deepEqual(messagesOf(await logs.get('g', 'a')), ['c', 'g', 'd']);
  });
});

describe('GetLogEvents', () => {
  it('gives the last events unless asked for the first, always in order of time', async () => {
    await logs.put('g', 'a', [1, '1'], [2, '2'], [3, '3']);
    await logs.put('g', 'a', [0, '0'], [2, '2b']);
    assert.deepEqual(messagesOf(await logs.get('g', 'a', { limit: 2 })), ['2b', '3']);
    const head = await logs.get('g', 'a', { limit: 3, startFromHead: true });
    assert.deepEqual(messagesOf(head), ['0', '1', '2']);
    assert.deepEqual(head.events?.[0], {
      timestamp: logs.clock.now(),
      message: '0',
      ingestionTime: logs.clock.now(),
    });
  });

  it('starts at startTime and ends before endTime', async () => {
    const now = logs.clock.now();
    await logs.put('g', 'a', [0, '0'], [1, '1'], [15_000, '2'], [15_001, '3']);
    const window = { startTime: now + 1, endTime: now + 15_001 };
    assert.deepEqual(messagesOf(await logs.get('g', 'a', window)), ['1', '2']);
    assert.deepEqual(messagesOf(await logs.get('g', 'a', { ...window, startFromHead: true })), ['1', '2']);
    assert.deepEqual(messagesOf(await logs.get('g', 'a', { startTime: now + 15_002 })), []);
  });

  it('answers with the token it was given at an end, behind which later events turn up', async () => {
    await logs.put('g', 'a', [0, '0'], [1, '1']);
    const first = await logs.get('g', 'a', { startFromHead: true });
    assert.match(first.nextForwardToken ?? '', /^f\/\d{56}\/s$/);
    const nextToken = first.nextForwardToken;
    const end = await logs.get('g', 'a', { nextToken, startFromHead: true });
    assert.deepEqual([messagesOf(end), end.nextForwardToken], [[], nextToken]);
    const before = await logs.get('g', 'a', { nextToken: first.nextBackwardToken });
    assert.deepEqual([messagesOf(before), before.nextBackwardToken], [[], first.nextBackwardToken]);
    assert.deepEqual(messagesOf(await logs.get('g', 'a', { nextToken: end.nextBackwardToken })), ['0', '1']);
    assert.deepEqual(messagesOf(await logs.get('g', 'a', { nextToken: before.nextForwardToken })), [
      '0',
      '1',
    ]);
    await logs.put('g', 'a', [1, '2'], [5, '3']);
    assert.deepEqual(messagesOf(await logs.get('g', 'a', { nextToken })), ['2', '3']);
  });

  it('gives tokens for a stream that is still empty', async () => {
    const empty = await logs.get('g', 'a');
    await logs.put('g', 'a', [0, '0']);
    assert.deepEqual(messagesOf(await logs.get('g', 'a', { nextToken: empty.nextForwardToken })), ['0']);
    assert.deepEqual(messagesOf(await logs.get('g', 'a', { nextToken: empty.nextBackwardToken })), []);
  });

  it('holds at most a megabyte, and refuses tokens of others', async () => {
    for (let i = 0; i < 3; i++) await logs.put('g', 'a', [i, `${i}`.repeat(500_000)]);
    const page = await logs.get('g', 'a', { startFromHead: true });
    assert.equal(page.events?.length, 2);
    for (const nextToken of ['x', 'f/12', 'n/00000000000000000000000000000000000000000000000000000000']) {
      await assert.rejects(logs.get('g', 'a', { nextToken }), refuses('The specified nextToken is invalid.'));
    }
  });
});

describe('FilterLogEvents', () => {
  it('interleaves streams by time, with ids that are unique and stay', async () => {
    await logs.put('g', 'a', [0, 'a0'], [2, 'a2'], [20_000, 'a3']);
    logs.clock.advance(1);
    await logs.put('g', 'b', [0, 'b1'], [1, 'b2']);
    const page = await logs.filter('g', { interleaved: true });
    assert.deepEqual(messagesOf(page), ['a0', 'b1', 'a2', 'b2', 'a3']);
    assert.deepEqual(page.searchedLogStreams, []);
    const ids = page.events?.map(({ eventId }) => eventId) ?? [];
    assert.equal(new Set(ids).size, 5);
    for (const id of ids) assert.match(id ?? '', /^\d{56}$/);
    const again = await logs.filter('g', { logStreamNames: ['b'] });
    assert.deepEqual(
      again.events?.map(({ eventId }) => eventId),
      [ids[1], ids[3]],
    );
    assert.deepEqual(again.events?.[0], {
      logStreamName: 'b',
      timestamp: logs.clock.now(),
      message: 'b1',
      ingestionTime: logs.clock.now(),
      eventId: ids[1],
    });
  });

  it('selects by pattern, stream names, prefix and time', async () => {
    await logs.make('h', 'web/1', 'web/2', 'db/1');
    const now = logs.clock.now();
    for (const [turn, stream] of ['web/1', 'web/2', 'db/1'].entries()) {
      if (turn > 0) logs.clock.advance(1);
      await logs.put(
        'h',
        stream,
        [0, `INFO ${stream}`],
        [10, `ERROR ${stream}`],
        [20, `INFO ${stream} again`],
      );
    }
    const select = async (input: object): Promise<unknown> => messagesOf(await logs.filter('h', input));
    assert.deepEqual(await select({ filterPattern: 'ERROR' }), ['ERROR web/1', 'ERROR web/2', 'ERROR db/1']);
    assert.deepEqual(await select({ logStreamNamePrefix: 'web/', filterPattern: '[level=ERROR, name]' }), [
      'ERROR web/1',
      'ERROR web/2',
    ]);
    assert.deepEqual(await select({ logStreamNames: ['db/1'], startTime: now + 3, endTime: now + 22 }), [
      'ERROR db/1',
      'INFO db/1 again',
    ]);
    await assert.rejects(select({ filterPattern: '{ $.a = }' }), refuses('Invalid filter pattern'));
    await assert.rejects(
      select({ logStreamNames: ['db/1'], logStreamNamePrefix: 'x' }),
      refuses(/mutually exclusive/),
    );
    await assert.rejects(select({ logStreamNames: ['none'] }), (error) =>
      isApiError(error, 'ResourceNotFoundException'),
    );
    await assert.rejects(select({ nextToken: 'bm9uZQ' }), refuses('The specified nextToken is invalid.'));
  });

  it('gives the latest first when asked to', async () => {
    await logs.put('g', 'a', [0, 'a0'], [2, 'a2']);
    await logs.put('g', 'b', [1, 'b1']);
    const latest = await logs.filter('g', { startFromHead: false, limit: 2 });
    assert.deepEqual(messagesOf(latest), ['a2', 'b1']);
    assert.deepEqual(messagesOf(await logs.filter('g', { nextToken: latest.nextToken })), ['a0']);
  });

  it('looks through a large group in several answers', async () => {
    for (let i = 0; i < 12; i++) await logs.put('g', 'a', [i, 'x'.repeat(1_000_000)]);
    await logs.put('g', 'b', [100, 'needle']);
    const first = await logs.filter('g', { filterPattern: 'needle' });
    assert.deepEqual(messagesOf(first), []);
    const second = await logs.filter('g', { filterPattern: 'needle', nextToken: first.nextToken });
    assert.deepEqual([messagesOf(second), second.nextToken], [['needle'], undefined]);
  });
});
