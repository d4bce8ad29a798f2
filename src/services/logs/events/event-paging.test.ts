import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { messagesOf, TestLogs } from '../../../../test/support/logs/logs-service.ts';

const byText = (a = '', b = ''): number => a.localeCompare(b);
let logs: TestLogs;

describe('Paging', () => {
  const upload = fc.record({
    stream: fc.constantFrom('a', 'b'),
    times: fc.array(fc.nat(60_000), { minLength: 1, maxLength: 12 }),
    tick: fc.boolean(),
  });
  const uploads = fc.array(upload, { minLength: 1, maxLength: 8 });

  /** Puts the uploads and answers each stream's messages in the order in which they must be read. */
  async function putAll(
    given: { stream: string; times: number[]; tick: boolean }[],
  ): Promise<Map<string, string[]>> {
    logs = new TestLogs();
    await logs.make('g', 'a', 'b');
    const start = logs.clock.now();
    const all: { stream: string; time: number; upload: number; message: string }[] = [];
    for (const [index, { stream, times, tick }] of given.entries()) {
      if (tick) logs.clock.advance(1);
      const events = times
        .toSorted((x, y) => x - y)
        .map((time, i) => ({ stream, time, upload: index, message: `${index}.${i}` }));
      const offset = start - logs.clock.now();
      await logs.put(
        'g',
        stream,
        ...events.map(({ time, message }): [number, string] => [time + offset, message]),
      );
      all.push(...events);
    }
    const ordered = all.toSorted((x, y) => x.time - y.time || x.upload - y.upload);
    const of = (wanted: (stream: string) => boolean): string[] =>
      ordered.filter(({ stream }) => wanted(stream)).map(({ message }) => message);
    return new Map([
      ['a', of((stream) => stream === 'a')],
      ['b', of((stream) => stream === 'b')],
      ['all', of(() => true)],
    ]);
  }

  it('gives every event of a stream exactly once, in both directions', async () => {
    await fc.assert(
      fc.asyncProperty(uploads, fc.integer({ min: 1, max: 7 }), async (given, limit) => {
        const expected = (await putAll(given)).get('a');
        const forward: unknown[] = [];
        const backward: unknown[] = [];
        let page = await logs.get('g', 'a', { limit, startFromHead: true });
        for (let token: string | undefined; token !== page.nextForwardToken; ) {
          forward.push(...messagesOf(page));
          token = page.nextForwardToken;
          page = await logs.get('g', 'a', { limit, nextToken: token, startFromHead: true });
        }
        page = await logs.get('g', 'a', { limit });
        for (let token: string | undefined; token !== page.nextBackwardToken; ) {
          backward.unshift(...messagesOf(page));
          token = page.nextBackwardToken;
          page = await logs.get('g', 'a', { limit, nextToken: token });
        }
        assert.deepEqual(forward, expected);
        assert.deepEqual(backward, expected);
      }),
      { numRuns: 60 },
    );
  });

  it('gives every event of a group exactly once, in both directions', async () => {
    await fc.assert(
      fc.asyncProperty(uploads, fc.integer({ min: 1, max: 7 }), async (given, limit) => {
        const expected = ((await putAll(given)).get('all') ?? []).toSorted(byText);
        for (const startFromHead of [true, false]) {
          const seen: (string | undefined)[] = [];
          const times: number[] = [];
          let nextToken: string | undefined;
          do {
            const page = await logs.filter('g', { limit, nextToken, startFromHead });
            seen.push(...messagesOf(page));
            times.push(...(page.events ?? []).map(({ timestamp }) => timestamp ?? 0));
            nextToken = page.nextToken;
          } while (nextToken !== undefined);
          assert.deepEqual(seen.toSorted(byText), expected);
          assert.deepEqual(
            times,
            times.toSorted((x, y) => (startFromHead ? x - y : y - x)),
          );
        }
      }),
      { numRuns: 60 },
    );
  });
});
