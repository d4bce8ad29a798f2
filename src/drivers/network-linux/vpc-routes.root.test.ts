import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import type { RoutePicture, RouteTarget, VpcSpec } from '../../domain/network/vpc.ts';
import type { EniSpec } from '../../domain/task/assignment.ts';
import { connectTcp } from '../../linux/sockets.ts';
import { eniOf } from '../../ports/testing/task-network-suite.ts';
import {
  OPEN_GROUP_ID,
  groupOf,
  pictureOf,
  portOf,
  publicRoutes,
  subnetOf,
} from '../../ports/testing/vpc-picture.ts';
import { Bench, NET, ip, publicAddress } from './testing/network-bench.ts';
import { IN_VAIN_MS, PORT, echo, onHost } from './testing/talk.ts';
import { patient } from '../../ports/testing/patience.ts';

const skip = process.getuid?.() !== 0 && 'needs root';
const options = { skip, timeout: patient(60_000) };
const A = `${NET}.16.4`;
const C = `${NET}.32.9`;
const ROUTED = { publicRouted: true };
const GATEWAY: RouteTarget = { type: 'internet-gateway' };
const BLACKHOLE: RouteTarget = { type: 'blackhole' };
const NAT: RouteTarget = {
  type: 'nat-gateway',
  natGatewayId: 'nat-00000000000000001',
  publicIpv4Address: publicAddress(9),
};

/** Routes to the VPC itself and to these. */
function routesTo(vpc: VpcSpec, targets: Readonly<Record<string, RouteTarget>>): RoutePicture[] {
  const others = Object.entries(targets).map(([destinationCidr, target]) => ({ destinationCidr, target }));
  return [{ destinationCidr: vpc.cidr, target: { type: 'local' } }, ...others];
}

/** In the subnet 10.x.32.0/20. */
function eniInOther(vpc: VpcSpec): EniSpec {
  return {
    ...eniOf(vpc, 3),
    privateIpv4Address: C,
    subnetId: 'subnet-00000000000000002',
    subnetCidr: `${NET}.32.0/20`,
    gatewayIpv4Address: `${NET}.32.1`,
  };
}

/** A task a with a public address and a task b without one, beside an outside that answers. */
async function publicAndPrivate(bench: Bench, targets: Readonly<Record<string, RouteTarget>>) {
  const outside = bench.makeOutside();
  await bench.echoIn(outside.within, outside.address);
  const vpc = bench.vpc(1);
  const apply = (changed: Readonly<Record<string, RouteTarget>>) =>
    bench.network.applyVpc(pictureOf(vpc, { subnets: [subnetOf(vpc, 16, routesTo(vpc, changed))] }));
  await apply(targets);
  await bench.network.attach('a', { ...eniOf(vpc, 1), publicIpv4Address: publicAddress(1) });
  await bench.network.attach('b', eniOf(vpc, 2));
  /** What the outside sends back to a task that calls it, or nothing. */
  const reaches = async (taskId: string, patienceMs?: number): Promise<boolean> => {
    const opening = bench.open(bench.inTask(taskId), outside.address, patienceMs);
    const socket = await opening.catch(() => undefined);
    return socket !== undefined && (await echo(socket, 'hello')) === 'hello';
  };
  return { vpc, outside, apply, reaches };
}

