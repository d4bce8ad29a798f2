import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRetryAfter } from './status-error.ts';

describe('Retry-After', () => {
  const now = Date.parse('2026-01-02T03:04:05Z');
  const cases: [name: string, header: string | undefined, expected: number | undefined][] = [
    ['counts seconds', '7', 7000],
    ['names a moment', 'Fri, 02 Jan 2026 03:04:17 GMT', 12_000],
    ['names a moment that is past', 'Fri, 02 Jan 2026 03:04:00 GMT', 0],
    ['is not sent', undefined, undefined],
    ['is nonsense', 'soon', undefined],
  ];
  for (const [name, header, expected] of cases) {
    it(name, () => assert.equal(parseRetryAfter(header, now), expected));
  }
});
