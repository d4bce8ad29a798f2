import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  cidrSize,
  containsAddress,
  containsCidr,
  formatIpv4,
  gatewayAddress,
  networkOf,
  nthAddress,
  nthSubnet,
  parseCidr,
  parseIpv4,
  usableHostRange,
} from './cidr.ts';
import { defaultVpc } from './default-vpc.ts';

describe('addresses', () => {
  it('turn into numbers and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (address) => {
        assert.equal(parseIpv4(formatIpv4(address)), address);
      }),
    );
  });

  for (const text of ['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', '1.2.3.-4', 'a.b.c.d', '1.2.3.4 ']) {
    it(`are not '${text}'`, () => assert.equal(parseIpv4(text), undefined));
  }
});

describe('networks', () => {
  for (const text of [
    '',
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0.1/8',
    '10.0.0.0/8/8',
    '10.0.0.0/08',
    '10.0.0/8',
  ]) {
    it(`are not '${text}'`, () => assert.equal(parseCidr(text), undefined));
  }

  it('count their addresses from both ends', () => {
    assert.equal(nthAddress('172.31.16.0/20', 0), '172.31.16.0');
    assert.equal(nthAddress('172.31.16.0/20', 4), '172.31.16.4');
    assert.equal(nthAddress('172.31.16.0/20', -1), '172.31.31.255');
    assert.throws(() => nthAddress('172.31.16.0/30', 4), RangeError);
    assert.equal(gatewayAddress('172.31.16.0/20'), '172.31.16.1');
    assert.equal(cidrSize('172.31.16.0/20'), 4096);
  });

  it('keep four addresses at the start and one at the end', () => {
    const { first, last } = usableHostRange('172.31.16.0/28');
    assert.equal(formatIpv4(first), '172.31.16.4');
    assert.equal(formatIpv4(last), '172.31.16.14');
    assert.throws(() => usableHostRange('172.31.16.0/30'), RangeError);
  });

  it('hold addresses and other networks', () => {
    assert.ok(containsAddress('172.31.16.0/20', '172.31.31.255'));
    assert.ok(!containsAddress('172.31.16.0/20', '172.31.32.0'));
    assert.ok(!containsAddress('172.31.16.0/20', 'nothing'));
    assert.ok(containsCidr('0.0.0.0/0', '255.255.255.255/32'));
    assert.ok(!containsCidr('172.31.16.0/20', '172.31.0.0/16'));
    assert.equal(networkOf('172.31.20.7', 20), '172.31.16.0/20');
    assert.equal(nthSubnet('172.31.0.0/16', 20, 2), '172.31.32.0/20');
    assert.throws(() => nthSubnet('172.31.0.0/16', 20, 16), RangeError);
  });
});

describe('the default VPC', () => {
  const hash = (text: string): string =>
    text
      .split('')
      .map((char) => char.charCodeAt(0).toString(16))
      .join('');

  it('has a subnet in each of three zones', () => {
    const vpc = defaultVpc({ account: '000000000000', region: 'eu-west-1' }, '172.31.0.0/16', hash);
    assert.deepEqual(
      vpc.subnets.map(({ cidr, availabilityZone }) => [cidr, availabilityZone]),
      [
        ['172.31.0.0/20', 'eu-west-1a'],
        ['172.31.16.0/20', 'eu-west-1b'],
        ['172.31.32.0/20', 'eu-west-1c'],
      ],
    );
    assert.match(vpc.vpcId, /^vpc-[0-9a-f]{17}$/);
    assert.match(vpc.securityGroupId, /^sg-[0-9a-f]{17}$/);
    for (const { subnetId } of vpc.subnets) assert.match(subnetId, /^subnet-[0-9a-f]{17}$/);
  });

  it('refuses a range that is too small', () => {
    assert.throws(() => defaultVpc({ account: '1', region: 'r' }, '10.0.0.0/25', hash), RangeError);
  });
});
