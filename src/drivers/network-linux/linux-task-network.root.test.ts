import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import type { EniSpec } from '../../domain/task/assignment.ts';
import { bindUdp, connectTcp, listenTcp } from '../../linux/sockets.ts';
import { SERVICE_ADDRESS, describeTaskNetwork, eniOf } from '../../ports/testing/task-network-suite.ts';
import { pictureOf, subnetOf } from '../../ports/testing/vpc-picture.ts';
import { LinuxTaskNetwork } from './linux-task-network.ts';
import { Bench, NET, OUTSIDE, onHost, PORT, ip, publicAddress } from './testing/network-bench.ts';

const skip = process.getuid?.() !== 0 && 'needs root';
describeTaskNetwork(
  'LinuxTaskNetwork',
  async () => {
    const bench = new Bench();
    return {
      network: bench.network,
      reopen: () => new LinuxTaskNetwork({ instance: bench.instance }),
      vpc: (number) => bench.vpc(number),
      sendDatagram: (taskId, address, port, message) =>
        sendDatagram(bench, taskId, { address, port, message }),
      leftovers: async () => bench.leftovers(),
      close: () => bench.close(),
    };
  },
  { skip },
);

async function sendDatagram(
  bench: Bench,
  taskId: string,
  { address, port, message }: { address: string; port: number; message: string },
): Promise<string | undefined> {
  const name = bench.names.taskNamespace(taskId);
  const socket = await bindUdp((action) => bench.namespaces.insideNamed(name, action), '0.0.0.0', 0);
  try {
    socket.send(message, port, address);
    const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(1000) })) as [Buffer];
    return answer.toString();
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

describe('a task inside its namespace', { skip, timeout: 60_000 }, () => {
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

  it('cannot send from an address that is not its own', async (test) => {
    const bench = Bench.for(test);
    const vpc = await bench.openVpc(1);
    await bench.network.attach('a', eniOf(vpc, 1));
    await bench.network.attach('b', eniOf(vpc, 2));
    await bench.listenIn('b');
    ip('-n', bench.names.taskNamespace('a'), 'addr', 'add', `${NET}.16.9/20`, 'dev', 'eth1');
    ip('-n', bench.names.taskNamespace('a'), 'addr', 'del', `${NET}.16.4/20`, 'dev', 'eth1');
    ip('-n', bench.names.taskNamespace('a'), 'addr', 'replace', `${NET}.16.9/20`, 'dev', 'eth1');
    await bench.askInVain('a', `${NET}.16.5`);
  });

  it('reaches the world with the machine’s address, which does not get in', async (test) => {
    const bench = Bench.for(test);
    const outside = bench.makeOutside();
    const vpc = await bench.openVpc(1, { routedFromHost: true });
    await bench.network.attach('a', { ...eniOf(vpc, 1), publicIpv4Address: publicAddress(1) });
    await bench.listenIn('a');
    const server = await listenTcp(outside.within, outside.address, PORT, (socket) => {
      socket.end(`seen as ${socket.remoteAddress}`);
    });
    bench.later(() => server.close());
    assert.equal(await bench.ask('a', outside.address), `seen as ${outside.hostAddress}`);
    // The same way back, not asked for: through the host's route to the VPC.
    await assert.rejects(connectTcp(outside.within, `${NET}.16.4`, PORT, AbortSignal.timeout(500)), {
      name: 'TimeoutError',
    });
  });
});

