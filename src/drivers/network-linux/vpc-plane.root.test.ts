import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import type { RoutePicture } from '../../domain/network/vpc.ts';
import { connectTcp, listenTcp } from '../../linux/sockets.ts';
import { eniOf } from '../../ports/testing/task-network-suite.ts';
import {
  OPEN_GROUP_ID,
  groupOf,
  pictureOf,
  portOf,
  publicRoutes,
  ruleOf,
} from '../../ports/testing/vpc-picture.ts';
import { LinuxTaskNetwork } from './linux-task-network.ts';
import { Bench, NET, PORT, ip, publicAddress } from './testing/network-bench.ts';

const skip = process.getuid?.() !== 0 && 'needs root';
const options = { skip, timeout: 60_000 };
const A = `${NET}.16.4`;
const B = `${NET}.16.5`;
const SG = (digit: number) => `sg-0000000000000000${digit}`;
const onHost = <T>(action: () => T): T => action();

describe('security groups', options, () => {
  it('admit what a rule of the receiver names, and nothing else', async (test) => {
    const bench = Bench.for(test);
    const vpc = bench.vpc(1);
    const groups = [groupOf(SG(1)), groupOf(SG(2), [portOf(PORT, { cidrs: [`${A}/32`] })])];
    await bench.network.applyVpc(pictureOf(vpc, { groups }));
    await bench.network.attach('a', { ...eniOf(vpc, 1), securityGroups: [SG(1)] });
    await bench.network.attach('b', { ...eniOf(vpc, 2), securityGroups: [SG(2)] });
    await bench.network.attach('c', { ...eniOf(vpc, 3), securityGroups: [SG(1)] });
    await bench.listenIn('a');
    await bench.listenIn('b');
    assert.equal(await bench.ask('a', B), `seen as ${A}`);
    await bench.askInVain('c', B);
    await bench.askInVain('b', A);
  });

  it('let out what a rule of the sender names, and nothing else', async (test) => {
    const bench = Bench.for(test);
    const vpc = bench.vpc(1);
    const groups = [
      groupOf(SG(1), [], [portOf(PORT, { cidrs: [`${B}/32`] })]),
      groupOf(SG(2), [ruleOf()], []),
    ];
    await bench.network.applyVpc(pictureOf(vpc, { groups }));
    await bench.network.attach('a', { ...eniOf(vpc, 1), securityGroups: [SG(1)] });
    await bench.network.attach('b', { ...eniOf(vpc, 2), securityGroups: [SG(2)] });
    await bench.network.attach('c', { ...eniOf(vpc, 3), securityGroups: [SG(2)] });
    await bench.listenIn('b');
    await bench.listenIn('c');
    assert.equal(await bench.ask('a', B), `seen as ${A}`);
    await bench.askInVain('a', `${NET}.16.6`);
    await bench.askInVain('b', `${NET}.16.6`);
  });
});

describe('routes', options, () => {
  it('are obeyed: what none takes is dropped, also inside the machine', async (test) => {
    const bench = Bench.for(test);
    const vpc = bench.vpc(1);
    const outside = bench.makeOutside();
    const server = await listenTcp(outside.within, outside.address, PORT, (socket) => {
      socket.end(`seen as ${socket.remoteAddress}`);
    });
    bench.later(() => server.close());
    const subnet = pictureOf(vpc).subnets[0] ?? assert.fail();
    const withRoutes = (routes: RoutePicture[]) => pictureOf(vpc, { subnets: [{ ...subnet, routes }] });
    await bench.network.applyVpc(withRoutes(publicRoutes(vpc)));
    await bench.network.attach('a', { ...eniOf(vpc, 1), publicIpv4Address: publicAddress(1) });
    await bench.network.attach('b', eniOf(vpc, 2));
    assert.equal(await bench.ask('a', outside.address), `seen as ${outside.hostAddress}`);
    await bench.askInVain('b', outside.address);
    const blackhole: RoutePicture = {
      destinationCidr: `${outside.address}/32`,
      target: { type: 'blackhole' },
    };
    await bench.network.applyVpc(withRoutes([...publicRoutes(vpc), blackhole]));
    await bench.askInVain('a', outside.address);
    const nat: RoutePicture = {
      destinationCidr: '0.0.0.0/0',
      target: {
        type: 'nat-gateway',
        natGatewayId: 'nat-00000000000000001',
        publicIpv4Address: publicAddress(9),
      },
    };
    await bench.network.applyVpc(withRoutes([publicRoutes(vpc)[0] ?? nat, nat]));
    assert.equal(await bench.ask('b', outside.address), `seen as ${outside.hostAddress}`);
  });
});

describe('public addresses', options, () => {
  it('lead the machine and other tasks to the task, as far as its groups admit', async (test) => {
    const bench = Bench.for(test);
    const [one, two] = [bench.vpc(1), bench.vpc(2)];
    for (const vpc of [one, two]) await bench.network.applyVpc(pictureOf(vpc));
    await bench.network.attach('a', { ...eniOf(one, 1), publicIpv4Address: publicAddress(1) });
    await bench.network.attach('b', { ...eniOf(one, 2), publicIpv4Address: publicAddress(2) });
    await bench.network.attach('c', { ...eniOf(two, 2), publicIpv4Address: publicAddress(3) });
    await bench.listenIn('a');
    const socket = await connectTcp(onHost, publicAddress(1), PORT, AbortSignal.timeout(2000));
    assert.match(await text(socket), /^seen as 169\.254\./);
    assert.equal(await bench.ask('b', publicAddress(1)), `seen as ${publicAddress(2)}`);
    assert.equal(await bench.ask('c', publicAddress(1)), `seen as ${publicAddress(3)}`);
    await bench.network.applyVpc(pictureOf(one, { groups: [groupOf(OPEN_GROUP_ID)] }));
    await assert.rejects(connectTcp(onHost, publicAddress(1), PORT, AbortSignal.timeout(400)));
    await bench.askInVain('c', publicAddress(1));
    await bench.network.detach('a');
    assert.equal(ip('route', 'show', publicAddress(1)), '');
  });
});

describe('the tables of a VPC', options, () => {
  it('are the same whether an interface came to them or they were loaded with it', async (test) => {
    const bench = Bench.for(test);
    const vpc = bench.vpc(1);
    const picture = pictureOf(vpc, {
      groups: [groupOf(SG(1), [ruleOf({ groupIds: [SG(2)] })]), groupOf(SG(2))],
    });
    await bench.network.applyVpc(picture);
    const before = bench.tablesOf(vpc);
    const securityGroups = [SG(1), SG(2), SG(3)];
    await bench.network.attach('a', {
      ...eniOf(vpc, 1),
      securityGroups,
      publicIpv4Address: publicAddress(1),
    });
    await bench.network.attach('b', { ...eniOf(vpc, 2), securityGroups: [SG(1)] });
    const grown = bench.tablesOf(vpc);
    const later = new LinuxTaskNetwork({ instance: bench.instance });
    await later.applyVpc(picture);
    assert.deepEqual(bench.tablesOf(vpc), grown);
    await later.detach('a');
    await later.detach('b');
    await later.applyVpc(picture);
    await later.close();
    assert.deepEqual(bench.tablesOf(vpc), before);
  });
});
