import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { messagesOf, TestLogs } from '../../../../test/support/logs/logs-service.ts';
import { isApiError } from '../../../domain/errors.ts';
import { expireLogEvents } from '../retention.ts';

const DAY_MS = 24 * 3_600_000;
const MISSING_GROUP = 'The specified log group does not exist.';
const MISSING_STREAM = 'The specified log stream does not exist.';

const fails =
  (code: string, message?: string) =>
  (error: unknown): boolean => {
    assert.ok(isApiError(error), String(error));
    assert.equal(error.code, code);
    if (message !== undefined) assert.equal(error.message, message);
    return true;
  };

let logs: TestLogs;
beforeEach(() => {
  logs = new TestLogs();
});

describe('Log groups', () => {
  it('are made, described and deleted', async () => {
    await logs.call('CreateLogGroup', { logGroupName: '/ecs/a', tags: { team: 'x' } });
    const arn = 'arn:aws:logs:eu-west-1:000000000000:log-group:/ecs/a';
    assert.deepEqual(await logs.call('DescribeLogGroups'), {
      logGroups: [
        {
          logGroupName: '/ecs/a',
          creationTime: logs.clock.now(),
          metricFilterCount: 0,
          arn: `${arn}:*`,
          logGroupArn: arn,
          storedBytes: 0,
          logGroupClass: 'STANDARD',
          deletionProtectionEnabled: false,
        },
      ],
    });
    await assert.rejects(
      logs.call('CreateLogGroup', { logGroupName: '/ecs/a' }),
      fails('ResourceAlreadyExistsException', 'The specified log group already exists'),
    );
    await logs.call('DeleteLogGroup', { logGroupName: '/ecs/a' });
    assert.deepEqual(await logs.call('DescribeLogGroups'), { logGroups: [] });
    await assert.rejects(
      logs.call('DeleteLogGroup', { logGroupName: '/ecs/a' }),
      fails('ResourceNotFoundException', MISSING_GROUP),
    );
  });

  it('are listed by name, page by page, by prefix and by pattern', async () => {
    const names = ['/a-1', '/a/1', '/b', '/b/a', 'a', 'z#_.'];
    for (const name of names.toReversed()) await logs.make(name);
    const seen: unknown[] = [];
    let nextToken: string | undefined;
    do {
      const page: { logGroups: { logGroupName: string }[]; nextToken?: string } = await logs.call(
        'DescribeLogGroups',
        {
          limit: 2,
          nextToken,
        },
      );
      seen.push(...page.logGroups.map(({ logGroupName }) => logGroupName));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    assert.deepEqual(seen, names);
    const list = async (input: object): Promise<string[]> =>
      (await logs.call<{ logGroups: { logGroupName: string }[] }>('DescribeLogGroups', input)).logGroups.map(
        ({ logGroupName }) => logGroupName,
      );
    assert.deepEqual(await list({ logGroupNamePrefix: '/b' }), ['/b', '/b/a']);
    assert.deepEqual(await list({ logGroupNamePattern: 'a', limit: 3 }), ['/a-1', '/a/1', '/b/a']);
    assert.deepEqual(await list({ logGroupIdentifiers: ['a', 'none'] }), ['a']);
    await assert.rejects(
      list({ logGroupNamePrefix: '/b', logGroupNamePattern: 'a' }),
      fails('InvalidParameterException'),
    );
    await assert.rejects(
      list({ nextToken: 'made up' }),
      fails('InvalidParameterException', 'The specified nextToken is invalid.'),
    );
  });

  it("refuse what AWS refuses, in AWS's form", async () => {
    const pattern = 'Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+';
    await assert.rejects(
      logs.call('CreateLogGroup', { logGroupName: 'a b' }),
      fails(
        'InvalidParameterException',
        `1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: ${pattern}`,
      ),
    );
    const long = 'x'.repeat(513);
    await assert.rejects(
      logs.call('CreateLogStream', { logGroupName: long, logStreamName: 'a:b' }),
      fails(
        'InvalidParameterException',
        `2 validation errors detected: Value '${long}' at 'logGroupName' failed to satisfy constraint: ` +
          "Member must have length less than or equal to 512; Value 'a:b' at 'logStreamName' failed to satisfy " +
          'constraint: Member must satisfy regular expression pattern: [^:*]*',
      ),
    );
    await assert.rejects(
      logs.call('DescribeLogGroups', { limit: 51 }),
      fails(
        'InvalidParameterException',
        "1 validation error detected: Value '51' at 'limit' failed to satisfy constraint: " +
          'Member must have value less than or equal to 50',
      ),
    );
    await assert.rejects(
      logs.call('CreateLogGroup', { logGroupName: 'aws/x' }),
      fails('InvalidParameterException'),
    );
    await logs.make('x'.repeat(512), '/'.repeat(512));
  });

  it('keep tags by both families of operations', async () => {
    await logs.make('g');
    const resourceArn = 'arn:aws:logs:eu-west-1:000000000000:log-group:g';
    await logs.call('TagResource', { resourceArn, tags: { a: '1', b: '2' } });
    await logs.call('TagLogGroup', { logGroupName: 'g', tags: { b: '3', c: '' } });
    await logs.call('UntagResource', { resourceArn, tagKeys: ['a', 'none'] });
    assert.deepEqual(await logs.call('ListTagsForResource', { resourceArn }), { tags: { b: '3', c: '' } });
    await logs.call('UntagLogGroup', { logGroupName: 'g', tags: ['c'] });
    assert.deepEqual(await logs.call('ListTagsLogGroup', { logGroupName: 'g' }), { tags: { b: '3' } });
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, '']));
    await assert.rejects(
      logs.call('TagResource', { resourceArn, tags: many }),
      fails('TooManyTagsException'),
    );
    for (const tags of [{}, { 'aws:x': '' }, { 'x!': '' }, { x: 'y'.repeat(257) }]) {
      await assert.rejects(
        logs.call('TagResource', { resourceArn, tags }),
        fails('InvalidParameterException'),
      );
    }
    for (const arn of [resourceArn.replace('000000000000', '111111111111'), `${resourceArn}x`]) {
      await assert.rejects(
        logs.call('ListTagsForResource', { resourceArn: arn }),
        fails('ResourceNotFoundException', MISSING_GROUP),
      );
    }
  });
});

