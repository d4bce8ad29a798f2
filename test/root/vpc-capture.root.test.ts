/** What tcpdump sees of tasks' traffic: in the task, on the VPC's uplink, on the machine's way to the internet. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { buildLayer } from '../../src/cli/sample-image/image.ts';
import { file } from '../../src/cli/sample-image/tar.ts';
import { Names } from '../../src/drivers/network-linux/names.ts';
import { Capture, type Packet, captureMissing } from '../support/neargate/capture.ts';
import { Outside } from '../support/neargate/outside.ts';
import { publishRegistry, publishedName } from '../support/neargate/published-registry.ts';
import { Scene } from '../support/neargate/scene.ts';
import {
  TestNetwork,
  type TestSubnet,
  eniIdOf,
  interfaceOf,
  placeIn,
} from '../support/neargate/test-network.ts';
import { Vantage } from '../support/neargate/vantage.ts';
import { patient } from '../../src/ports/testing/patience.ts';

const LAYER_BYTES = 300_000;
const REGISTRY_PORT = 5000;
const APPLICATION_PORT = 7000;

interface Captured {
  readonly address: string;
  /** As the world sees it. */
  readonly publicIp: string;
  readonly packets: Packet[];
}

describe('Captured traffic of tasks', { timeout: patient(120_000) }, async () => {
  const skip = (await captureMissing()) ?? false;
  let outside: Outside;
  let internet: Vantage;
  let scene: Scene;
  let network: TestNetwork;
  let groupId: string;
  let openRegistry = (): void => undefined;
  let tasks: Record<'newer' | 'older' | 'behindNat', Captured>;
  let onVpcUplink: Packet[];
  let onMachineUplink: Packet[];

  /** Of a task whose layer no other has; it waits for the registry. */
  const launch = async (
    subnet: TestSubnet,
    platformVersion: string,
    assignPublicIp: 'ENABLED' | 'DISABLED',
  ): Promise<{ arn: string; capture: Capture }> => {
    const repository = `captured-${randomBytes(4).toString('hex')}`;
    const layer = buildLayer([file('random', randomBytes(LAYER_BYTES))]);
    await scene.push(repository, { layers: [layer] });
    const image = `${publishedName(outside)}/${repository}:latest`;
    const definition = await scene.register([{ name: 'app', image }]);
    const place = placeIn(subnet, groupId, assignPublicIp);
    const arn = await scene.run(definition, { ...place, platformVersion });
    await scene.untilTask(arn, ({ attachments = [] }) => attachments[0]?.status === 'ATTACHED', 'attached');
    const { namespace } = Vantage.inTask(scene.neargate.dataDir, arn);
    return { arn, capture: await Capture.start({ link: 'eth1', namespace }) };
  };

  const finish = async ({ arn, capture }: { arn: string; capture: Capture }, natIp?: string) => {
    const task = await scene.until(arn, 'RUNNING');
    const place = Vantage.inTask(scene.neargate.dataDir, arn);
    const eni = await interfaceOf(scene.neargate.ec2, eniIdOf(task));
    const publicIp = natIp ?? eni.Association?.PublicIp ?? assert.fail('no public address');
    assert.equal(await place.ask(outside.address, APPLICATION_PORT), `seen as ${publicIp}`);
    place.close();
    const address = Scene.address(task);
    return { address, publicIp, packets: await capture.stopAfter(isAnswerTo(address)) };
  };

  before(async () => {
    if (skip !== false) return;
    outside = Outside.make();
    internet = new Vantage(outside);
    await internet.serve(APPLICATION_PORT);
    scene = await Scene.start(['--public-routed', '--insecure-registries', publishedName(outside)]);
    outside.routeToMachine(scene.neargate.publicCidr);
    const gate = new Promise<void>((resolve) => {
      openRegistry = resolve;
    });
    await publishRegistry(internet, scene.registry, gate);
    network = await TestNetwork.make(scene.neargate.ec2, '10.79');
    const publicSubnet = await network.addPublicSubnet();
    const privateSubnet = await network.addSubnet();
    const nat = await network.addNatGateway(publicSubnet);
    await network.routeToNat(privateSubnet, nat.natGatewayId);
    groupId = await network.addGroup('app');
    const launched = {
      newer: await launch(publicSubnet, '1.4.0', 'ENABLED'),
      older: await launch(publicSubnet, '1.3.0', 'ENABLED'),
      behindNat: await launch(privateSubnet, '1.4.0', 'DISABLED'),
    };
    const uplink = new Names(scene.neargate.dataDir).uplink(network.vpcId);
    const onUplink = await Capture.start({ link: uplink });
    const beyond = await Capture.start({ link: outside.link });
    openRegistry();
    tasks = {
      newer: await finish(launched.newer),
      older: await finish(launched.older),
      behindNat: await finish(launched.behindNat, nat.publicIp),
    };
    const isLast = isAnswerTo(nat.publicIp);
    onVpcUplink = await onUplink.stopAfter(isLast);
    onMachineUplink = await beyond.stopAfter(isLast);
  });

  after(async () => {
    openRegistry();
    await scene?.close();
    internet?.close();
    outside?.close();
  });

  it('shows the pull and the application inside the task, on both platform versions', { skip }, () => {
    for (const { address, packets } of Object.values(tasks)) {
      assert.ok(bytesTo(packets, address, REGISTRY_PORT) > LAYER_BYTES);
      assert.ok(bytesTo(packets, address, APPLICATION_PORT) > 0);
      const others = packets.filter(({ source, destination }) => ![source, destination].includes(address));
      assert.deepEqual(others, []);
    }
  });

  it('carries public addresses beyond the VPC: the task’s own, or the NAT gateway’s', { skip }, () => {
    const publicIps = Object.values(tasks).map(({ publicIp }) => publicIp);
    for (const packets of [onVpcUplink, onMachineUplink]) {
      const seen = new Set(packets.flatMap(({ source, destination }) => [source, destination]));
      assert.deepEqual([...seen].sort(), [outside.address, ...publicIps].sort());
      for (const publicIp of publicIps) {
        assert.ok(bytesTo(packets, publicIp, REGISTRY_PORT) > LAYER_BYTES);
        assert.ok(bytesTo(packets, publicIp, APPLICATION_PORT) > 0);
      }
    }
  });
});

function isAnswerTo(address: string): (packet: Packet) => boolean {
  return ({ destination, sourcePort, length }) =>
    destination === address && sourcePort === APPLICATION_PORT && length > 0;
}

function bytesTo(packets: readonly Packet[], address: string, fromPort: number): number {
  return packets
    .filter(({ destination, sourcePort }) => destination === address && sourcePort === fromPort)
    .reduce((sum, { length }) => sum + length, 0);
}
