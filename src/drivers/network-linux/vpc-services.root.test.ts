import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GroupPicture, InterfacePicture, RouteTarget, VpcSpec } from '../../domain/network/vpc.ts';
import { eniOf } from '../../ports/testing/task-network-suite.ts';
import { SUBNET_ID, groupOf, pictureOf, portOf, ruleOf, subnetOf } from '../../ports/testing/vpc-picture.ts';
import { LinuxTaskNetwork } from './linux-task-network.ts';
import { Bench, NET, publicAddress } from './testing/network-bench.ts';
import { PORT } from './testing/talk.ts';
import { patient } from '../../ports/testing/patience.ts';

const skip = process.getuid?.() !== 0 && 'needs root';
const options = { skip, timeout: patient(60_000) };
const SG = (digit: number) => `sg-0000000000000000${digit}`;
const RESOLVER = `${NET}.0.2`;
const LINK_LOCAL_RESOLVER = '169.254.169.253';
const LINK_LOCAL = '169.254.171.1';
const ENDPOINT = `${NET}.16.200`;
const PUBLIC_SERVICE = '198.18.0.9';

/** Services of Neargate that say their own address. */
async function serve(bench: Bench, { vpcId }: VpcSpec, address: string, port = PORT): Promise<void> {
  await bench.network.serveInVpc(vpcId, address, port, (socket) => void socket.end(address), bench.signal);
}

describe('name resolution', options, () => {
  it('is there for every task, whatever groups and routes say, and nothing else at its address', async (test) => {
    const bench = Bench.for(test);
    const vpc = bench.vpc(1);
    await bench.openVpc(1, { groups: [groupOf(SG(1), [], [])], subnets: [subnetOf(vpc, 16, [])] });
    await bench.network.attach('a', { ...eniOf(vpc, 1), securityGroups: [SG(1)] });
    for (const address of [RESOLVER, LINK_LOCAL_RESOLVER]) {
      const answer = async (message: Buffer) => Buffer.from(`${address} ${message.length}`);
      await bench.network.serveDatagramsInVpc(vpc.vpcId, address, 53, answer, bench.signal);
      await serve(bench, vpc, address, 53);
      assert.equal(await bench.sendTo(bench.inTask('a'), address, { port: 53 }), `${address} 10`);
      assert.equal(await bench.ask('a', address, 53), address);
    }
    await serve(bench, vpc, RESOLVER);
    await bench.askInVain('a', RESOLVER);
  });
});

describe('a service inside a VPC', options, () => {
  it('on a link-local address is there for every task of the VPC alone', async (test) => {
    const bench = Bench.for(test);
    const [one, two] = [await bench.openVpc(1, { groups: [] }), await bench.openVpc(2)];
    await bench.network.attach('a', eniOf(one, 1));
    await bench.network.attach('b', { ...eniOf(two, 1), publicIpv4Address: publicAddress(2) });
    await serve(bench, one, LINK_LOCAL);
    assert.equal(await bench.ask('a', LINK_LOCAL), LINK_LOCAL);
    await bench.askInVain('b', LINK_LOCAL);
  });

  it('at an endpoint is subject to the groups of both', async (test) => {
    const bench = Bench.for(test);
    const endpoint: InterfacePicture = {
      eniId: 'eni-000000000000000e1',
      subnetId: SUBNET_ID,
      privateIpv4Address: ENDPOINT,
      securityGroups: [SG(9)],
      purpose: 'endpoint',
    };
    const groups: GroupPicture[] = [
      groupOf(SG(1), [], [ruleOf({ groupIds: [SG(9)] })]),
      groupOf(SG(2)),
      groupOf(SG(3), [], []),
      groupOf(SG(9), [portOf(PORT, { groupIds: [SG(1), SG(3)] })], []),
    ];
    const vpc = await bench.openVpc(1, { groups, interfaces: [endpoint] });
    for (const [index, taskId] of ['a', 'b', 'c'].entries()) {
      await bench.network.attach(taskId, { ...eniOf(vpc, index + 1), securityGroups: [SG(index + 1)] });
    }
    for (const port of [PORT, PORT + 1]) await serve(bench, vpc, ENDPOINT, port);
    assert.equal(await bench.ask('a', ENDPOINT), ENDPOINT);
    await bench.askInVain('a', ENDPOINT, PORT + 1);
    for (const taskId of ['b', 'c']) await bench.askInVain(taskId, ENDPOINT);
  });

  it('on a public address takes a route to it, as anything public does', async (test) => {
    const bench = Bench.for(test);
    const vpc = await bench.openVpc(1);
    await bench.network.attach('a', { ...eniOf(vpc, 1), publicIpv4Address: publicAddress(1) });
    await bench.network.attach('b', eniOf(vpc, 2));
    await serve(bench, vpc, PUBLIC_SERVICE);
    assert.equal(await bench.ask('a', PUBLIC_SERVICE), PUBLIC_SERVICE);
    await bench.askInVain('b', PUBLIC_SERVICE);
    const lead = (destinationCidr: string, target: RouteTarget) =>
      bench.network.applyVpc(pictureOf(vpc, { subnets: [subnetOf(vpc, 16, [{ destinationCidr, target }])] }));
    const nat = { natGatewayId: 'nat-00000000000000001', publicIpv4Address: publicAddress(9) };
    await lead('0.0.0.0/0', { type: 'nat-gateway', ...nat });
    assert.equal(await bench.ask('b', PUBLIC_SERVICE), PUBLIC_SERVICE);
    await lead(`${PUBLIC_SERVICE}/32`, { type: 'gateway-endpoint', endpointId: 'vpce-00000000000000001' });
    assert.equal(await bench.ask('b', PUBLIC_SERVICE), PUBLIC_SERVICE);
    await lead(`${PUBLIC_SERVICE}/32`, { type: 'blackhole' });
    for (const taskId of ['a', 'b']) await bench.askInVain(taskId, PUBLIC_SERVICE);
  });

  it('leaves its address to tasks when an agent that is gone had it', async (test) => {
    const bench = Bench.for(test);
    const vpc = await bench.openVpc(1);
    const eni = eniOf(vpc, 1);
    const earlier = new LinuxTaskNetwork({ instance: bench.instance });
    await earlier.serveInVpc(
      vpc.vpcId,
      eni.privateIpv4Address,
      PORT,
      () => undefined,
      new AbortController().signal,
    );
    // Killed: nobody takes the address away.
    await earlier.close();
    const later = new LinuxTaskNetwork({ instance: bench.instance });
    bench.later(() => void later.close());
    await later.applyVpc(pictureOf(vpc));
    await later.attach('a', eni);
    await later.attach('b', eniOf(vpc, 2));
    await bench.listenIn('a');
    assert.equal(await bench.ask('b', eni.privateIpv4Address), `seen as ${NET}.16.5`);
  });
});
