import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Re2LinePatterns } from '../../drivers/line-patterns-re2/re2-line-patterns.ts';
import { awslogsOptions } from './awslogs-options.ts';

const owner = {
  ...{ taskId: 't1', containerName: 'web', region: 'eu-west-1' },
  defaultMode: 'non-blocking' as const,
};
const parse = (options: Record<string, string>): ReturnType<typeof awslogsOptions> =>
  awslogsOptions({ logDriver: 'awslogs', options: { 'awslogs-group': 'g', ...options } }, owner);

describe('awslogs options', () => {
  it('name the stream by prefix, container and task', () => {
    assert.equal(parse({ 'awslogs-stream-prefix': 'app' }).stream, 'app/web/t1');
  });

  it('have defaults', () => {
    assert.deepEqual(parse({}), {
      group: 'g',
      stream: 'web/t1',
      region: 'eu-west-1',
      createGroup: false,
      createStream: true,
      firstLine: undefined,
      endpoint: undefined,
      flushIntervalMs: undefined,
      mode: 'non-blocking',
      maxBufferBytes: 10 * 2 ** 20,
    });
  });

  it('have the account’s mode unless they say one', () => {
    assert.equal(parse({ mode: 'blocking' }).mode, 'blocking');
    assert.equal(
      awslogsOptions(
        { logDriver: 'awslogs', options: { 'awslogs-group': 'g' } },
        { ...owner, defaultMode: 'blocking' },
      ).mode,
      'blocking',
    );
    assert.throws(() => parse({ mode: 'fast' }), /invalid mode "fast"/);
  });

  it('may name an endpoint', () => {
    assert.equal(parse({ 'awslogs-endpoint': 'http://logs.test:81' }).endpoint?.port, '81');
    assert.equal(parse({ 'awslogs-endpoint': 'logs.test' }).endpoint?.href, 'https://logs.test/');
    for (const text of ['http://', 'https://a/b', 'https://u@a']) {
      assert.throws(() => parse({ 'awslogs-endpoint': text }), /awslogs-endpoint/);
    }
  });

  it('may say how long an event waits for company', () => {
    assert.equal(parse({ 'awslogs-force-flush-interval-seconds': '2' }).flushIntervalMs, 2_000);
    assert.throws(() => parse({ 'awslogs-force-flush-interval-seconds': '0' }), /positive integer/);
  });

  it('understand sizes', () => {
    assert.equal(parse({ 'max-buffer-size': '25m' }).maxBufferBytes, 25 * 2 ** 20);
    assert.equal(parse({ 'max-buffer-size': '4k' }).maxBufferBytes, 4_096);
  });

  for (const { name, options, line, other } of [
    {
      name: 'a pattern',
      options: { 'awslogs-multiline-pattern': '^(INFO|WARN)' },
      line: 'INFO a',
      other: ' INFO',
    },
    { name: 'Go’s flags', options: { 'awslogs-multiline-pattern': '(?i)^info' }, line: 'INFO', other: 'x' },
    {
      name: 'a time',
      options: { 'awslogs-datetime-format': '[%b %d, %Y %H:%M:%S]' },
      line: '[May 01, 2026 19:00:01] a',
      other: '[Mai 01, 2026 19:00:01] a',
    },
    {
      name: 'a time in digits',
      options: { 'awslogs-datetime-format': '%Y-%m-%d' },
      line: '2026-11-23',
      other: '26-11',
    },
  ]) {
    it(`mark the first line of an event by ${name}`, async () => {
      const { firstLine = '' } = parse(options as Record<string, string>);
      const test = await new Re2LinePatterns().compile(firstLine);
      assert.ok(test(line));
      assert.ok(!test(other));
    });
  }

  it('refuse both kinds of pattern at once', () => {
    const both = { 'awslogs-datetime-format': '%Y', 'awslogs-multiline-pattern': 'x' };
    assert.throws(() => parse(both), /at the same time/);
  });
});
