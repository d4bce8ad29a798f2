/** What every TaskNetwork does. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import type { VpcSpec } from '../../domain/network/vpc.ts';
import type { EniSpec } from '../../domain/task/assignment.ts';
import type { TaskNetwork } from '../task-network.ts';
import { pictureOf } from './vpc-picture.ts';
import { patient } from './patience.ts';

export interface TaskNetworkHarness {
  readonly network: TaskNetwork;
  /** A second one over the same machine, as after a restart of the agent. */
  reopen(): TaskNetwork;
  /** Two VPCs with the same range 10.x.0.0/16, not routed from the host. */
  vpc(number: 1 | 2): VpcSpec;
  /** A datagram from a task, with its answer; undefined when none comes within a second. */
  sendDatagram(taskId: string, address: string, port: number, message: string): Promise<string | undefined>;
  /** What the machine still has of the suite. */
  leftovers(): Promise<string[]>;
  close(): Promise<void>;
}

export const SERVICE_ADDRESS = '169.254.171.1';

/** An interface in a VPC with a range 10.x.0.0/16, with the address 10.x.16.`3 + number`; up to 200. */
export function eniOf(vpc: VpcSpec, number: number): EniSpec {
  const hex = number.toString(16).padStart(2, '0');
  const network = vpc.cidr.split('.').slice(0, 2).join('.');
  return {
    eniId: `eni-${'0'.repeat(15)}${hex}`,
    attachmentId: `00000000-0000-0000-0000-0000000000${hex}`,
    macAddress: `02:00:0a:00:10:${hex}`,
    privateIpv4Address: `${network}.16.${3 + number}`,
    subnetId: 'subnet-00000000000000001',
    subnetCidr: `${network}.16.0/20`,
    gatewayIpv4Address: `${network}.16.1`,
    mtu: 9001,
    privateDnsName: `ip-${network.replace('.', '-')}-16-${3 + number}.eu-west-1.compute.internal`,
    dnsServers: [`${network}.0.2`],
    dnsSearchDomains: ['eu-west-1.compute.internal'],
    securityGroups: ['sg-00000000000000001'],
    vpc,
  };
}

/** Runs the suite as test cases under `name`. */
export function describeTaskNetwork(
  name: string,
  open: () => Promise<TaskNetworkHarness>,
  options: { skip?: string | false } = {},
): void {
  describe(name, { skip: options.skip ?? false, timeout: patient(60_000) }, () => {
    let harness: TaskNetworkHarness;
    before(async () => {
      harness = await open();
    });
    after(() => harness?.close());
    describeVpcs(() => harness);
    describe('in VPCs that are there', () => {
      beforeEach(async () => {
        for (const number of [1, 2] as const) await harness.network.applyVpc(pictureOf(harness.vpc(number)));
      });
      describeAttachments(() => harness);
      describeDialers(() => harness);
      describeServices(() => harness);
      describeFlows(() => harness);
    });
    it('leaves nothing behind', async () => {
      for (const taskId of await harness.network.listAttached()) await harness.network.detach(taskId);
      for (const vpcId of await harness.network.listVpcs()) await harness.network.removeVpc(vpcId);
      assert.deepEqual(await harness.leftovers(), []);
    });
  });
}

function describeVpcs(harness: () => TaskNetworkHarness): void {
  describe('a VPC', () => {
    it('is there once it was asked for, however often', async () => {
      const { network } = harness();
      const picture = pictureOf(harness().vpc(1));
      await Promise.all([network.applyVpc(picture), network.applyVpc(picture)]);
      await network.applyVpc(picture);
      assert.deepEqual(await network.listVpcs(), [harness().vpc(1).vpcId]);
    });

    it('can be removed when no task is attached, and only then', async () => {
      const { network } = harness();
      const vpc = harness().vpc(1);
      await network.applyVpc(pictureOf(vpc));
      await network.attach('vpc-a', eniOf(vpc, 1));
      await assert.rejects(network.removeVpc(vpc.vpcId), (error) => hasKind(error, 'failed-precondition'));
      await network.detach('vpc-a');
      await network.removeVpc(vpc.vpcId);
      await network.removeVpc(vpc.vpcId);
      assert.deepEqual(await network.listVpcs(), []);
    });

    it('takes no interface before it was asked for', async () => {
      const { network } = harness();
      const attaching = network.attach('vpc-b', eniOf(harness().vpc(2), 1));
      await assert.rejects(attaching, (error) => hasKind(error, 'not-found'));
      assert.deepEqual(await network.listAttached(), []);
      assert.deepEqual(await network.listVpcs(), []);
    });

    it('is refused with an id that is none', async () => {
      const vpc = { ...harness().vpc(1), vpcId: '../vpc-1' };
      await assert.rejects(harness().network.applyVpc(pictureOf(vpc)), (error) => hasKind(error, 'invalid'));
    });
  });
}

