import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  buildAddressQuery,
  buildAnswer,
  DNS_CODE,
  DNS_TYPE,
  isQuery,
  readQuery,
  readReply,
} from '../../domain/network/names/dns-message.ts';
import type { VpcPicture } from '../../domain/network/vpc.ts';
import { hasKind } from '../../domain/errors.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { pictureOf } from '../../ports/testing/vpc-picture.ts';
import type { DnsTransport } from './dns-forwarder.ts';
import { PACKETS_A_SECOND } from './dns-limits.ts';
import { VpcResolver } from './vpc-resolver.ts';

const VPC = { vpcId: 'vpc-1', cidr: '10.7.0.0/16', routedFromHost: false };
const TASK = '10.7.16.4';

/** A resolver whose upstream answers as `upstream` says. */
function scene(
  changes: Partial<VpcPicture> = {},
  upstream: (query: Uint8Array, transport: DnsTransport) => Buffer | undefined = () => undefined,
) {
  const clock = new ManualClock(0);
  const forwarded: string[] = [];
  const resolver = new VpcResolver({
    names: {
      serviceCidr: '198.18.0.0/24',
      dnsSuffix: 'amazonaws.com',
      publicCidr: '198.19.0.0/16',
      served: new Set(['logs']),
      registries: new Set(['registry.local']),
    },
    forward: async (query, transport) => {
      const read = readQuery(query);
      if (read !== undefined && isQuery(read)) forwarded.push(`${read.name} ${transport}`);
      return upstream(query, transport);
    },
    privateAddressOf: (_vpcId, address) => (address === '198.19.0.5' ? TASK : undefined),
    clock,
    ids: { hex: (length) => '7'.repeat(length) },
  });
  resolver.know(pictureOf(VPC, changes));
  const ask = async (name: string, type: number = DNS_TYPE.A) => {
    const query = buildAddressQuery(77, name) ?? assert.fail();
    query[query.length - 3] = type;
    const answer = await resolver.answer(VPC.vpcId, TASK, query, 'udp');
    return answer === undefined ? undefined : readReply(answer);
  };
  return { resolver, clock, forwarded, ask };
}

/** An upstream that gives every name these addresses. */
function giving(...addresses: string[]) {
  return (query: Uint8Array): Buffer => {
    const read = readQuery(query) ?? assert.fail();
    assert.ok(isQuery(read));
    const records = addresses.map((data) => ({ type: DNS_TYPE.A, ttl: 5, data }));
    return Buffer.from(buildAnswer(read, { code: DNS_CODE.noError, records }));
  };
}

