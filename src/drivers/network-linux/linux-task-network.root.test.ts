import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import { bindUdp } from '../../linux/sockets.ts';
import { SERVICE_ADDRESS, describeTaskNetwork, eniOf } from '../../ports/testing/task-network-suite.ts';
import { pictureOf } from '../../ports/testing/vpc-picture.ts';
import { LinuxTaskNetwork } from './linux-task-network.ts';
import { Bench, NET, ip } from './testing/network-bench.ts';
import { PORT } from './testing/talk.ts';
import { patient } from '../../ports/testing/patience.ts';

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
    const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(2000) })) as [Buffer];
    return answer.toString();
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

describe('LinuxTaskNetwork on this machine', { skip, timeout: patient(60_000) }, () => {
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
