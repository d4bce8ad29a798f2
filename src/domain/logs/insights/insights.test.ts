import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isApiError } from '../../errors.ts';
import { parseQuery } from './parse-query.ts';
import { Row } from './row.ts';
import { QueryRun, wantedOrder } from './run-query.ts';

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Events a minute apart, as a query wants them; each result row as an object. */
function answer(
  text: string,
  messages: readonly (string | object)[],
  limit?: number,
): Record<string, string>[] {
  const query = parseQuery(text);
  for (const slot of query.regexes) slot.test = (line) => new RegExp(slot.pattern).test(line);
  for (const slot of query.groups) {
    const regex = new RegExp(slot.pattern.replaceAll('(?P<', '(?<'));
    slot.match = (line) => {
      const found = Object.entries(regex.exec(line)?.groups ?? {});
      return found.length === 0 ? undefined : new Map(found.filter(([, value]) => value !== undefined));
    };
  }
  const rows = messages.map((message, index) => {
    return new Row({
      ...{
        timestamp: AT + index * 60_000,
        ingestionTime: AT,
        logStream: `s${index % 2}`,
        log: '0:g',
        ptr: 'p',
      },
      message: typeof message === 'string' ? message : JSON.stringify(message),
    });
  });
  const run = new QueryRun(query, limit);
  for (const row of wantedOrder(query) === 'desc' ? rows.toReversed() : rows) if (!run.take(row)) break;
  run.finish();
  return run.results().map((cells) => Object.fromEntries(cells.map(({ field, value }) => [field, value])));
}
/** The values of one field. */
const column = (
  field: string,
  text: string,
  messages: readonly (string | object)[],
): (string | undefined)[] => answer(text, messages).map((row) => row[field]);

