import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import { formatIpv4, formatPrefix, overlap, parseIpv4, parsePrefix } from './ipv4.ts';

describe('IPv4 addresses', () => {
  it('are read and written, also high ones', () => {
    for (const text of ['0.0.0.0', '10.213.0.1', '172.31.16.4', '255.255.255.255']) {
      assert.equal(formatIpv4(parseIpv4(text)), text);
    }
    assert.equal(parseIpv4('172.31.0.2'), 0xac1f0002);
  });

  for (const text of ['', '1.2.3', '1.2.3.256', '1.2.3.4.5', 'a.b.c.d', '::1', ' 1.2.3.4']) {
    it(`refuse ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseIpv4(text),
        (error) => hasKind(error, 'invalid'),
      );
    });
  }
});

describe('IPv4 ranges', () => {
  it('lose their host bits', () => {
    assert.equal(formatPrefix(parsePrefix('172.31.17.9/20')), '172.31.16.0/20');
    assert.equal(formatPrefix(parsePrefix('1.2.3.4/0')), '0.0.0.0/0');
  });

  for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/x', '/8']) {
    it(`refuse ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parsePrefix(text),
        (error) => hasKind(error, 'invalid'),
      );
    });
  }

  const cases = [
    ['172.31.0.0/16', '172.31.128.0/20', true],
    ['172.31.0.0/16', '172.16.0.0/12', true],
    ['172.31.0.0/16', '172.30.0.0/16', false],
    ['10.0.0.0/8', '11.0.0.0/8', false],
    ['0.0.0.0/0', '192.168.0.1/32', true],
    ['128.0.0.0/1', '10.0.0.0/8', false],
    ['128.0.0.0/1', '192.0.2.0/24', true],
  ] as const;
  for (const [one, other, expected] of cases) {
    it(`${one} and ${other} ${expected ? 'overlap' : 'do not overlap'}`, () => {
      assert.equal(overlap(parsePrefix(one), parsePrefix(other)), expected);
      assert.equal(overlap(parsePrefix(other), parsePrefix(one)), expected);
    });
  }
});
