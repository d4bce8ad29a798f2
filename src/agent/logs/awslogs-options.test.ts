import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { awslogsOptions } from './awslogs-options.ts';

const owner = { taskId: 't1', containerName: 'web', region: 'eu-west-1' };
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
      mode: 'blocking',
      maxBufferBytes: 10 * 2 ** 20,
    });
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
    it(`mark the first line of an event by ${name}`, () => {
      const { firstLine } = parse(options as Record<string, string>);
      assert.ok(firstLine?.test(line));
      assert.ok(!firstLine?.test(other));
    });
  }

  it('refuse both kinds of pattern at once, and what is no pattern', () => {
    const both = { 'awslogs-datetime-format': '%Y', 'awslogs-multiline-pattern': 'x' };
    assert.throws(() => parse(both), /at the same time/);
    assert.throws(() => parse({ 'awslogs-multiline-pattern': '(' }), /could not parse multiline pattern/);
  });
});
