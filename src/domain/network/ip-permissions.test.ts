import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isApiError } from '../errors.ts';
import { type IpPermission, permissionsOfRules, rulesOfPermissions } from './ip-permissions.ts';
import { canonicalIpv6Cidr } from './ipv6-cidr.ts';

const lookup = {
  group: ({ GroupId = '' }) => ({ type: 'group', groupId: GroupId, account: '000000000000' }) as const,
  prefixList: (prefixListId: string) => ({ type: 'prefix-list', prefixListId }) as const,
};
const rules = (...permissions: IpPermission[]) => rulesOfPermissions(permissions, false, lookup);
const anywhere = { IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
const refuses = (permission: IpPermission, message: string, code = 'InvalidParameterValue') =>
  assert.throws(
    () => rules(permission),
    (error) => isApiError(error, code) && error.message === message,
  );

describe('rulesOfPermissions', () => {
  it('makes one rule of each peer, with its own description', () => {
    const ports = { isEgress: false, ipProtocol: 'tcp', fromPort: 80, toPort: 90 };
    assert.deepEqual(
      rules({
        IpProtocol: '6',
        FromPort: 80,
        ToPort: 90,
        IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'office' }, { CidrIp: '100.68.0.18/18' }],
        Ipv6Ranges: [{ CidrIpv6: '2001:DB8:0:0::1/32' }],
        UserIdGroupPairs: [{ GroupId: 'sg-2' }],
        PrefixListIds: [{ PrefixListId: 'pl-1' }],
      }),
      [
        { ...ports, peer: { type: 'cidr', cidr: '10.0.0.0/8' }, description: 'office' },
        { ...ports, peer: { type: 'cidr', cidr: '100.68.0.0/18' } },
        { ...ports, peer: { type: 'cidr-ipv6', cidr: '2001:db8::/32' } },
        { ...ports, peer: { type: 'group', groupId: 'sg-2', account: '000000000000' } },
        { ...ports, peer: { type: 'prefix-list', prefixListId: 'pl-1' } },
      ],
    );
  });

  for (const [name, asked, stored] of [
    [
      'all protocols, whatever the ports',
      { IpProtocol: '-1', FromPort: 0, ToPort: 0 },
      ['-1', undefined, undefined],
    ],
    [
      'a protocol without ports by its number',
      { IpProtocol: '50', FromPort: 7 },
      ['50', undefined, undefined],
    ],
    ['UDP by its number', { IpProtocol: '17', FromPort: 53, ToPort: 53 }, ['udp', 53, 53]],
    ['ICMP with type and code', { IpProtocol: 'icmp', FromPort: 8, ToPort: 0 }, ['icmp', 8, 0]],
    ['all of ICMP', { IpProtocol: 'icmp' }, ['icmp', -1, -1]],
  ] as const) {
    it(`knows ${name}`, () => {
      const [rule] = rules({ ...asked, ...anywhere });
      assert.deepEqual([rule?.ipProtocol, rule?.fromPort, rule?.toPort], stored);
    });
  }

  const tcp = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22 };
  for (const [name, permission, message] of [
    [
      'a range that is none',
      { ...tcp, IpRanges: [{ CidrIp: '10.0.0.0' }] },
      'CIDR block 10.0.0.0 is malformed',
    ],
    [
      'a prefix too long',
      { ...tcp, IpRanges: [{ CidrIp: '10.0.0.0/33' }] },
      'CIDR block 10.0.0.0/33 is malformed',
    ],
    [
      'an IPv6 range that is none',
      { ...tcp, Ipv6Ranges: [{ CidrIpv6: '::g/0' }] },
      'CIDR block ::g/0 is malformed',
    ],
    [
      'TCP without ports',
      { IpProtocol: 'tcp', ...anywhere },
      'Invalid value for portRange. Must specify both from and to ports with TCP/UDP.',
    ],
    ['a port that is none', { ...tcp, ToPort: 65_536, ...anywhere }, 'TCP/UDP port (65536) out of range'],
    ['ports from behind', { ...tcp, ToPort: 21, ...anywhere }, 'Invalid TCP/UDP port range (22:21)'],
    [
      'an ICMP code that is none',
      { IpProtocol: 'icmp', FromPort: 3, ToPort: 256, ...anywhere },
      'ICMP code (256) out of range',
    ],
    [
      'a protocol that is none',
      { IpProtocol: 'tpc', ...anywhere },
      "Invalid value 'tpc' for IP protocol. Unknown protocol.",
    ],
    [
      'a protocol number that is none',
      { IpProtocol: '256', ...anywhere },
      "Invalid value '256' for IP protocol. Unknown protocol.",
    ],
    [
      'a description with other characters',
      { ...tcp, IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'Büro' }] },
      'Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*',
    ],
  ] as const) {
    it(`refuses ${name}`, () => refuses(permission, message));
  }

  it('refuses a permission without protocol, and one without peers', () => {
    refuses(anywhere, 'The request must contain the parameter ipProtocol', 'MissingParameter');
    assert.throws(
      () => rules(tcp),
      (error) => isApiError(error, 'MissingParameter'),
    );
  });
});

describe('permissionsOfRules', () => {
  it('shows what was asked for, in one permission for each protocol with ports', () => {
    const asked = [
      {
        IpProtocol: 'tcp',
        FromPort: 22,
        ToPort: 22,
        IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'office' }],
        Ipv6Ranges: [],
        PrefixListIds: [],
        UserIdGroupPairs: [{ GroupId: 'sg-2', UserId: '000000000000', Description: undefined }],
      },
      {
        IpProtocol: '-1',
        FromPort: undefined,
        ToPort: undefined,
        IpRanges: [{ CidrIp: '0.0.0.0/0', Description: undefined }],
        Ipv6Ranges: [{ CidrIpv6: '::/0', Description: undefined }],
        PrefixListIds: [{ PrefixListId: 'pl-1', Description: undefined }],
        UserIdGroupPairs: [],
      },
    ];
    assert.deepEqual(permissionsOfRules(rules(...asked)), asked);
  });
});

describe('canonicalIpv6Cidr', () => {
  for (const [text, canonical] of [
    ['::/0', '::/0'],
    ['2001:db8:0:0:1:0:0:1/128', '2001:db8::1:0:0:1/128'],
    ['2001:db8:ffff::/36', '2001:db8:f000::/36'],
    ['1:2:3:4:5:6:7:8/128', '1:2:3:4:5:6:7:8/128'],
    ['::1/128', '::1/128'],
    ['1::2::3/64', undefined],
    ['1:2:3:4:5:6:7/64', undefined],
    ['::/129', undefined],
    ['::', undefined],
  ] as const) {
    it(`makes ${canonical ?? 'nothing'} of ${text}`, () => assert.equal(canonicalIpv6Cidr(text), canonical));
  }
});
