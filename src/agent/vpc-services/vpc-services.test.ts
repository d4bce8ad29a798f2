import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import { AppError } from '../../domain/errors.ts';
import { buildAddressQuery, readReply } from '../../domain/network/names/dns-message.ts';
import type { VpcPicture } from '../../domain/network/vpc.ts';
import { FakeTaskNetwork } from '../../drivers/network-fake/fake-task-network.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';
import { eniOf } from '../../ports/testing/task-network-suite.ts';
import { pictureOf, SUBNET_ID, subnetOf } from '../../ports/testing/vpc-picture.ts';
import { VpcResolver } from './vpc-resolver.ts';
import { type ServiceTarget, withVpcServices } from './vpc-services.ts';

const VPC = { vpcId: 'vpc-01', cidr: '10.7.0.0/16', routedFromHost: false };
const QUERY = buildAddressQuery(7, 'logs.eu-west-1.amazonaws.com') ?? assert.fail();

/** A network whose listeners fail at the places in `broken`. */
function scene() {
  const fake = new FakeTaskNetwork();
  const listening = new Map<string, AbortSignal>();
  const handlers = new Map<string, (socket: Socket) => void>();
  const broken = new Set<string>();
  const network: TaskNetwork = Object.assign(Object.create(fake) as TaskNetwork, {
    applyVpc: (picture: VpcPicture) => fake.applyVpc(picture),
    removeVpc: (vpcId: string) => fake.removeVpc(vpcId),
    attach: (...args: Parameters<TaskNetwork['attach']>) => fake.attach(...args),
    detach: (taskId: string) => fake.detach(taskId),
    async serveInVpc(...[, address, port, on, signal]: Parameters<TaskNetwork['serveInVpc']>) {
      const place = `${address}:${port}`;
      if (broken.has(place)) throw new AppError('unavailable', 'in use');
      assert.notEqual(listening.get(place)?.aborted, false, `${place} was listened at twice`);
      listening.set(place, signal);
      handlers.set(place, on);
    },
    serveDatagramsInVpc: (...args: Parameters<TaskNetwork['serveDatagramsInVpc']>) =>
      fake.serveDatagramsInVpc(...args),
  });
  const names = {
    ...{ serviceCidr: '198.18.0.0/24', publicCidr: '198.19.0.0/16', dnsSuffix: 'amazonaws.com' },
    ...{ served: new Set(['ecs', 'logs']), registries: new Set<string>() },
  };
  const resolver = new VpcResolver({
    names,
    forward: async () => undefined,
    privateAddressOf: () => undefined,
    clock: systemClock,
    ids: { hex: () => '0007' },
  });
  const opened: ServiceTarget[] = [];
  const mounted: string[] = [];
  const life = new AbortController();
  const served = withVpcServices(
    {
      ...{ network, resolver, logger: silentLogger, mostConnections: 16 },
      places: { serviceCidr: names.serviceCidr, services: names.served, registries: [] },
      fileSystems: {
        know: ({ fileSystems }) => mounted.push(`${fileSystems.length} file systems`),
        forget: (vpcId) => mounted.push(`${vpcId} is gone`),
        serve: async ({ fileSystemId }) => void mounted.push(fileSystemId),
      },
      publicAddressOf: () => '198.19.0.1',
      openService: (target) => {
        opened.push(target);
        return new PassThrough();
      },
    },
    life.signal,
  );
  const places = () =>
    [...listening]
      .filter(([, signal]) => !signal.aborted)
      .map(([place]) => place)
      .toSorted();
  const resolve = async () => {
    const server = { host: '10.7.0.2', port: 53 };
    const answer = await fake.sendDatagram('task', server, Buffer.from(QUERY));
    return answer === undefined ? undefined : readReply(answer)?.addresses;
  };
  const connectTo = (place: string, from?: string): void =>
    handlers.get(place)?.(Object.defineProperty(new Socket(), 'remoteAddress', { value: from }));
  return { served, places, broken, resolve, life, mounted, opened, connectTo };
}

const ENDPOINT: Partial<VpcPicture> = {
  interfaces: [
    {
      ...{ eniId: 'eni-1', subnetId: SUBNET_ID, privateIpv4Address: '10.7.16.9' },
      ...{ securityGroups: [], purpose: 'endpoint' },
    },
  ],
  endpoints: [
    {
      ...{ endpointId: 'vpce-1', type: 'interface', service: 'logs', privateDns: true },
      ...{ eniIds: ['eni-1'], dnsNames: [] },
    },
  ],
};

