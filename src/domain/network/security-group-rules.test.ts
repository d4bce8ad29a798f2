import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isApiError } from '../errors.ts';
import { checkNewRules, matchRules, type RuleDraft } from './security-group-rules.ts';

const tcp = (port: number, cidr = '0.0.0.0/0'): RuleDraft => ({
  isEgress: false,
  ipProtocol: 'tcp',
  fromPort: port,
  toPort: port,
  peer: { type: 'cidr', cidr },
});
const kept = (draft: RuleDraft, index = 0) => ({ ...draft, ruleId: `sgr-${index}`, tags: {} });
const many = (count: number) => Array.from({ length: count }, (_, index) => tcp(index));
const refuses = (act: () => unknown, code: string, message: string) =>
  assert.throws(act, (error) => isApiError(error, code) && error.message === message);

describe('checkNewRules', () => {
  const one = () => 1;

  for (const [text, draft] of [
    ['peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW', tcp(22)],
    [
      'peer: sg-1, ALL, ALLOW',
      { isEgress: true, ipProtocol: '-1', peer: { type: 'group', groupId: 'sg-1', account: '1' } },
    ],
    [
      'peer: pl-1, ICMP, type: ALL, code: ALL, ALLOW',
      {
        isEgress: false,
        ipProtocol: 'icmp',
        fromPort: -1,
        toPort: -1,
        peer: { type: 'prefix-list', prefixListId: 'pl-1' },
      },
    ],
  ] as const) {
    it(`refuses what is there, whatever its description: ${text}`, () => {
      refuses(
        () => checkNewRules([kept({ ...draft, description: 'x' })], [draft], one),
        'InvalidPermission.Duplicate',
        `the specified rule "${text}" already exists`,
      );
    });
  }

  it('takes the same ports in the other direction and from other peers', () => {
    checkNewRules([kept(tcp(22))], [{ ...tcp(22), isEgress: true }, tcp(22, '10.0.0.0/8')], one);
  });

  it('refuses a rule that is asked for twice', () => {
    refuses(
      () => checkNewRules([], [tcp(22), { ...tcp(22), description: 'again' }], one),
      'InvalidParameterValue',
      'The same permission must not appear multiple times',
    );
  });

  it('takes 60 rules in each direction, and counts prefix lists by their entries', () => {
    const full = many(59).map(kept);
    const list: RuleDraft = { ...tcp(80), peer: { type: 'prefix-list', prefixListId: 'pl-1' } };
    checkNewRules(full, [list, { ...tcp(1), isEgress: true }], one);
    checkNewRules(full, [tcp(100), { ...tcp(80), peer: { type: 'cidr-ipv6', cidr: '::/0' } }], one);
    refuses(
      () => checkNewRules(full, [list], () => 2),
      'RulesPerSecurityGroupLimitExceeded',
      'The maximum number of rules per security group has been reached.',
    );
    refuses(
      () => checkNewRules(full, [tcp(100), tcp(101)], one),
      'RulesPerSecurityGroupLimitExceeded',
      'The maximum number of rules per security group has been reached.',
    );
  });
});

describe('matchRules', () => {
  it('tells what is there from what is not', () => {
    const there = kept({ ...tcp(22), description: 'office' });
    assert.deepEqual(matchRules([there, kept(tcp(80), 1)], [tcp(22), tcp(443)]), {
      found: [there],
      unknown: [tcp(443)],
    });
  });
});