describe('a route', options, () => {
  it('to an internet gateway serves those with a public address only', async (test) => {
    const { reaches } = await publicAndPrivate(Bench.for(test), { '0.0.0.0/0': GATEWAY });
    assert.equal(await reaches('a'), true);
    assert.equal(await reaches('b', IN_VAIN_MS), false);
  });

  it('is needed: without one there is no traffic', async (test) => {
    const { reaches } = await publicAndPrivate(Bench.for(test), {});
    assert.equal(await reaches('a', IN_VAIN_MS), false);
  });

  it('counts when it is the longest, also when it leads nowhere', async (test) => {
    const bench = Bench.for(test);
    const { outside, apply, reaches } = await publicAndPrivate(bench, { '0.0.0.0/0': GATEWAY });
    const [host, net] = [`${outside.address}/32`, `${outside.address.replace(/\d+$/, '0')}/24`];
    await apply({ '0.0.0.0/0': GATEWAY, [host]: BLACKHOLE });
    assert.equal(await reaches('a', IN_VAIN_MS), false);
    await apply({ '0.0.0.0/0': BLACKHOLE, [net]: BLACKHOLE, [host]: GATEWAY });
    assert.equal(await reaches('a'), true);
    await apply({ [host]: BLACKHOLE, [net]: GATEWAY });
    assert.equal(await reaches('a', IN_VAIN_MS), false);
  });

  it('that goes takes the traffic with it at once, also of connections that stand', async (test) => {
    const bench = Bench.for(test);
    const { outside, apply, vpc } = await publicAndPrivate(bench, { '0.0.0.0/0': GATEWAY });
    await bench.echoIn(bench.inTask('a'));
    const out = await bench.open(bench.inTask('a'), outside.address);
    const within = await bench.open(bench.inTask('b'), A);
    const fromHost = await bench.open(onHost, publicAddress(1));
    for (const socket of [out, within, fromHost]) assert.equal(await echo(socket, 'before'), 'before');
    await apply({});
    assert.equal(await echo(out, 'after', IN_VAIN_MS), undefined);
    assert.equal(await echo(fromHost, 'after', IN_VAIN_MS), undefined);
    assert.equal(await echo(within, 'after'), 'after');
    await bench.network.applyVpc(pictureOf(vpc));
    // TCP has kept it and sends again.
    assert.equal(await echo(within, 'again'), 'again');
  });

  it('to a NAT gateway lends the gateway’s public address', async (test) => {
    const bench = Bench.for(test, ROUTED);
    const { outside, apply, reaches } = await publicAndPrivate(bench, { '0.0.0.0/0': NAT });
    await bench.answerDatagramsIn(outside.within, outside.address);
    assert.equal(await reaches('b'), true);
    for (const taskId of ['a', 'b']) {
      assert.equal(await bench.sendTo(bench.inTask(taskId), outside.address), `10 from ${publicAddress(9)}`);
    }
    // Nobody gets in by it.
    await bench.listenIn('b');
    for (const within of [outside.within, onHost]) {
      await assert.rejects(connectTcp(within, publicAddress(9), PORT, AbortSignal.timeout(IN_VAIN_MS)));
    }
    assert.ok(bench.connectionsOf(onHost, publicAddress(9)) > 0);
    await apply({});
    assert.equal(bench.connectionsOf(onHost, publicAddress(9)), 0);
    assert.equal(ip('route', 'show', publicAddress(9)), '');
  });

  it('inside the VPC joins its subnets', async (test) => {
    const bench = Bench.for(test);
    const vpc = bench.vpc(1);
    const subnets = [subnetOf(vpc, 16, routesTo(vpc, {})), subnetOf(vpc, 32, routesTo(vpc, {}))];
    await bench.network.applyVpc(pictureOf(vpc, { subnets }));
    await bench.network.attach('a', eniOf(vpc, 1));
    await bench.network.attach('c', eniInOther(vpc));
    for (const taskId of ['a', 'c']) await bench.listenIn(taskId);
    assert.equal(await bench.ask('a', C), `seen as ${A}`);
    assert.equal(await bench.ask('c', A), `seen as ${C}`);
  });

  it('belongs to its subnet', async (test) => {
    const bench = Bench.for(test);
    const outside = bench.makeOutside();
    await bench.listen(outside.within, outside.address);
    const vpc = bench.vpc(1);
    const subnets = [subnetOf(vpc, 16, publicRoutes(vpc)), subnetOf(vpc, 32, routesTo(vpc, {}))];
    await bench.network.applyVpc(pictureOf(vpc, { subnets }));
    await bench.network.attach('a', { ...eniOf(vpc, 1), publicIpv4Address: publicAddress(1) });
    await bench.network.attach('c', { ...eniInOther(vpc), publicIpv4Address: publicAddress(2) });
    assert.equal(await bench.ask('a', outside.address), `seen as ${outside.hostAddress}`);
    await bench.askInVain('c', outside.address);
  });
});

