import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import type { NetworkFault } from '../../domain/metadata/network-faults.ts';
import { bindUdp } from '../../linux/sockets.ts';
import { patient } from '../../ports/testing/patience.ts';
import { eniOf } from '../../ports/testing/task-network-suite.ts';
import { LinuxNetworkFaults } from './linux-network-faults.ts';
import { Bench, NET } from './testing/network-bench.ts';
import { IN_VAIN_MS, PORT } from './testing/talk.ts';

const skip = process.getuid?.() !== 0 && 'needs root';
const hasNetem = skip === false && kernelHasNetem();
const [A, B] = [`${NET}.16.4`, `${NET}.16.5`];
const FLOWS = { destinations: [`${B}/32`], except: [], flowsPercent: 100 };
const HOLE: NetworkFault = {
  ...{ kind: 'network-blackhole-port', port: PORT, protocol: 'tcp', trafficType: 'egress', except: [] },
};
const LOSS: NetworkFault = { kind: 'network-packet-loss', lossPercent: 100, ...FLOWS };
const LATE: NetworkFault = { kind: 'network-latency', delayMs: 300, jitterMs: 0, ...FLOWS };

describe('LinuxNetworkFaults', { skip, timeout: patient(60_000) }, () => {
  /** Tasks `a` and `b` with servers on two ports. */
  const open = async (test: TestContext): Promise<{ bench: Bench; faults: LinuxNetworkFaults }> => {
    const bench = Bench.for(test);
    const vpc = await bench.openVpc(1);
    await bench.network.attach('a', eniOf(vpc, 1));
    await bench.network.attach('b', eniOf(vpc, 2));
    for (const taskId of ['a', 'b']) {
      for (const port of [PORT, PORT + 1]) await bench.listen(bench.inTask(taskId), '0.0.0.0', port);
    }
    const faults = new LinuxNetworkFaults({ instance: bench.instance });
    test.after(() => faults.close());
    return { bench, faults };
  };

  it('lets what goes to a port vanish, and nothing else, until it is stopped', async (test) => {
    const { bench, faults } = await open(test);
    await faults.start('a', HOLE);
    await faults.start('a', HOLE);
    assert.deepEqual([...(await faults.running('a'))], [`egress-tcp-${PORT}`]);
    await bench.askInVain('a', B);
    assert.equal(await bench.ask('a', B, PORT + 1), `seen as ${A}`);
    assert.equal(await bench.ask('b', A), `seen as ${B}`);
    await faults.stop('a', `egress-tcp-${PORT}`);
    await faults.stop('a', `egress-tcp-${PORT}`);
    assert.deepEqual([...(await faults.running('a'))], []);
    assert.equal(await bench.ask('a', B), `seen as ${A}`);
  });

  it('lets what comes to a port vanish, spares destinations, and outlives its maker', async (test) => {
    const { bench, faults } = await open(test);
    await faults.start('a', { ...HOLE, trafficType: 'ingress' });
    await faults.start('b', { ...HOLE, except: [`${A}/32`] });
    await bench.askInVain('b', A);
    assert.equal(await bench.ask('a', B), `seen as ${A}`);
    const later = new LinuxNetworkFaults({ instance: bench.instance });
    test.after(() => later.close());
    assert.deepEqual([...(await later.running('a'))], [`ingress-tcp-${PORT}`]);
    await later.stop('a', `ingress-tcp-${PORT}`);
    assert.equal(await bench.ask('b', A), `seen as ${B}`);
  });

  it('spares the metadata endpoint in both directions', async (test) => {
    const { bench, faults } = await open(test);
    const life = new AbortController();
    test.after(() => life.abort());
    const greet = (socket: { end(text: string): void }): void => socket.end('metadata');
    await bench.network.serveInTask('a', '169.254.170.2', 80, greet, life.signal);
    await faults.start('a', { ...HOLE, port: 80 });
    await faults.start('a', { ...HOLE, port: 80, trafficType: 'ingress' });
    assert.equal(await bench.ask('a', '169.254.170.2', 80), 'metadata');
  });

  it('loses packets to the destinations that it is for, of as many as were asked for', async (test) => {
    const { bench, faults } = await open(test);
    await faults.start('a', LOSS);
    assert.deepEqual([...(await faults.running('a'))], ['network-packet-loss']);
    await bench.askInVain('a', B);
    await faults.stop('a', 'network-packet-loss');
    assert.equal(await bench.ask('a', B), `seen as ${A}`);
    await faults.start('a', { ...LOSS, except: [`${B}/32`], destinations: ['0.0.0.0/0'] });
    assert.equal(await bench.ask('a', B), `seen as ${A}`);
    await faults.stop('a', 'network-packet-loss');
    await faults.start('a', { ...LOSS, lossPercent: 30 });
    const arrived = await arrivals(bench, { packets: 1000 });
    assert.ok(arrived > 600 && arrived < 800, `${arrived} of 1000 datagrams arrived at 30 % loss`);
    await faults.stop('a', 'network-packet-loss');
    await faults.start('a', { ...LOSS, flowsPercent: 50 });
    const flows = await arrivals(bench, { packets: 200, flows: 200 });
    assert.ok(flows > 50 && flows < 150, `${flows} of 200 flows were spared at 50 %`);
  });

  it('says that the kernel cannot make packets late, and changes nothing', {
    skip: hasNetem && 'kernel: has netem',
  }, async (test) => {
    const { bench, faults } = await open(test);
    await assert.rejects(faults.start('a', LATE), (error) => hasKind(error, 'unavailable'));
    assert.deepEqual([...(await faults.running('a'))], []);
    assert.equal(await bench.ask('a', B), `seen as ${A}`);
  });

  it('makes packets late', { skip: !hasNetem && 'kernel: no netem' }, async (test) => {
    const { bench, faults } = await open(test);
    await faults.start('a', LATE);
    const began = Date.now();
    assert.equal(await bench.ask('a', B), `seen as ${A}`);
    assert.ok(Date.now() - began >= 300, 'the first packet of a connection is late');
    await faults.stop('a', 'network-latency');
    assert.deepEqual([...(await faults.running('a'))], []);
    const [link] = bench.ipOf('a', 'link', 'show', 'eth1');
    assert.equal(link?.['qdisc'], 'noqueue');
  });

  it('knows nothing of a task that has no network', async (test) => {
    const { bench, faults } = await open(test);
    await faults.start('a', HOLE);
    await bench.network.detach('a');
    const isGone = (error: unknown): boolean => hasKind(error, 'not-found');
    await assert.rejects(faults.running('a'), isGone);
    await assert.rejects(faults.start('a', HOLE), isGone);
    await assert.rejects(faults.stop('a', 'network-latency'), isGone);
  });
});

