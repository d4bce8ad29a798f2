import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import { Re2LinePatterns } from './re2-line-patterns.ts';

describe('Line patterns', () => {
  const patterns = new Re2LinePatterns();

  it('are Go’s: flags in front, classes by name, no need to match a whole line', async () => {
    const test = await patterns.compile('(?i)^[[:digit:]]{4} (info|warn)\\b');
    assert.equal(test('2026 WARN: low'), true);
    assert.equal(test('2026 warned'), false);
    assert.equal(test(' 2026 info'), false);
  });

  it('find what stands in the middle of a line', async () => {
    assert.equal((await patterns.compile('ERR\\d'))('an ERR7 here'), true);
  });

  it('tell what the named groups of the first match hold', async () => {
    const groups = await patterns.compileGroups('(?P<user>\\w+?)=(?P<id>\\d+)( (?P<rest>x))?');
    assert.deepEqual(
      [...(groups('ann=5, bob=6') ?? [])],
      [
        ['user', 'ann'],
        ['id', '5'],
      ],
    );
    assert.equal(groups('nobody'), undefined);
    await assert.rejects(patterns.compileGroups('(?P<a>'), (error) => hasKind(error, 'invalid'));
  });

  for (const pattern of ['(', '(?=x)', '(a)\\1', 'a{1001}', '(x{100}){20}']) {
    it(`refuse ${pattern}`, async () => {
      await assert.rejects(patterns.compile(pattern), (error) => hasKind(error, 'invalid'));
    });
  }

  it('answer for what would keep a backtracking matcher busy for years', async () => {
    const test = await patterns.compile('^(a+)+$');
    assert.equal(test(`${'a'.repeat(5_000)}!`), false);
  });
});