describe('Log streams', () => {
  it('are made, described and deleted', async () => {
    await logs.make('g', 's');
    await assert.rejects(
      logs.call('CreateLogStream', { logGroupName: 'g', logStreamName: 's' }),
      fails('ResourceAlreadyExistsException', 'The specified log stream already exists'),
    );
    await assert.rejects(
      logs.call('CreateLogStream', { logGroupName: 'none', logStreamName: 's' }),
      fails('ResourceNotFoundException', MISSING_GROUP),
    );
    await logs.put('g', 's', [-5, 'a'], [0, 'b']);
    const { logStreams } = await logs.call<{ logStreams: Record<string, unknown>[] }>('DescribeLogStreams', {
      logGroupIdentifier: 'arn:aws:logs:eu-west-1:000000000000:log-group:g',
    });
    const { uploadSequenceToken, ...rest } = logStreams[0] ?? {};
    assert.match(String(uploadSequenceToken), /^\d{56}$/);
    assert.deepEqual(rest, {
      logStreamName: 's',
      creationTime: logs.clock.now(),
      arn: 'arn:aws:logs:eu-west-1:000000000000:log-group:g:log-stream:s',
      storedBytes: 0,
      firstEventTimestamp: logs.clock.now() - 5,
      lastEventTimestamp: logs.clock.now(),
      lastIngestionTime: logs.clock.now(),
    });
    await logs.call('DeleteLogStream', { logGroupName: 'g', logStreamName: 's' });
    await assert.rejects(logs.get('g', 's'), fails('ResourceNotFoundException', MISSING_STREAM));
    await logs.make('h', 's');
    await logs.call('CreateLogStream', { logGroupName: 'g', logStreamName: 's' });
    assert.deepEqual(messagesOf(await logs.get('g', 's')), [], 'a stream made again is empty');
  });

  it('are ordered by name or by last event, either way, page by page', async () => {
    await logs.make('g', 'b/x', 'b-x', 'a', 'c');
    await logs.put('g', 'c', [-10, 'x']);
    await logs.put('g', 'a', [-5, 'x']);
    await logs.put('g', 'b/x', [0, 'x']);
    const list = async (input: object): Promise<unknown[]> => {
      const names: unknown[] = [];
      let nextToken: string | undefined;
      do {
        const page: { logStreams: { logStreamName: string }[]; nextToken?: string } = await logs.call(
          'DescribeLogStreams',
          { logGroupName: 'g', limit: 3, nextToken, ...input },
        );
        names.push(...page.logStreams.map(({ logStreamName }) => logStreamName));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      return names;
    };
    assert.deepEqual(await list({}), ['a', 'b-x', 'b/x', 'c']);
    assert.deepEqual(await list({ descending: true }), ['c', 'b/x', 'b-x', 'a']);
    assert.deepEqual(await list({ logStreamNamePrefix: 'b' }), ['b-x', 'b/x']);
    assert.deepEqual(await list({ orderBy: 'LastEventTime' }), ['b-x', 'c', 'a', 'b/x']);
    assert.deepEqual(await list({ orderBy: 'LastEventTime', descending: true }), ['b/x', 'a', 'c', 'b-x']);
    await assert.rejects(
      list({ orderBy: 'LastEventTime', logStreamNamePrefix: 'b' }),
      fails('InvalidParameterException', 'Cannot order by LastEventTime with a logStreamNamePrefix.'),
    );
  });
});

describe('Retention', () => {
  it('is set, shown, removed, and only takes the values that AWS takes', async () => {
    await logs.make('g');
    const shown = async (): Promise<unknown> =>
      (await logs.call<{ logGroups: { retentionInDays?: number }[] }>('DescribeLogGroups')).logGroups[0]
        ?.retentionInDays;
    await logs.call('PutRetentionPolicy', { logGroupName: 'g', retentionInDays: 7 });
    assert.equal(await shown(), 7);
    await logs.call('DeleteRetentionPolicy', { logGroupName: 'g' });
    assert.equal(await shown(), undefined);
    await assert.rejects(
      logs.call('PutRetentionPolicy', { logGroupName: 'g', retentionInDays: 2 }),
      fails('InvalidParameterException'),
    );
  });

  it('deletes events that have grown too old, and counts what is stored', async () => {
    await logs.make('g', 's', 'quiet');
    await logs.make('kept', 's');
    await logs.call('PutRetentionPolicy', { logGroupName: 'g', retentionInDays: 1 });
    for (let i = 0; i < 200; i++) await logs.put('g', 's', [i * 20_000, `old ${i}`]);
    await logs.put('kept', 's', [0, 'kept']);
    logs.clock.advance(DAY_MS + 2 * 3_600_000);
    await logs.put('g', 's', [0, 'new']);
    await expireLogEvents(logs, logs.clock.now());
    assert.deepEqual(messagesOf(await logs.get('g', 's', { startFromHead: true })), ['new']);
    assert.deepEqual(messagesOf(await logs.get('kept', 's')), ['kept']);
    const { logGroups } = await logs.call<{ logGroups: { storedBytes: number }[] }>('DescribeLogGroups');
    assert.deepEqual(
      logGroups.map(({ storedBytes }) => storedBytes),
      [29, 30],
    );
    const { logStreams } = await logs.call<{ logStreams: { firstEventTimestamp: number }[] }>(
      'DescribeLogStreams',
      {
        logGroupName: 'g',
        logStreamNamePrefix: 's',
      },
    );
    assert.equal(logStreams[0]?.firstEventTimestamp, logs.clock.now());
  });

  it('leaves nothing of deleted groups and streams behind', async () => {
    await logs.make('g', 's', 't');
    await logs.make('h', 's');
    for (let i = 0; i < 100; i++) {
      await logs.put('g', 's', [i, 'x']);
      await logs.put('h', 's', [i, 'x']);
    }
    await logs.put('h', 's', [0, 'x']);
    await logs.call('DeleteLogGroup', { logGroupName: 'g' });
    await logs.call('DeleteLogStream', { logGroupName: 'h', logStreamName: 's' });
    await expireLogEvents(logs, logs.clock.now());
    const left = await logs.store.range({ prefix: '' });
    assert.deepEqual(
      left.map(({ key }) => key),
      ['log/group/000000000000/eu-west-1/h'],
    );
  });
});