/** How many of so many datagrams from `a` to `b` arrive; each flow has a port of its own. */
async function arrivals(
  bench: Bench,
  { packets, flows = 1 }: { packets: number; flows?: number },
): Promise<number> {
  const receiver = await bindUdp(bench.inTask('b'), B, 9000);
  const senders = await Promise.all(Array.from({ length: flows }, () => bindUdp(bench.inTask('a'), A, 0)));
  try {
    let count = 0;
    receiver.on('message', () => (count += 1));
    for (let sent = 0; sent < packets; sent += 1) {
      const sender = senders[sent % flows] ?? assert.fail();
      await new Promise<void>((resolve) => sender.send('x', 9000, B, () => resolve()));
    }
    await quiet(receiver);
    return count;
  } finally {
    receiver.close();
    for (const sender of senders) sender.close();
  }
}

/** Resolves when nothing has come for a while. */
async function quiet(receiver: NodeJS.EventEmitter): Promise<void> {
  for (;;) {
    const signal = AbortSignal.timeout(IN_VAIN_MS);
    try {
      await once(receiver, 'message', { signal });
    } catch {
      return;
    }
  }
}

/** Tried in a namespace that goes at once. */
function kernelHasNetem(): boolean {
  const script =
    'ip link add try type dummy 2>/dev/null || ip link add try type veth; tc qdisc add dev try root netem delay 1ms';
  try {
    execFileSync('unshare', ['--net', 'sh', '-c', script], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
