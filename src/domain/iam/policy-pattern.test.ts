import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matchesPattern, matchesText } from './policy-pattern.ts';

const CONTEXT = { 'aws:username': 'ana*', 'aws:PrincipalTag/team': ['one', 'two'] };

const PATTERNS: readonly { pattern: string; text: string; matches: boolean }[] = [
  { pattern: '*', text: '', matches: true },
  { pattern: 'a*c', text: 'abbc', matches: true },
  { pattern: 'a*c', text: 'abcd', matches: false },
  { pattern: 'a*b*c', text: 'a1b2b3c', matches: true },
  { pattern: 'a?c', text: 'abc', matches: true },
  { pattern: 'a?c', text: 'ac', matches: false },
  { pattern: 'a.c', text: 'abc', matches: false },
  { pattern: 'A', text: 'a', matches: false },
  { pattern: 'home/${aws:username}/*', text: 'home/ana*/x', matches: true },
  { pattern: 'home/${AWS:UserName}', text: 'home/ana*', matches: true },
  { pattern: 'home/${aws:username}', text: 'home/anabel', matches: false },
  { pattern: 'home/${aws:missing}', text: 'home/', matches: false },
  { pattern: "home/${aws:missing, 'guest'}", text: 'home/guest', matches: true },
  { pattern: 'home/${aws:PrincipalTag/team}', text: 'home/one', matches: false },
  { pattern: '100${$}${*}', text: '100$*', matches: true },
  { pattern: '100${*}', text: '1000', matches: false },
];

describe('a pattern of a policy', () => {
  for (const { pattern, text, matches } of PATTERNS) {
    it(`${pattern} ${matches ? 'matches' : 'does not match'} '${text}'`, () => {
      assert.equal(matchesPattern(pattern, text, CONTEXT), matches);
    });
  }

  it('with many wildcards is decided in no time', { timeout: 5_000 }, () => {
    assert.equal(matchesPattern('*a'.repeat(2_000), 'a'.repeat(5_000) + 'b'), false);
  });
});

describe('a text of a policy', () => {
  it('has its variables filled in, and no wildcards', () => {
    assert.equal(matchesText('${aws:username}?', 'ana*?', CONTEXT), true);
    assert.equal(matchesText('a?', 'ab', CONTEXT), false);
    assert.equal(matchesText('${aws:missing}', '', CONTEXT), false);
  });
});