function describeAttachments(harness: () => TaskNetworkHarness): void {
  describe('an attached interface', () => {
    it('has a namespace that a container can join, the same when attached again', async () => {
      const { network } = harness();
      const eni = eniOf(harness().vpc(1), 1);
      const first = await network.attach('eni-a', eni);
      assert.equal(first.taskId, 'eni-a');
      assert.match(first.namespacePath, /^\/.*eni-a/);
      assert.deepEqual(await network.attach('eni-a', eni), first);
      assert.deepEqual(await network.listAttached(), ['eni-a']);
      await network.detach('eni-a');
      assert.deepEqual(await network.listAttached(), []);
    });

    it('is detached without complaint when it never was attached', async () => {
      await harness().network.detach('nobody');
      await harness().network.detach('nobody');
    });

    it('has its address alone in the VPC, and leaves it to the next at once', async () => {
      const { network } = harness();
      const eni = eniOf(harness().vpc(1), 2);
      await network.attach('eni-b', eni);
      await assert.rejects(network.attach('eni-c', eni), (error) => hasKind(error, 'conflict'));
      assert.deepEqual(await network.listAttached(), ['eni-b']);
      await network.detach('eni-b');
      await network.attach('eni-c', eni);
      await network.detach('eni-c');
    });

    it('may have the address that another VPC uses too', async () => {
      const { network } = harness();
      await network.attach('eni-d', eniOf(harness().vpc(1), 3));
      await network.attach('eni-e', eniOf(harness().vpc(2), 3));
      await Promise.all(['eni-d', 'eni-e'].map((taskId) => network.detach(taskId)));
    });

    it('counts its traffic', async () => {
      const { network } = harness();
      await assert.rejects(network.counters('eni-f'), (error) => hasKind(error, 'not-found'));
      await network.attach('eni-f', eniOf(harness().vpc(1), 4));
      const counters = await network.counters('eni-f');
      assert.ok(counters.rxBytes >= 0 && counters.txPackets >= 0);
      await network.detach('eni-f');
      await assert.rejects(network.counters('eni-f'), (error) => hasKind(error, 'not-found'));
    });

    it('is still there after a restart, and can be detached then', async () => {
      const { network } = harness();
      await network.attach('eni-g', eniOf(harness().vpc(1), 5));
      const later = harness().reopen();
      assert.deepEqual(await later.listAttached(), ['eni-g']);
      await later.applyVpc(pictureOf(harness().vpc(1)));
      await later.attach('eni-g', eniOf(harness().vpc(1), 5));
      await later.detach('eni-g');
      assert.deepEqual(await network.listAttached(), []);
      if (later !== network) await later.close();
    });

    it('comes and goes many at a time', async () => {
      const { network } = harness();
      const ids = Array.from({ length: 20 }, (_, index) => `many-${index}`);
      await Promise.all(ids.map((id, index) => network.attach(id, eniOf(harness().vpc(1), 10 + index))));
      assert.deepEqual((await network.listAttached()).sort(), [...ids].sort());
      await Promise.all(ids.map((id) => network.detach(id)));
      assert.deepEqual(await network.listAttached(), []);
    });

    it('is refused with a task id or an address that is none', async () => {
      const { network } = harness();
      const eni = eniOf(harness().vpc(1), 6);
      await assert.rejects(network.attach('../x', eni), (error) => hasKind(error, 'invalid'));
      const wrong = { ...eni, privateIpv4Address: '10.0.16.300' };
      await assert.rejects(network.attach('eni-h', wrong), (error) => hasKind(error, 'invalid'));
      assert.deepEqual(await network.listAttached(), []);
    });
  });
}

function describeDialers(harness: () => TaskNetworkHarness): void {
  describe('a dialer', () => {
    it('says unavailable without a network, and when a connection is refused', async () => {
      const { network } = harness();
      const target = { host: eniOf(harness().vpc(1), 7).gatewayIpv4Address, port: 9 };
      await assert.rejects(network.dialer('nobody').connect(target), (error) =>
        hasKind(error, 'unavailable'),
      );
      await network.attach('dial-a', eniOf(harness().vpc(1), 7));
      await assert.rejects(network.dialer('dial-a').connect({ host: '127.0.0.1', port: 1 }), (error) => {
        return hasKind(error, 'unavailable') && error.details['syscallCode'] === 'ECONNREFUSED';
      });
      await network.detach('dial-a');
    });

    it('reaches what listens on the loopback of the machine', async () => {
      const { network } = harness();
      const server = createServer((socket) => socket.end('from the host')).listen(0, '127.0.0.1');
      await once(server, 'listening');
      await network.attach('dial-b', eniOf(harness().vpc(1), 7));
      try {
        const { port } = server.address() as AddressInfo;
        for (const host of ['127.0.0.1', 'localhost']) {
          const socket = await network.dialer('dial-b').connect({ host, port });
          assert.equal(await text(socket), 'from the host');
        }
      } finally {
        server.close();
        await network.detach('dial-b');
      }
    });

    it('gives up when told to', async () => {
      const { network } = harness();
      await network.attach('dial-c', eniOf(harness().vpc(1), 7));
      const connecting = network
        .dialer('dial-c')
        .connect({ host: '127.0.0.1', port: 1 }, AbortSignal.abort(new Error('enough')));
      await assert.rejects(connecting, (error) => hasKind(error, 'aborted'));
      await network.detach('dial-c');
    });
  });
}

