import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionLook, FlowObservation } from '../../../domain/network/flow-logs/flow-observation.ts';
import { Namespaces } from '../../../linux/namespace.ts';
import { bindUdp, connectTcp, listenTcp, type Within } from '../../../linux/sockets.ts';
import { writeSysctl } from '../../../linux/sysctl.ts';
import { eniOf } from '../../../ports/testing/task-network-suite.ts';
import { pictureOf } from '../../../ports/testing/vpc-picture.ts';
import { LinuxTaskNetwork } from '../linux-task-network.ts';
import { Names } from '../names.ts';
import { patient } from '../../../ports/testing/patience.ts';

const skip = process.getuid?.() !== 0 && 'needs root';
const NET = `10.${128 + ((randomBytes(1)[0] ?? 0) % 127)}`;
const PORT = 8080;

/** Two tasks in a VPC of their own. */
async function twoTasks(test: TestContext) {
  const instance = randomBytes(8).toString('hex');
  const names = new Names(instance);
  const namespaces = new Namespaces();
  const network = new LinuxTaskNetwork({ instance });
  const vpcId = `vpc-${randomBytes(8).toString('hex')}0`;
  const vpc = { vpcId, cidr: `${NET}.0.0/16`, routedFromHost: false };
  test.after(async () => {
    for (const taskId of await network.listAttached()) await network.detach(taskId);
    await network.removeVpc(vpcId);
    await network.close();
    namespaces.close();
  });
  await network.applyVpc(pictureOf(vpc));
  const enis = { a: eniOf(vpc, 1), b: eniOf(vpc, 2) };
  for (const [taskId, eni] of Object.entries(enis)) await network.attach(taskId, eni);
  const inTask =
    (taskId: string): Within =>
    (action) =>
      namespaces.insideNamed(names.taskNamespace(taskId), action);
  const nft = (rules: string) =>
    execFileSync('ip', ['netns', 'exec', names.vpcNamespace(vpcId), 'nft', '-f', '-'], { input: rules });
  const inVpc: Within = (action) => namespaces.insideNamed(names.vpcNamespace(vpcId), action);
  return { network, vpcId, enis, inTask, inVpc, nft };
}

function connections(seen: readonly FlowObservation[], port: number): ConnectionLook[] {
  return seen.filter(
    (each): each is ConnectionLook => each.type === 'connection' && each.original.destinationPort === port,
  );
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + patient(5_000); !(await holds()); await sleep(20)) {
    assert.ok(Date.now() < end, 'it never came');
  }
}

describe('the traffic of a VPC', { skip, timeout: patient(60_000) }, () => {
  it('has every connection with its counters and states', async (test) => {
    const { network, vpcId, enis, inTask } = await twoTasks(test);
    const seen: FlowObservation[] = [];
    const end = new AbortController();
    test.after(() => end.abort());
    const watch = await network.watchFlows(vpcId, (each) => seen.push(each), end.signal);
    const server = await listenTcp(inTask('b'), enis.b.privateIpv4Address, PORT, (socket) => {
      socket.resume().on('end', () => socket.end('done'));
    });
    test.after(() => server.close());
    const client = await connectTcp(
      inTask('a'),
      enis.b.privateIpv4Address,
      PORT,
      AbortSignal.timeout(patient(5_000)),
    );
    await watch.look();
    const [opened] = connections(seen, PORT);
    assert.equal(opened?.tcp?.state, 'established');
    assert.equal(opened.protocol, 6);
    assert.equal(opened.original.sourceAddress, enis.a.privateIpv4Address);
    assert.equal(opened.original.destinationAddress, enis.b.privateIpv4Address);
    assert.equal(opened.reply.sourceAddress, enis.b.privateIpv4Address);
    assert.ok(Math.abs(opened.startedAt - Date.now()) < 60_000, 'the kernel says when it began');
    client.end(Buffer.alloc(1_000_000));
    client.resume();
    await once(client, 'end');
    seen.length = 0;
    await watch.look();
    const [closed] = connections(seen, PORT);
    assert.equal(closed?.id, opened.id);
    assert.equal(closed.tcp?.state, 'closed');
    assert.ok(
      closed.original.bytes > 1_000_000 && closed.original.bytes < 1_060_000,
      `${closed.original.bytes}`,
    );
    assert.ok(closed.original.packets > opened.original.packets);
  });

  it('tells the end of a connection with its last counters', async (test) => {
    const { network, vpcId, enis, inTask, inVpc } = await twoTasks(test);
    const seen: FlowObservation[] = [];
    const end = new AbortController();
    test.after(() => end.abort());
    const watch = await network.watchFlows(vpcId, (each) => seen.push(each), end.signal);
    inVpc(() => writeSysctl(['net', 'netfilter', 'nf_conntrack_udp_timeout'], 1));
    const socket = await bindUdp(inTask('a'), enis.a.privateIpv4Address, PORT);
    test.after(() => socket.close());
    for (let sent = 0; sent < 10; sent += 1)
      socket.send(Buffer.alloc(100), PORT + 1, enis.b.privateIpv4Address);
    const ends = () => connections(seen, PORT + 1).filter((each) => each.endedAt !== undefined);
    // The kernel notices what is over when somebody looks, or at leisure.
    await until(async () => {
      await watch.look();
      return ends().length > 0;
    });
    const [ended] = ends();
    assert.equal(ended?.original.packets, 10);
    assert.equal(ended.original.bytes, 10 * 128);
    assert.ok((ended.endedAt ?? 0) >= ended.startedAt && ended.startedAt > 0);
  });

  it('tells of packets that the firewall drops, with their reason', async (test) => {
    const { network, vpcId, enis, inTask, nft } = await twoTasks(test);
    const seen: FlowObservation[] = [];
    const end = new AbortController();
    test.after(() => end.abort());
    await network.watchFlows(vpcId, (each) => seen.push(each), end.signal);
    nft(`table ip test {
      chain forward {
      type filter hook forward priority -10
      ip protocol udp log prefix "ng:ingress:${enis.b.eniId}" group 100 snaplen 128 drop
      tcp dport ${PORT} log prefix "ng:unrouted" group 100 snaplen 128 drop
      }
    }`);
    const socket = await bindUdp(inTask('a'), enis.a.privateIpv4Address, PORT);
    test.after(() => socket.close());
    socket.send(Buffer.alloc(1_000), PORT + 2, enis.b.privateIpv4Address);
    await assert.rejects(connectTcp(inTask('a'), enis.b.privateIpv4Address, PORT, AbortSignal.timeout(200)));
    const dropped = (protocol: number) =>
      seen.find((each) => each.type === 'dropped' && each.protocol === protocol);
    await until(() => dropped(17) !== undefined && dropped(6) !== undefined);
    const [refused, unrouted] = [dropped(17), dropped(6)];
    assert.ok(refused?.type === 'dropped' && unrouted?.type === 'dropped');
    assert.deepEqual(
      { ...refused, at: 0 },
      {
        type: 'dropped',
        reason: { type: 'denied', direction: 'ingress', eniId: enis.b.eniId },
        sourceAddress: enis.a.privateIpv4Address,
        sourcePort: PORT,
        destinationAddress: enis.b.privateIpv4Address,
        destinationPort: PORT + 2,
        protocol: 17,
        bytes: 1_028,
        tcpFlags: 0,
        at: 0,
      },
    );
    assert.deepEqual(unrouted.reason, { type: 'unrouted' });
    assert.equal(unrouted.tcpFlags, 2);
  });
});