describe('a query of Logs Insights', () => {
  it('shows the fields that it names, the newest event first, with a pointer', () => {
    assert.deepEqual(answer('fields @timestamp, @message, @logStream | limit 1', ['a', 'b']), [
      { '@timestamp': '2026-01-02 03:05:05.000', '@message': 'b', '@logStream': 's1', '@ptr': 'p' },
    ]);
    assert.deepEqual(Object.keys(answer('filter 1 = 1', ['a'])[0] ?? {}), ['@timestamp', '@message', '@ptr']);
    assert.deepEqual(column('@message', 'fields @message | sort @timestamp asc', ['a', 'b', 'c']), [
      'a',
      'b',
      'c',
    ]);
    assert.deepEqual(answer('fields @message', ['a', 'b', 'c'], 2).length, 2);
    const display = answer('fields @message, strlen(@message) as length # how long\n| display length', [
      'four',
    ]);
    assert.deepEqual(display, [{ length: '4', '@ptr': 'p' }]);
  });

  it('finds the members of JSON messages by their paths', () => {
    const one = { level: 'error', request: { ms: 12.345678, tags: ['x', 'y'] }, 'a b': true, none: null };
    assert.deepEqual(answer('fields level, request.ms, request.tags.1, `a b`, none, other', [one, 'text']), [
      { '@ptr': 'p' },
      { level: 'error', 'request.ms': '12.3457', 'request.tags.1': 'y', 'a b': '1', '@ptr': 'p' },
    ]);
  });

  const EVENTS = [{ n: 5, s: 'five' }, { n: 10, s: 'Ten' }, { s: 'none' }, 'plain five'];
  const FILTERS: readonly [string, string[]][] = [
    ['n = 5', ['five']],
    ['n != 5', ['Ten', 'none', '']],
    ['n < 10', ['five']],
    ['n >= 5 and n <= 10', ['five', 'Ten']],
    ['n > 5 or s = "none"', ['Ten', 'none']],
    ['not (n > 5 or s = "none")', ['five', '']],
    ['s in ["five", \'none\']', ['five', 'none']],
    ['n not in [5]', ['Ten', 'none', '']],
    ['@message like "five"', ['five', '']],
    ['@message like /^plain (five|six)/', ['']],
    ['@message not like /five/', ['Ten', 'none']],
    ['s =~ /^[A-Z]/', ['Ten']],
    ['ispresent(n) and n + 2 * 3 = 11', ['five']],
    ['n / 5 = 2', ['Ten']],
    ['-n = -5', ['five']],
    ['tolower(s) = "ten"', ['Ten']],
    ['strcontains(s, "o")', ['none']],
  ];
  for (const [filter, expected] of FILTERS) {
    it(`filters by ${filter}`, () => {
      const found = answer(`fields s | filter ${filter} | sort @timestamp asc`, EVENTS).map(
        (row) => row['s'] ?? '',
      );
      assert.deepEqual(found, expected);
    });
  }

  it('counts and calculates by periods and fields', () => {
    const calls = [1, 2, 3, 4, 100].map((ms, index) => ({ ms, path: index < 2 ? '/a' : '/b' }));
    assert.deepEqual(answer('stats count(*) by bin(2m) | sort bin(2m) asc', calls), [
      { 'bin(2m)': '2026-01-02 03:04:00.000', 'count(*)': '2' },
      { 'bin(2m)': '2026-01-02 03:06:00.000', 'count(*)': '2' },
      { 'bin(2m)': '2026-01-02 03:08:00.000', 'count(*)': '1' },
    ]);
    const query =
      'stats count() as n, sum(ms) as s, avg(ms) as a, min(ms), max(ms), pct(ms, 50) as p, sum(ms) / count(*) as q' +
      ' by path | sort n desc';
    assert.deepEqual(answer(query, calls), [
      { path: '/b', n: '3', s: '107', a: '35.6667', 'min(ms)': '3', 'max(ms)': '100', p: '4', q: '35.6667' },
      { path: '/a', n: '2', s: '3', a: '1.5', 'min(ms)': '1', 'max(ms)': '2', p: '1', q: '1.5' },
    ]);
    assert.deepEqual(answer('filter ms > 500 | stats count(*) as n, max(ms) as m', calls), [{ n: '0' }]);
    const distinct = 'stats count_distinct(path) as paths, latest(ms) as last, earliest(ms) as first';
    assert.deepEqual(answer(distinct, calls), [{ paths: '2', last: '100', first: '1' }]);
    assert.deepEqual(answer('stats count(*) as n by path | filter n > 2', calls), [{ path: '/b', n: '3' }]);
  });

  it('takes texts apart by a pattern of stars, sorts by what it found, and leaves repeated rows out', () => {
    const lines = ['GET /b took 7 ms', 'GET /a took 30 ms', 'odd', 'GET /a took 4 ms'];
    const query = 'parse @message "* * took * ms" as method, path, ms | filter ispresent(ms) | sort ms desc';
    assert.deepEqual(column('ms', `fields ms | ${query}`, lines), ['30', '7', '4']);
    assert.deepEqual(column('path', `${query} | dedup path | display path`, lines), ['/a', '/b']);
    assert.deepEqual(column('rest', 'parse "GET *" as rest | filter rest like "b" | display rest', lines), [
      '/b took 7 ms',
    ]);
  });

  const MALFORMED: readonly [string, RegExp, number][] = [
    ['', /empty/, 0],
    ['count()', /unexpected symbol found count at position 0/, 0],
    ['fields @message | count()', /unexpected symbol found count/, 18],
    ['fields', /unexpected symbol found <EOF>/, 6],
    ['fields @message |', /unexpected symbol found <EOF>/, 17],
    ['filter @message like', /unexpected symbol found <EOF>/, 20],
    ['filter a = "open', /unexpected symbol found "/, 11],
    ['fields a ? b', /unexpected symbol found \?/, 9],
    ['stats a by b', /unexpected symbol/, 12],
    ['stats count(*) by bin(5x)', /./, 22],
    ['limit 0', /limit must be between 1 and 10000/, 6],
    ['fields nosuch(a)', /unexpected symbol found nosuch/, 7],
    ['parse @message /(x)/', /needs a named group/, 15],
    ['fields a | parse b /x', /unexpected symbol found <EOF>/, 21],
    ['parse "* *" as one', /2 fields in the pattern, and 1 names/, 6],
    ['fields strlen(a, b)', /Invalid arguments for: strlen/, 7],
    [`filter ${'('.repeat(200)}1`, /unexpected symbol found \(/, 107],
  ];
  for (const [text, words, at] of MALFORMED) {
    it('takes fields out of messages by the named groups of a regular expression', () => {
      const lines = ['user=ann, took 5 ms', 'user=bob', 'nobody'];
      const rows = answer(
        'parse @message /user=(?<@user>\\w+)(?:, took (?<ms>\\d+) ms)?/ | sort @timestamp asc',
        lines,
      );
      assert.deepEqual(
        rows.map((row) => [row['@user'], row['ms']]),
        [
          ['ann', '5'],
          ['bob', undefined],
          [undefined, undefined],
        ],
      );
      assert.deepEqual(Object.keys(rows[0] ?? {}), ['@timestamp', '@message', '@user', 'ms', '@ptr']);
      const took = 'parse /took (?P<ms>[0-9]*)(?<unit> [a-z]+)/ | filter ispresent(unit)';
      assert.deepEqual(answer(`${took} | stats sum(ms) as total by unit`, lines), [
        { unit: ' ms', total: '5' },
      ]);
      const json = [{ path: '/a/b' }];
      assert.deepEqual(column('last', 'parse path /([(?<x>]|\\/a)\\/(?<last>.*)/', json), ['b']);
      assert.deepEqual(column('half', 'fields 6 / 2 as half', ['x']), ['3']);
    });

    it(`is refused with the place: ${text.slice(0, 40)}`, () => {
      assert.throws(
        () => parseQuery(text),
        (error) => {
          assert.ok(isApiError(error, 'MalformedQueryException'));
          assert.match(error.message, words);
          const { location } = error.fields['queryCompileError'] as { location: { startCharOffset: number } };
          assert.equal(location.startCharOffset, at);
          return true;
        },
      );
    });
  }
});
