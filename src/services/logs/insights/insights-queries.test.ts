import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { GetQueryResultsResponse, QueryInfo } from '@aws-sdk/client-cloudwatch-logs';
import { TestLogs } from '../../../../test/support/logs/logs-service.ts';
import { isApiError } from '../../../domain/errors.ts';

let logs: TestLogs;
beforeEach(async () => {
  logs = new TestLogs();
  await logs.make('g', 'a', 'b');
  await logs.make('h', 'c');
});

/** Another process over the same store. */
const restart = (): void => {
  logs = new TestLogs(logs.store, logs.clock);
};
const start = async (queryString: string, input: object = {}): Promise<string> => {
  const now = Math.floor(logs.clock.now() / 1000);
  const { queryId } = await logs.call<{ queryId: string }>('StartQuery', {
    ...{ logGroupName: 'g', startTime: now - 3600, endTime: now + 3600, queryString },
    ...input,
  });
  return queryId;
};
const ended = async (queryId: string): Promise<GetQueryResultsResponse> => {
  for (;;) {
    const answer = await logs.call<GetQueryResultsResponse>('GetQueryResults', { queryId });
    if (answer.status !== 'Running') return answer;
    await setImmediate();
  }
};
const values = ({ results = [] }: GetQueryResultsResponse, wanted: string): (string | undefined)[] =>
  results.map((row) => row.find(({ field }) => field === wanted)?.value);
const refused =
  (code: string, message: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(isApiError(error, code), String(error));
    assert.match(error.message, message);
    return true;
  };

describe('StartQuery', () => {
  it('looks through the streams of its groups between two times, and counts what it saw', async () => {
    await logs.put('g', 'a', [0, 'first'], [2_000, 'third']);
    await logs.put('g', 'b', [1_000, 'second one']);
    await logs.put('h', 'c', [1_500, 'between']);
    const query = 'fields @message, @logStream, @log | filter @message like /^(first|second)/';
    const answer = await ended(await start(query));
    assert.equal(answer.status, 'Complete');
    assert.equal(answer.queryLanguage, 'CWLI');
    assert.deepEqual(values(answer, '@message'), ['second one', 'first']);
    assert.deepEqual(values(answer, '@logStream'), ['b', 'a']);
    assert.deepEqual(values(answer, '@log'), ['000000000000:g', '000000000000:g']);
    assert.deepEqual(answer.statistics, {
      ...{ recordsMatched: 2, recordsScanned: 3, bytesScanned: 'firstthirdsecond one'.length + 3 * 26 },
      ...{ estimatedRecordsSkipped: 0, estimatedBytesSkipped: 0, logGroupsScanned: 1 },
    });
    const both = { logGroupName: undefined, logGroupNames: ['g', 'h'] };
    const merged = await ended(await start('fields @message | sort @timestamp asc', both));
    assert.deepEqual(values(merged, '@message'), ['first', 'second one', 'between', 'third']);
    const now = logs.clock.now();
    const narrow = { startTime: now + 1_000, endTime: now + 1_999 };
    assert.deepEqual(values(await ended(await start('fields @message', narrow)), '@message'), ['second one']);
  });

  it('refuses what is no query, with the place, and groups that are not there', async () => {
    await assert.rejects(start('fields @message | nonsense'), (error) => {
      assert.ok(isApiError(error, 'MalformedQueryException'));
      const { location } = error.fields['queryCompileError'] as { location: object };
      assert.deepEqual(location, { startCharOffset: 18, endCharOffset: 26 });
      return true;
    });
    await assert.rejects(
      start('filter @message like /(/'),
      refused('MalformedQueryException', /Invalid regular/),
    );
    await assert.rejects(
      start('fields a', { logGroupName: 'none' }),
      refused('ResourceNotFoundException', /group/),
    );
    await assert.rejects(
      start('fields a', { logGroupNames: ['h'] }),
      refused('InvalidParameterException', /one of/),
    );
    await assert.rejects(start('fields a', { endTime: 5 }), refused('InvalidParameterException', /endTime/));
    await assert.rejects(start('fields a', { limit: 10_001 }), refused('InvalidParameterException', /10000/));
  });
});