describe('the machine', { skip, timeout: 60_000 }, () => {
  it('reaches a task by its private address where the VPC is routed', async (test) => {
    const bench = Bench.for(test);
    const vpc = await bench.openVpc(1, { routedFromHost: true });
    await bench.network.attach('a', eniOf(vpc, 1));
    await bench.listenIn('a');
    const socket = await connectTcp((action) => action(), `${NET}.16.4`, PORT, AbortSignal.timeout(2000));
    assert.equal(await text(socket), `seen as ${bench.uplinkOf(vpc)}`);
    await bench.openVpc(1, { routedFromHost: false });
    assert.equal(ip('route', 'show', vpc.cidr), '');
  });

  it('is not reached by tasks on any address of its own', async (test) => {
    const bench = Bench.for(test);
    const vpc = await bench.openVpc(1, { routedFromHost: true });
    await bench.network.attach('a', eniOf(vpc, 1));
    ip('addr', 'add', `${OUTSIDE}.77/32`, 'dev', 'lo');
    bench.later(() => ip('addr', 'del', `${OUTSIDE}.77/32`, 'dev', 'lo'));
    for (const address of [`${OUTSIDE}.77`, bench.uplinkOf(vpc)]) {
      await bench.listen(onHost, address);
      await bench.askInVain('a', address);
    }
  });

  it('says which of its routes a VPC would clash with', async (test) => {
    const bench = Bench.for(test);
    ip('route', 'add', 'blackhole', `${NET}.128.0/20`);
    bench.later(() => ip('route', 'del', 'blackhole', `${NET}.128.0/20`));
    await assert.rejects(bench.openVpc(1, { routedFromHost: true }), (error) => {
      return hasKind(error, 'invalid') && error.message.includes(`${NET}.128.0/20`);
    });
    assert.deepEqual(await bench.network.listVpcs(), []);
    // Not routed from the host, the range is the VPC's own affair.
    await bench.openVpc(1);
  });

  it('leaves a public address to those who lead it elsewhere, and says to whom', async (test) => {
    const bench = Bench.for(test);
    const address = publicAddress(1);
    ip('route', 'add', address, 'dev', 'lo');
    bench.later(() => ip('route', 'del', address, 'dev', 'lo'));
    const eni = { ...eniOf(await bench.openVpc(1), 1), publicIpv4Address: address };
    await assert.rejects(bench.network.attach('a', eni), (error) => {
      return hasKind(error, 'invalid') && error.message.includes(`${address}/32 is in use`);
    });
    assert.match(ip('route', 'get', address), /dev lo/);
    await bench.network.detach('a');
  });

  it('forwards for tasks only, and no more when the last VPC has gone', async (test) => {
    const everywhere = readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8');
    const bench = Bench.for(test);
    const outside = bench.makeOutside();
    await bench.openVpc(1);
    assert.equal(readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8'), everywhere);
    await bench.network.removeVpc(bench.vpc(1).vpcId);
    const link = (JSON.parse(ip('-j', 'route', 'get', outside.address)) as { dev: string }[])[0]?.dev ?? '';
    assert.equal(readFileSync(`/proc/sys/net/ipv4/conf/${link}/forwarding`, 'utf8'), everywhere);
    assert.deepEqual(bench.leftovers(), []);
  });
});

describe('LinuxTaskNetwork on this machine', { skip, timeout: 60_000 }, () => {
  it('dials names: by the resolver of its VPC, trying one address after the other', async (test) => {
    const asked = new Set<string>();
    const bench = Bench.for(test, {
      resolve: async (host, vpcId) => {
        asked.add(vpcId);
        if (host === 'unknown.test') throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
        return [`${NET}.16.5`, `${NET}.16.6`];
      },
    });
    const vpc = await bench.openVpc(1);
    for (const number of [1, 2, 3]) await bench.network.attach(`task-${number}`, eniOf(vpc, number));
    // The first address refuses.
    await bench.listenIn('task-3');
    assert.equal(await bench.ask('task-1', 'peer.test'), `seen as ${NET}.16.4`);
    await assert.rejects(bench.ask('task-1', 'unknown.test'), (error) => {
      return hasKind(error, 'unavailable') && error.details['syscallCode'] === 'ENOTFOUND';
    });
    assert.deepEqual([...asked], [vpc.vpcId]);
  });

  it('ends an attempt that nobody answers in time, and says so', async (test) => {
    const bench = Bench.for(test, { connectTimeoutMs: 200 });
    await bench.network.attach('a', eniOf(await bench.openVpc(1), 1));
    const connecting = bench.network.dialer('a').connect({ host: `${NET}.99.9`, port: PORT });
    await assert.rejects(connecting, (error) => {
      return hasKind(error, 'deadline') && error.details['address'] === `${NET}.99.9`;
    });
  });

  it('ends connections of a task that is detached', async (test) => {
    const bench = Bench.for(test);
    const vpc = await bench.openVpc(1);
    await bench.network.attach('a', eniOf(vpc, 1));
    const server = await bench.network.serveInVpc(
      vpc.vpcId,
      SERVICE_ADDRESS,
      80,
      (socket) => void socket.on('error', () => undefined),
      new AbortController().signal,
    );
    assert.equal(server, undefined);
    const socket = await bench.network.dialer('a').connect({ host: SERVICE_ADDRESS, port: 80 });
    const closed = once(socket, 'close');
    await bench.network.detach('a');
    await closed;
  });

  it('takes the interface away even when a process stays in the namespace', async (test) => {
    const bench = Bench.for(test);
    const vpc = await bench.openVpc(1);
    await bench.network.attach('a', eniOf(vpc, 1));
    const holder = bench.namespaces.open(bench.names.taskNamespace('a'));
    try {
      await bench.network.detach('a');
      // Its address is free at once; the interface goes a little later.
      await bench.network.attach('b', eniOf(vpc, 1));
      await bench.network.detach('b');
      await bench.network.removeVpc(vpc.vpcId);
      assert.deepEqual(bench.leftovers(), []);
    } finally {
      closeSync(holder);
    }
  });

  it('finds and removes what a crash left half made', async (test) => {
    const bench = Bench.for(test);
    const vpc = bench.vpc(1);
    // A task and a VPC of which only the name was made.
    writeFileSync(bench.namespaces.path(bench.names.taskNamespace('half')), '');
    writeFileSync(bench.namespaces.path(bench.names.vpcNamespace(vpc.vpcId)), '');
    assert.deepEqual(await bench.network.listAttached(), ['half']);
    assert.deepEqual(await bench.network.listVpcs(), [vpc.vpcId]);
    await bench.network.applyVpc(pictureOf(vpc));
    await bench.network.detach('half');
    await bench.network.attach('half', eniOf(vpc, 1));
    await bench.listenIn('half');
    await bench.network.attach('whole', eniOf(vpc, 2));
    assert.equal(await bench.ask('whole', `${NET}.16.4`), `seen as ${NET}.16.5`);
  });

  it('gives a task an address that an agent before served something at', async (test) => {
    const bench = Bench.for(test);
    const vpc = bench.vpc(1);
    const { privateIpv4Address: address } = eniOf(vpc, 1);
    await bench.network.applyVpc(pictureOf(vpc));
    ip('-n', bench.names.vpcNamespace(vpc.vpcId), 'addr', 'add', `${address}/32`, 'dev', 'lo');
    await bench.network.attach('a', eniOf(vpc, 1));
    await bench.network.attach('b', eniOf(vpc, 2));
    await bench.listenIn('a');
    assert.equal(await bench.ask('b', address), `seen as ${NET}.16.5`);
  });

  it('puts a half-attached task right when it is attached again', async (test) => {
    const bench = Bench.for(test);
    const eni = eniOf(await bench.openVpc(1), 1);
    await bench.network.attach('a', eni);
    ip('-n', bench.names.taskNamespace('a'), 'addr', 'flush', 'dev', 'eth1');
    await bench.network.attach('a', eni);
    await bench.network.attach('b', eniOf(bench.vpc(1), 2));
    await bench.listenIn('a');
    assert.equal(await bench.ask('b', `${NET}.16.4`), `seen as ${NET}.16.5`);
  });

  it('serves on after a restart of the agent, on the VPC and tasks of before', async (test) => {
    const bench = Bench.for(test);
    const vpc = await bench.openVpc(1, { routedFromHost: true });
    await bench.network.attach('a', eniOf(vpc, 1));
    const gateway = bench.uplinkOf(vpc);
    const later = new LinuxTaskNetwork({ instance: bench.instance });
    try {
      await later.applyVpc(pictureOf(vpc));
      assert.equal(bench.uplinkOf(vpc), gateway);
      const end = new AbortController();
      await later.serveInVpc(
        vpc.vpcId,
        SERVICE_ADDRESS,
        80,
        (socket) => void socket.end('again'),
        end.signal,
      );
      const socket = await later.dialer('a').connect({ host: SERVICE_ADDRESS, port: 80 });
      assert.equal(await text(socket), 'again');
      end.abort();
    } finally {
      await later.close();
    }
  });

  it('attaches and detaches fifty at once, and leaves nothing', async (test) => {
    const bench = Bench.for(test);
    const ids = Array.from({ length: 50 }, (_, index) => `task-${index}`);
    const vpc = await bench.openVpc(1);
    await Promise.all(ids.map((id, index) => bench.network.attach(id, eniOf(vpc, index + 1))));
    await Promise.all(ids.map((id) => bench.network.detach(id)));
    await bench.network.removeVpc(vpc.vpcId);
    assert.deepEqual(bench.leftovers(), []);
  });
});