function describeServices(harness: () => TaskNetworkHarness): void {
  describe('a service address', () => {
    const ask = async (taskId: string, port: number): Promise<string> => {
      const socket = await harness().network.dialer(taskId).connect({ host: SERVICE_ADDRESS, port });
      return await text(socket);
    };
    const answer = (words: string) => (socket: Socket) => void socket.end(words);

    it('answers the tasks of its VPC, by its last listener, until it ends', async () => {
      const { network } = harness();
      const vpc = harness().vpc(1);
      await network.attach('serve-a', eniOf(vpc, 8));
      const first = new AbortController();
      const second = new AbortController();
      await network.serveInVpc(vpc.vpcId, SERVICE_ADDRESS, 80, answer('first'), first.signal);
      assert.equal(await ask('serve-a', 80), 'first');
      await network.serveInVpc(vpc.vpcId, SERVICE_ADDRESS, 80, answer('second'), second.signal);
      first.abort();
      assert.equal(await ask('serve-a', 80), 'second');
      second.abort();
      await assert.rejects(
        network.dialer('serve-a').connect({ host: SERVICE_ADDRESS, port: 80 }, AbortSignal.timeout(500)),
      );
      await network.detach('serve-a');
    });

    it('answers the task in whose namespace it is, and no other', async () => {
      const { network } = harness();
      const vpc = harness().vpc(1);
      await network.attach('serve-own', eniOf(vpc, 21));
      await network.attach('serve-other', eniOf(vpc, 22));
      const end = new AbortController();
      const address = '169.254.170.2';
      for (const taskId of ['serve-own', 'serve-other']) {
        await network.serveInTask(taskId, address, 80, answer(`to ${taskId}`), end.signal);
      }
      const askOwn = async (taskId: string): Promise<string> =>
        await text(
          await network
            .dialer(taskId)
            .connect({ host: address, port: 80 }, AbortSignal.timeout(patient(10_000))),
        );
      assert.equal(await askOwn('serve-own'), 'to serve-own');
      assert.equal(await askOwn('serve-other'), 'to serve-other');
      await network.serveInTask('serve-own', address, 80, answer('again'), end.signal);
      assert.equal(await askOwn('serve-own'), 'again');
      end.abort();
      await assert.rejects(askOwn('serve-own'));
      await network.detach('serve-own');
      await network.detach('serve-other');
      const gone = network.serveInTask('serve-own', address, 80, answer('x'), new AbortController().signal);
      await assert.rejects(gone, (error) => hasKind(error, 'not-found'));
    });

    it('is not found without its VPC', async () => {
      const serving = harness().network.serveInVpc(
        'vpc-0000000000000dead',
        SERVICE_ADDRESS,
        80,
        answer('nothing'),
        new AbortController().signal,
      );
      await assert.rejects(serving, (error) => hasKind(error, 'not-found'));
    });

    it('answers datagrams, or leaves them', async () => {
      const { network } = harness();
      const vpc = harness().vpc(1);
      await network.attach('serve-b', eniOf(vpc, 9));
      const end = new AbortController();
      const onDatagram = async (message: Buffer, from: { address: string }) => {
        if (message.toString() === 'nothing') return undefined;
        if (message.toString() === 'failure') throw new Error('a handler may fail');
        return Buffer.from(`${message.toString()} from ${from.address}`);
      };
      await network.serveDatagramsInVpc(vpc.vpcId, SERVICE_ADDRESS, 53, onDatagram, end.signal);
      const address = eniOf(vpc, 9).privateIpv4Address;
      const send = (message: string) => harness().sendDatagram('serve-b', SERVICE_ADDRESS, 53, message);
      assert.equal(await send('nothing'), undefined);
      assert.equal(await send('failure'), undefined);
      assert.equal(await send('hello'), `hello from ${address}`);
      end.abort();
      await network.detach('serve-b');
    });
  });
}

function describeFlows(harness: () => TaskNetworkHarness): void {
  describe("a VPC's traffic", () => {
    it('can be watched, by looking at it, until the signal fires', async () => {
      const { network } = harness();
      const vpc = harness().vpc(1);
      const end = new AbortController();
      const watch = await network.watchFlows(vpc.vpcId, () => undefined, end.signal);
      await Promise.all([watch.look(), watch.look()]);
      end.abort();
      const again = new AbortController();
      await (await network.watchFlows(vpc.vpcId, () => undefined, again.signal)).look();
      again.abort();
    });

    it('is not found without the VPC', async () => {
      const watching = harness().network.watchFlows(
        'vpc-0000000000000dead',
        () => undefined,
        new AbortController().signal,
      );
      await assert.rejects(watching, (error) => hasKind(error, 'not-found'));
    });
  });
}