describe('queries', () => {
  it('are listed, the newest first, and unknown ones are not found', async () => {
    const first = await start('fields a');
    await ended(first);
    const second = await start('fields b', { logGroupName: 'h' });
    await ended(second);
    const list = async (input: object = {}): Promise<QueryInfo[]> =>
      (await logs.call<{ queries: QueryInfo[] }>('DescribeQueries', input)).queries;
    assert.deepEqual(
      (await list()).map(({ queryString, status }) => [queryString, status]),
      [
        ['fields b', 'Complete'],
        ['fields a', 'Complete'],
      ],
    );
    assert.deepEqual(
      (await list({ logGroupName: 'g' })).map(({ queryId }) => queryId),
      [first],
    );
    assert.deepEqual(await list({ status: 'Running' }), []);
    const page = await logs.call<{ queries: QueryInfo[]; nextToken: string }>('DescribeQueries', {
      maxResults: 1,
    });
    assert.deepEqual(
      page.queries.map(({ queryId }) => queryId),
      [second],
    );
    assert.deepEqual(
      (await list({ nextToken: page.nextToken })).map(({ queryId }) => queryId),
      [first],
    );
    await assert.rejects(
      logs.call('GetQueryResults', { queryId: 'none' }),
      refused('ResourceNotFoundException', /none/),
    );
  });

  it('are stopped while they run', async () => {
    await logs.put('g', 'a', ...Array.from({ length: 5_000 }, (_, index): [number, string] => [index, 'x']));
    const queryId = await start('stats count(*)');
    assert.deepEqual(await logs.call('StopQuery', { queryId }), { success: true });
    assert.equal((await ended(queryId)).status, 'Cancelled');
    const again = logs.call('StopQuery', { queryId });
    await assert.rejects(again, refused('InvalidParameterException', /not running/));
  });

  it('are there after a restart, and give their results again', async () => {
    await logs.put('g', 'a', [0, 'one'], [1, 'two']);
    const queryId = await start('fields @message | parse @message /(?<letter>o)/ | limit 1');
    const before = await ended(queryId);
    assert.deepEqual(values(before, 'letter'), ['o']);
    const { queries } = await logs.call<{ queries: QueryInfo[] }>('DescribeQueries');
    restart();
    assert.deepEqual((await logs.call<{ queries: QueryInfo[] }>('DescribeQueries')).queries, queries);
    assert.deepEqual(await ended(queryId), before);
  });

  it('that a restart has interrupted go on, and end', async () => {
    await logs.put('g', 'a', ...Array.from({ length: 5_000 }, (_, index): [number, string] => [index, 'x']));
    const queryId = await start('stats count(*) as n');
    restart();
    const { queries } = await logs.call<{ queries: QueryInfo[] }>('DescribeQueries', { status: 'Running' });
    assert.deepEqual(
      queries.map((query) => query.queryId),
      [queryId],
    );
    assert.deepEqual(values(await ended(queryId), 'n'), ['5000']);
    const stopped = await start('stats count(*)');
    await logs.call('StopQuery', { queryId: stopped });
    restart();
    assert.equal((await ended(stopped)).status, 'Cancelled');
  });

  it('are kept for a week, a hundred of them', async () => {
    const first = await start('fields a');
    await ended(first);
    for (let n = 0; n < 100; n += 1) await ended(await start('fields a'));
    await assert.rejects(ended(first), refused('ResourceNotFoundException', /does not exist/));
    const last = await start('fields a');
    await ended(last);
    logs.clock.advance(8 * 86_400_000);
    await start('fields a');
    restart();
    const { queries } = await logs.call<{ queries: QueryInfo[] }>('DescribeQueries');
    assert.equal(queries.length, 1);
    await assert.rejects(ended(last), refused('ResourceNotFoundException', /does not exist/));
  });
});

describe('GetLogRecord', () => {
  const record = (logRecordPointer: string) =>
    logs.call<{ logRecord: Record<string, string> }>('GetLogRecord', { logRecordPointer });
  const pointers = async (): Promise<string[]> =>
    values(await ended(await start('fields @ptr')), '@ptr').map((pointer) => pointer ?? '');

  it('shows all fields of an event that a query has found', async () => {
    const now = logs.clock.now();
    await logs.put(
      'g',
      'b',
      [0, 'plain'],
      [0, JSON.stringify({ level: 'warn', took: { ms: 1.23456 }, ok: true })],
    );
    const [second = '', first = ''] = await pointers();
    const own = { '@ingestionTime': String(now), '@log': '000000000000:g', '@logStream': 'b' };
    assert.deepEqual((await record(first)).logRecord, {
      ...{ '@message': 'plain', '@timestamp': String(now) },
      ...own,
    });
    assert.deepEqual((await record(second)).logRecord, {
      ...{ '@message': '{"level":"warn","took":{"ms":1.23456},"ok":true}', '@timestamp': String(now) },
      ...{ level: 'warn', 'took.ms': '1.23456', ok: 'true' },
      ...own,
    });
  });

  it('finds nothing behind what is no pointer, or points at what is gone', async () => {
    await logs.put('g', 'a', [0, 'one']);
    const [pointer = ''] = await pointers();
    await assert.rejects(record('nonsense'), refused('InvalidParameterException', /logRecordPointer/));
    await logs.call('DeleteLogStream', { logGroupName: 'g', logStreamName: 'a' });
    await logs.call('CreateLogStream', { logGroupName: 'g', logStreamName: 'a' });
    await assert.rejects(record(pointer), refused('ResourceNotFoundException', /log record/));
    await logs.call('DeleteLogGroup', { logGroupName: 'g' });
    await assert.rejects(record(pointer), refused('ResourceNotFoundException', /log group/));
  });
});
