import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import type { EniSpec } from '../../domain/task/assignment.ts';
import { connectTcp } from '../../linux/sockets.ts';
import { eniOf } from '../../ports/testing/task-network-suite.ts';
import { OPEN_GROUP_ID, groupOf, ruleOf, subnetOf } from '../../ports/testing/vpc-picture.ts';
import { Bench, NET, ip, nft, publicAddress } from './testing/network-bench.ts';
import { IN_VAIN_MS, PORT } from './testing/talk.ts';
import { patient } from '../../ports/testing/patience.ts';

const [A, B] = [`${NET}.16.4`, `${NET}.16.5`];
const skip = process.getuid?.() !== 0 && 'needs root';

describe('a task inside its namespace', { skip, timeout: patient(60_000) }, () => {
  it('sees eth1 with the MTU, MAC and address of its ENI, and its gateway', async (test) => {
    const bench = Bench.for(test);
    const eni = eniOf(await bench.openVpc(1), 1);
    await bench.network.attach('task', eni);
    const links = bench.ipOf('task', 'link') as {
      ifname: string;
      mtu: number;
      address: string;
      operstate: string;
    }[];
    assert.deepEqual(
      links.map((link) => link.ifname),
      ['lo', 'eth1'],
    );
    assert.deepEqual([links[1]?.mtu, links[1]?.address, links[1]?.operstate], [9001, eni.macAddress, 'UP']);
    const [own] = bench.ipOf('task', 'addr', 'show', 'eth1') as {
      addr_info: { local: string; prefixlen: number }[];
    }[];
    assert.deepEqual(
      own?.addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`),
      [`${eni.privateIpv4Address}/20`],
    );
    const routes = bench.ipOf('task', 'route') as { dst: string; gateway?: string }[];
    assert.deepEqual(
      routes.map((route) => [route.dst, route.gateway]),
      [
        ['default', eni.gatewayIpv4Address],
        [`${NET}.16.0/20`, undefined],
      ],
    );
  });

  it('reaches tasks of its own and of another subnet, seen with its own address', async (test) => {
    const bench = Bench.for(test);
    const subnets = [16, 32].map((octet) => subnetOf(bench.vpc(1), octet));
    const vpc = await bench.openVpc(1, { subnets });
    const other: EniSpec = {
      ...eniOf(vpc, 3),
      privateIpv4Address: `${NET}.32.9`,
      subnetId: 'subnet-00000000000000002',
      subnetCidr: `${NET}.32.0/20`,
      gatewayIpv4Address: `${NET}.32.1`,
    };
    await Promise.all([
      bench.network.attach('a', eniOf(vpc, 1)),
      bench.network.attach('b', eniOf(vpc, 2)),
      bench.network.attach('c', other),
    ]);
    await bench.listenIn('b');
    await bench.listenIn('c');
    assert.equal(await bench.ask('a', `${NET}.16.5`), `seen as ${NET}.16.4`);
    assert.equal(await bench.ask('a', `${NET}.32.9`), `seen as ${NET}.16.4`);
    const before = await bench.network.counters('a');
    await bench.ask('a', `${NET}.16.5`);
    const after = await bench.network.counters('a');
    assert.ok(after.txPackets > before.txPackets && after.rxBytes > before.rxBytes);
  });

  it('gets no answer from an address that nobody has', async (test) => {
    const bench = Bench.for(test);
    await bench.network.attach('a', eniOf(await bench.openVpc(1), 1));
    await bench.askInVain('a', `${NET}.16.77`);
    await bench.askInVain('a', `${NET}.99.77`);
  });

  it('reaches the world with the machine’s address, which does not get in', async (test) => {
    const bench = Bench.for(test);
    const outside = bench.makeOutside();
    const vpc = await bench.openVpc(1, { routedFromHost: true });
    await bench.network.attach('a', { ...eniOf(vpc, 1), publicIpv4Address: publicAddress(1) });
    await bench.listenIn('a');
    await bench.listen(outside.within, outside.address);
    assert.equal(await bench.ask('a', outside.address), `seen as ${outside.hostAddress}`);
    // The same way back, not asked for: through the host's route to the VPC.
    await assert.rejects(connectTcp(outside.within, `${NET}.16.4`, PORT, AbortSignal.timeout(500)), {
      name: 'TimeoutError',
    });
  });
});

describe('what a task sends', { skip, timeout: patient(60_000) }, () => {
  /** Tasks a, b and c; what follows spoils the namespace of a, and b would answer it. */
  async function threeTasks(bench: Bench) {
    const vpc = await bench.openVpc(1);
    for (const [index, taskId] of ['a', 'b', 'c'].entries()) {
      await bench.network.attach(taskId, eniOf(vpc, index + 1));
    }
    await bench.listenIn('b');
    assert.equal(await bench.ask('a', B), `seen as ${A}`);
    const change = (...parameters: string[]) => ip('-n', bench.names.taskNamespace('a'), ...parameters);
    // Nothing that is sent to b depends on an answer to another question.
    change('neigh', 'replace', B, 'lladdr', bench.macOfVpcEnd('a'), 'dev', 'eth1');
    /** Holds that nothing of what a sends gets to b. */
    const sendsInVain = async () => {
      const before = await bench.network.counters('b');
      const sent = (await bench.network.counters('a')).txPackets;
      assert.equal(await bench.sendTo(bench.inTask('a'), B, { patienceMs: IN_VAIN_MS }), undefined);
      assert.ok((await bench.network.counters('a')).txPackets > sent);
      assert.deepEqual(await bench.network.counters('b'), before);
    };
    return { change, sendsInVain };
  }

  for (const [whose, address] of [
    ['nobody has', `${NET}.16.99`],
    ['another task has', `${NET}.16.6`],
    ['is outside of the VPC', '192.0.2.7'],
  ]) {
    it(`from an address that ${whose} is dropped`, async (test) => {
      const bench = Bench.for(test);
      const { change, sendsInVain } = await threeTasks(bench);
      change('addr', 'add', `${address}/32`, 'dev', 'eth1');
      change('route', 'add', B, 'dev', 'eth1', 'src', `${address}`);
      await sendsInVain();
      change('route', 'del', B);
      assert.equal(await bench.ask('a', B), `seen as ${A}`);
    });
  }

  it('from a MAC address that is not its own is dropped', async (test) => {
    const bench = Bench.for(test);
    const { change, sendsInVain } = await threeTasks(bench);
    change('link', 'set', 'eth1', 'address', '02:00:0a:00:10:77');
    change('neigh', 'replace', B, 'lladdr', bench.macOfVpcEnd('a'), 'dev', 'eth1');
    await sendsInVain();
  });

  it('about the addresses of others is not believed', async (test) => {
    const bench = Bench.for(test);
    const { change } = await threeTasks(bench);
    // With the address goes an announcement to everybody, and answers to whoever asks for it.
    change('link', 'set', 'eth1', 'down');
    change('addr', 'add', `${B}/20`, 'dev', 'eth1');
    change('link', 'set', 'eth1', 'up');
    assert.equal(await bench.ask('c', B), `seen as ${NET}.16.6`);
  });
});

/** So many bytes of a connection. */
async function takeFrom(socket: Socket, count: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let missing = count;
  for await (const part of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    parts.push(part);
    missing -= part.length;
    if (missing <= 0) break;
  }
  return Buffer.concat(parts);
}

function mtuOfUplink(bench: Bench): number {
  const name = bench.names.vpcNamespace(bench.vpc(1).vpcId);
  const [link] = JSON.parse(ip('-n', name, '-j', 'link', 'show', 'uplink')) as { mtu: number }[];
  return link?.mtu ?? 0;
}

describe('large packets', { skip, timeout: patient(60_000) }, () => {
  /** A task with a public address, and an outside whose own links take more than what lies between. */
  async function withOutside(bench: Bench, mtu: number) {
    const outside = bench.makeOutside(mtu);
    const vpc = await bench.openVpc(1);
    await bench.network.attach('a', { ...eniOf(vpc, 1), publicIpv4Address: publicAddress(1) });
    return { vpc, outside };
  }

  it('pass whole between tasks, whose interfaces take 9001 bytes', async (test) => {
    const bench = Bench.for(test);
    const vpc = await bench.openVpc(1);
    for (const number of [1, 2]) await bench.network.attach(`task-${number}`, eniOf(vpc, number));
    await bench.answerDatagramsIn(bench.inTask('task-2'));
    const before = await bench.network.counters('task-2');
    assert.equal(await bench.sendTo(bench.inTask('task-1'), B, { bytes: 8973 }), `8973 from ${A}`);
    const after = await bench.network.counters('task-2');
    assert.ok(after.rxPackets - before.rxPackets <= 2);
  });

  it('are put together again for the groups, and arrive whole', async (test) => {
    const bench = Bench.for(test);
    const groups = [groupOf(OPEN_GROUP_ID, [ruleOf({ protocol: '17', fromPort: PORT, toPort: PORT })])];
    const vpc = await bench.openVpc(1, { groups });
    for (const number of [1, 2]) await bench.network.attach(`task-${number}`, eniOf(vpc, number));
    for (const port of [PORT, PORT + 1]) await bench.answerDatagramsIn(bench.inTask('task-2'), B, port);
    const bytes = 60_000;
    assert.equal(await bench.sendTo(bench.inTask('task-1'), B, { bytes }), `${bytes} from ${A}`);
    assert.equal(
      await bench.sendTo(bench.inTask('task-1'), B, { bytes, port: PORT + 1, patienceMs: IN_VAIN_MS }),
      undefined,
    );
  });

  it('of TCP fit the uplink in both directions, also where nobody says that they are too big', async (test) => {
    const bench = Bench.for(test);
    const { outside } = await withOutside(bench, 9001);
    const silence =
      'table ip test { chain input { type filter hook input priority 0; ip protocol icmp drop; }; }';
    nft(outside.name, silence);
    nft(bench.names.taskNamespace('a'), silence);
    const bulk = Buffer.alloc(4 * 2 ** 20, 7);
    await bench.serve(outside.within, (socket) => {
      void takeFrom(socket, bulk.length).then((received) => socket.end(received));
    });
    const socket = await bench.open(bench.inTask('a'), outside.address);
    socket.write(bulk);
    assert.ok(bulk.equals(await takeFrom(socket, bulk.length)));
  });

  it('are made smaller by their sender when he is told that they are too big', async (test) => {
    const bench = Bench.for(test);
    const { outside } = await withOutside(bench, 9001);
    await bench.answerDatagramsIn(outside.within, outside.address);
    const seen = await bench.sendTo(bench.inTask('a'), outside.address, { bytes: 5000 });
    assert.equal(seen, `5000 from ${outside.hostAddress}`);
    assert.equal(bench.pathMtu('a', outside.address), mtuOfUplink(bench));
  });

  it('are made smaller also for links behind the machine', async (test) => {
    const bench = Bench.for(test);
    const { outside } = await withOutside(bench, 1280);
    await bench.answerDatagramsIn(outside.within, outside.address);
    // It fits the uplink.
    const seen = await bench.sendTo(bench.inTask('a'), outside.address, { bytes: 1300 });
    assert.equal(seen, `1300 from ${outside.hostAddress}`);
    assert.equal(bench.pathMtu('a', outside.address), 1280);
  });
});