describe("a VPC's services", () => {
  it('follow its pictures: listeners and names come and go with endpoints', async () => {
    const { served, places, resolve } = scene();
    await served.applyVpc(pictureOf(VPC));
    await served.attach('task', eniOf(VPC, 1));
    const before = places();
    assert.deepEqual(await resolve(), ['198.18.0.11']);
    await served.applyVpc(pictureOf(VPC, ENDPOINT));
    assert.deepEqual(await resolve(), ['10.7.16.9']);
    assert.deepEqual(
      places().filter((place) => !before.includes(place)),
      ['10.7.16.9:443', '10.7.16.9:80'],
    );
    await served.applyVpc(pictureOf(VPC));
    assert.deepEqual(places(), before);
    assert.deepEqual(await resolve(), ['198.18.0.11']);
  });

  it('say by which endpoint a connection to a service came', async () => {
    const { served, opened, connectTo } = scene();
    await served.applyVpc(pictureOf(VPC, ENDPOINT));
    connectTo('198.18.0.11:80');
    connectTo('10.7.16.9:443');
    const by = { endpointId: 'vpce-1', vpcId: VPC.vpcId, address: '' };
    assert.deepEqual(opened, [{ service: 'logs' }, { service: 'logs', secureAt: '10.7.16.9', by }]);
  });

  it('say by which address a connection to a service comes from the internet', async () => {
    const { served, opened, connectTo } = scene();
    await served.applyVpc(pictureOf(VPC, ENDPOINT));
    connectTo('198.18.0.11:80', '10.7.16.4');
    connectTo('10.7.16.9:80', '10.7.16.4');
    await served.applyVpc(pictureOf(VPC, { subnets: [subnetOf(VPC, 16, [])] }));
    connectTo('198.18.0.11:80', '10.7.16.4');
    const by = { endpointId: 'vpce-1', vpcId: VPC.vpcId, address: '10.7.16.4' };
    assert.deepEqual(opened, [
      { service: 'logs', sourceIp: '198.19.0.1' },
      { service: 'logs', by },
      { service: 'logs' },
    ]);
  });

  it('hand connections to mount targets to those who serve file systems, and tell them of each picture', async () => {
    const { served, places, mounted, connectTo } = scene();
    const target = { mountTargetId: 'fsmt-1', eniId: 'eni-1', availabilityZone: 'eu-west-1a' };
    const [eni] = ENDPOINT.interfaces ?? [];
    assert.ok(eni);
    await served.applyVpc(
      pictureOf(VPC, {
        interfaces: [{ ...eni, purpose: 'mount-target' }],
        fileSystems: [{ fileSystemId: 'fs-1', mountTargets: [target], accessPoints: [] }],
      }),
    );
    assert.ok(places().includes('10.7.16.9:2049'));
    connectTo('10.7.16.9:2049');
    await served.applyVpc(pictureOf(VPC));
    assert.ok(!places().includes('10.7.16.9:2049'));
    await served.removeVpc(VPC.vpcId);
    assert.deepEqual(mounted, ['1 file systems', 'fs-1', '0 file systems', 'vpc-01 is gone']);
  });

  it('tell of file systems also while the network cannot be made', async () => {
    const { served, mounted } = scene();
    await assert.rejects(served.applyVpc(pictureOf({ ...VPC, vpcId: 'no VPC' })), { kind: 'invalid' });
    assert.deepEqual(mounted, ['0 file systems']);
  });

  it('that could not be are made by the next try, and none twice', async () => {
    const { served, places, broken } = scene();
    broken.add('198.18.0.11:443');
    await assert.rejects(served.applyVpc(pictureOf(VPC)), { kind: 'unavailable' });
    assert.ok(places().includes('198.18.0.11:80'));
    assert.ok(!places().includes('198.18.0.11:443'));
    broken.clear();
    await served.applyVpc(pictureOf(VPC));
    assert.ok(places().includes('198.18.0.11:443'));
  });

  it('stay as long as a VPC that is to go still has tasks, and end with it', async () => {
    const { served, places, resolve } = scene();
    await served.applyVpc(pictureOf(VPC));
    await served.attach('task', eniOf(VPC, 1));
    await assert.rejects(served.removeVpc(VPC.vpcId), { kind: 'failed-precondition' });
    assert.deepEqual(await resolve(), ['198.18.0.11']);
    assert.notDeepEqual(places(), []);
    await served.detach('task');
    await served.removeVpc(VPC.vpcId);
    assert.deepEqual(places(), []);
  });

  it('end with the agent', async () => {
    const { served, places, life } = scene();
    await served.applyVpc(pictureOf(VPC));
    life.abort();
    assert.deepEqual(places(), []);
  });
});