describe('a public address', options, () => {
  it('stands for the task in both directions, as far as its groups admit', async (test) => {
    const bench = Bench.for(test, ROUTED);
    const outside = bench.makeOutside();
    await bench.listen(outside.within, outside.address);
    const groups = [groupOf(OPEN_GROUP_ID, [portOf(PORT, { cidrs: [`${outside.address}/32`] })])];
    const vpc = await bench.openVpc(1, { groups });
    await bench.network.attach('a', { ...eniOf(vpc, 1), publicIpv4Address: publicAddress(1) });
    await bench.listenIn('a');
    await bench.listen(bench.inTask('a'), A, PORT + 1);
    assert.equal(await bench.ask('a', outside.address), `seen as ${publicAddress(1)}`);
    const reach = (port: number, patienceMs = patient(10_000)) =>
      connectTcp(outside.within, publicAddress(1), port, AbortSignal.timeout(patienceMs));
    assert.equal(await text(await reach(PORT)), `seen as ${outside.address}`);
    await assert.rejects(reach(PORT + 1, IN_VAIN_MS), { name: 'TimeoutError' });
    await bench.openVpc(1, { groups: [groupOf(OPEN_GROUP_ID)] });
    await assert.rejects(reach(PORT, IN_VAIN_MS), { name: 'TimeoutError' });
  });

  it('is translated to the machine’s beyond it, unless the network leads it here', async (test) => {
    const bench = Bench.for(test);
    const outside = bench.makeOutside();
    await bench.listen(outside.within, outside.address);
    const vpc = await bench.openVpc(1);
    await bench.network.attach('a', { ...eniOf(vpc, 1), publicIpv4Address: publicAddress(1) });
    assert.equal(await bench.ask('a', outside.address), `seen as ${outside.hostAddress}`);
  });

  it('leads the machine and other tasks to the task, also those of other VPCs, seen by theirs', async (test) => {
    const bench = Bench.for(test);
    const [one, two] = [await bench.openVpc(1), await bench.openVpc(2)];
    await bench.network.attach('a', { ...eniOf(one, 1), publicIpv4Address: publicAddress(1) });
    await bench.network.attach('b', { ...eniOf(one, 2), publicIpv4Address: publicAddress(2) });
    await bench.network.attach('c', { ...eniOf(two, 2), publicIpv4Address: publicAddress(3) });
    await bench.network.attach('d', eniOf(two, 3));
    for (const taskId of ['a', 'c']) await bench.listenIn(taskId);
    assert.match(await text(await bench.open(onHost, publicAddress(1))), /^seen as 169\.254\./);
    assert.equal(await bench.ask('b', publicAddress(1)), `seen as ${publicAddress(2)}`);
    assert.equal(await bench.ask('c', publicAddress(1)), `seen as ${publicAddress(3)}`);
    assert.equal(await bench.ask('a', publicAddress(3)), `seen as ${publicAddress(1)}`);
    await bench.askInVain('d', publicAddress(1));
    await bench.openVpc(1, { groups: [groupOf(OPEN_GROUP_ID)] });
    await assert.rejects(connectTcp(onHost, publicAddress(1), PORT, AbortSignal.timeout(IN_VAIN_MS)));
    await bench.askInVain('c', publicAddress(1));
  });

  it('goes with its task, and nothing is left of its connections', async (test) => {
    const bench = Bench.for(test);
    const vpc = await bench.openVpc(1, { routedFromHost: true });
    await bench.network.attach('a', { ...eniOf(vpc, 1), publicIpv4Address: publicAddress(1) });
    await bench.echoIn(bench.inTask('a'));
    for (const address of [publicAddress(1), A]) {
      await bench.open(onHost, address);
      assert.ok(bench.connectionsOf(onHost, address) > 0);
    }
    await bench.network.detach('a');
    assert.equal(ip('route', 'show', publicAddress(1)), '');
    for (const address of [publicAddress(1), A]) assert.equal(bench.connectionsOf(onHost, address), 0);
  });
});

describe('two VPCs', options, () => {
  it('have the same range and addresses, and nothing passes between them', async (test) => {
    const bench = Bench.for(test);
    const [one, two] = [await bench.openVpc(1), await bench.openVpc(2)];
    await bench.network.attach('a', { ...eniOf(one, 1), publicIpv4Address: publicAddress(1) });
    await bench.network.attach('b', { ...eniOf(two, 1), publicIpv4Address: publicAddress(2) });
    await bench.network.attach('c', eniOf(two, 2));
    await bench.listenIn('b');
    await bench.listenIn('c');
    await bench.askInVain('a', `${NET}.16.5`);
    assert.equal(await bench.ask('b', `${NET}.16.5`), `seen as ${A}`);
  });

  it('do not reach each other’s private addresses by way of the machine', async (test) => {
    const bench = Bench.for(test);
    const routed = await bench.openVpc(1, { routedFromHost: true });
    // The other has a range of its own, and a route to the internet for all else.
    const cidr = '10.127.0.0/16';
    const other = { ...bench.vpc(2), cidr };
    await bench.network.applyVpc(pictureOf(other));
    await bench.network.attach('a', eniOf(routed, 1));
    await bench.network.attach('b', { ...eniOf(other, 1), publicIpv4Address: publicAddress(2) });
    await bench.listenIn('a');
    assert.equal(await text(await bench.open(onHost, A)), `seen as ${bench.uplinkOf(routed)}`);
    await bench.askInVain('b', A);
  });
});