describe("a VPC's resolver", () => {
  it('answers names of the VPC itself, and asks nobody about them', async () => {
    const { ask, forwarded } = scene();
    assert.deepEqual((await ask('logs.eu-west-1.amazonaws.com'))?.addresses, ['198.18.0.11']);
    assert.deepEqual((await ask('registry.local'))?.addresses, ['198.18.0.2']);
    assert.deepEqual((await ask('ip-10-7-16-9.eu-west-1.compute.internal'))?.addresses, ['10.7.16.9']);
    assert.deepEqual((await ask('ec2-198-19-0-5.eu-west-1.compute.amazonaws.com'))?.addresses, [TASK]);
    assert.deepEqual((await ask('ec2-198-19-0-6.eu-west-1.compute.amazonaws.com'))?.addresses, [
      '198.19.0.6',
    ]);
    assert.equal((await ask('db.eu-west-1.compute.internal'))?.code, DNS_CODE.unknownName);
    assert.deepEqual(forwarded, []);
  });

  it('has no IPv6 addresses for them, which is not to say that there is no such name', async () => {
    const { ask, forwarded } = scene();
    const answer = await ask('logs.eu-west-1.amazonaws.com', DNS_TYPE.AAAA);
    assert.deepEqual([answer?.code, answer?.addresses], [DNS_CODE.noError, []]);
    assert.deepEqual(forwarded, []);
  });

  it('names private addresses', async () => {
    const { resolver } = scene();
    const query = buildAddressQuery(1, '9.16.7.10.in-addr.arpa') ?? assert.fail();
    query[query.length - 3] = DNS_TYPE.PTR;
    const answer = await resolver.answer(VPC.vpcId, TASK, query, 'udp');
    assert.match(Buffer.from(answer ?? []).toString('latin1'), /ip-10-7-16-9.*eu-west-1.*compute.*internal/s);
  });

  it('carries everything else to the resolvers of the host, and says so when they fail', async () => {
    const { ask, forwarded } = scene({}, giving('192.0.2.1'));
    assert.deepEqual((await ask('example.com'))?.addresses, ['192.0.2.1']);
    assert.deepEqual((await ask('sqs.eu-west-1.amazonaws.com'))?.addresses, ['192.0.2.1']);
    assert.deepEqual(forwarded, ['example.com udp', 'sqs.eu-west-1.amazonaws.com udp']);
    assert.equal((await scene().ask('example.com'))?.code, DNS_CODE.serverFailure);
  });

  it('is silent where the DNS support is off, in a VPC that is gone, and to what is no message', async () => {
    assert.equal(await scene({ enableDnsSupport: false }).ask('logs.eu-west-1.amazonaws.com'), undefined);
    const { resolver, ask } = scene();
    assert.equal(await resolver.answer(VPC.vpcId, TASK, new Uint8Array(5), 'udp'), undefined);
    resolver.forget(VPC.vpcId);
    assert.equal(await ask('logs.eu-west-1.amazonaws.com'), undefined);
  });

  it("knows a file system's mount target in the zone of whoever asks", async () => {
    const fileSystem = { fileSystemId: 'fs-1', accessPoints: [] };
    const mountTarget = { mountTargetId: 'fsmt-1', eniId: 'eni-1' };
    const [subnet] = pictureOf(VPC).subnets;
    const { ask, resolver } = scene({
      fileSystems: [{ ...fileSystem, mountTargets: [{ ...mountTarget, availabilityZone: 'eu-west-1a' }] }],
      interfaces: [
        {
          ...{ eniId: 'eni-1', subnetId: subnet?.subnetId ?? '', privateIpv4Address: '10.7.16.20' },
          ...{ securityGroups: [], purpose: 'mount-target' },
        },
      ],
    });
    const name = 'fs-1.efs.eu-west-1.amazonaws.com';
    assert.deepEqual((await ask(name))?.addresses, ['10.7.16.20']);
    const elsewhere = await resolver.answer(
      VPC.vpcId,
      '10.7.99.4',
      buildAddressQuery(1, name) ?? assert.fail(),
      'udp',
    );
    assert.equal(readReply(elsewhere ?? new Uint8Array())?.code, DNS_CODE.unknownName);
  });

  it('follows the newest picture', async () => {
    const { resolver, ask } = scene();
    resolver.know(pictureOf(VPC, { enableDnsHostnames: false }));
    assert.equal((await ask('ip-10-7-16-9.eu-west-1.compute.internal'))?.code, DNS_CODE.unknownName);
  });

  it('drops what an interface sends beyond 1024 packets a second, and nobody else’s', async () => {
    const { resolver, clock } = scene();
    const query = buildAddressQuery(1, 'registry.local') ?? assert.fail();
    const count = async (from: string, packets: number) => {
      const all = Array.from({ length: packets }, () => resolver.answer(VPC.vpcId, from, query, 'udp'));
      // One after the other, as the answers come at once.
      let answered = 0;
      for (const each of all) if ((await each) !== undefined) answered += 1;
      return answered;
    };
    let answered = 0;
    for (let round = 0; round < 20; round += 1) answered += await count(TASK, 100);
    assert.equal(answered, PACKETS_A_SECOND);
    assert.equal(await count('10.7.16.5', 100), 100);
    clock.advance(500);
    answered = 0;
    for (let round = 0; round < 10; round += 1) answered += await count(TASK, 100);
    assert.equal(answered, PACKETS_A_SECOND / 2);
  });
});

describe("the agent's own question in a VPC", () => {
  it('gets what a task gets', async () => {
    const { resolver } = scene({}, giving('192.0.2.1', '192.0.2.2'));
    assert.deepEqual(await resolver.addresses(VPC.vpcId, 'logs.eu-west-1.amazonaws.com'), ['198.18.0.11']);
    assert.deepEqual(await resolver.addresses(VPC.vpcId, 'example.com'), ['192.0.2.1', '192.0.2.2']);
  });

  it('is asked by TCP where the answer is too long for a datagram', async () => {
    const { resolver, forwarded } = scene({}, (query, transport) => {
      const answer = giving('192.0.2.1')(query);
      if (transport === 'tcp') return answer;
      answer[2] = (answer[2] ?? 0) | 0x02;
      return answer.subarray(0, query.length);
    });
    assert.deepEqual(await resolver.addresses(VPC.vpcId, 'example.com'), ['192.0.2.1']);
    assert.deepEqual(forwarded, ['example.com udp', 'example.com tcp']);
  });

  it('fails with words that name the resolver', async () => {
    const failure = async (resolver: VpcResolver, host: string) => {
      const error = await resolver.addresses(VPC.vpcId, host).then(
        () => assert.fail('it has addresses'),
        (thrown: unknown) => thrown,
      );
      assert.ok(hasKind(error, 'unavailable') || hasKind(error, 'deadline'));
      return [error.kind, error.details['syscallCode'], error.details['dnsServer']];
    };
    const { resolver } = scene();
    assert.deepEqual(await failure(resolver, 'x.eu-west-1.compute.internal'), [
      'unavailable',
      'ENOTFOUND',
      '10.7.0.2',
    ]);
    assert.deepEqual(await failure(resolver, 'example.com'), ['unavailable', 'EAI_AGAIN', '10.7.0.2']);
    const off = scene({ enableDnsSupport: false }).resolver;
    assert.deepEqual(await failure(off, 'example.com'), ['deadline', 'ETIMEDOUT', '10.7.0.2']);
  });
});
