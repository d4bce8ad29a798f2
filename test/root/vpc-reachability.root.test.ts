/** Who reaches whom: tasks in two VPCs, the internet, the machine itself, as groups, routes and gateways say. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateRouteCommand,
  DeleteRouteCommand,
  DeleteNatGatewayCommand,
  DescribePrefixListsCommand,
  ModifyVpcAttributeCommand,
  ReplaceRouteCommand,
  RevokeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupEgressCommand,
} from '@aws-sdk/client-ec2';
import { sendForged } from '../support/neargate/forged-datagram.ts';
import { Outside } from '../support/neargate/outside.ts';
import { publishRegistry, publishedName } from '../support/neargate/published-registry.ts';
import { Scene } from '../support/neargate/scene.ts';
import {
  TestNetwork,
  type TestSubnet,
  eniIdOf,
  interfaceOf,
  pingFrom,
  placeIn,
  tcpFrom,
  udpFrom,
} from '../support/neargate/test-network.ts';
import { IN_VAIN_MS, Vantage } from '../support/neargate/vantage.ts';
import { patient } from '../../src/ports/testing/patience.ts';

const TCP = 8081;
const UDP = 8082;
const OTHER = 8083;
const TICKS = 8084;
const HTTPS = 443;
/** Where ECR's layers are, in S3. */
const LAYERS = 'prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com';
const LOGS = 'logs.us-east-1.amazonaws.com';
const EVERYWHERE = '0.0.0.0/0';
const RANGE = '10.77';
const RESOLVER = `${RANGE}.0.2`;
/** For a change to come to the machine. */
const CHANGE_MS = patient(10_000);

/** A running task, seen from inside. */
interface Probe {
  readonly address: string;
  readonly publicIp: string | undefined;
  readonly place: Vantage;
}

describe('In a VPC', { timeout: patient(240_000) }, () => {
  let outside: Outside;
  let internet: Vantage;
  let scene: Scene;
  let network: TestNetwork;
  let definition: string;
  let publicSubnet: TestSubnet;
  let changing: TestSubnet;
  let nat: { natGatewayId: string; publicIp: string };
  let groups: Record<'web' | 'client' | 'other' | 'open' | 'quiet', string>;
  let web: Probe;
  let client: Probe;
  let other: Probe;
  let open: Probe;
  let quiet: Probe;
  /** In the subnet whose way out changes. */
  let bare: Probe;
  let foreign: Probe;
  const probes: Probe[] = [];

  const probe = async (
    subnet: TestSubnet,
    groupId: string,
    assignPublicIp: 'ENABLED' | 'DISABLED' = 'DISABLED',
  ): Promise<Probe> => {
    const arn = await scene.run(definition, placeIn(subnet, groupId, assignPublicIp));
    const task = await scene.until(arn, 'RUNNING');
    const eni = await interfaceOf(scene.neargate.ec2, eniIdOf(task));
    const place = Vantage.inTask(scene.neargate.dataDir, arn);
    await place.serve(TCP);
    await place.serveUdp(UDP);
    await place.serve(OTHER);
    await place.listen(TICKS, tick);
    const found = { address: Scene.address(task), publicIp: eni.Association?.PublicIp, place };
    assert.equal(eni.PrivateIpAddress, found.address);
    probes.push(found);
    return found;
  };

  before(async () => {
    outside = Outside.make();
    internet = new Vantage(outside);
    await internet.serve(TCP);
    await internet.serveUdp(UDP);
    scene = await Scene.start(['--public-routed', '--insecure-registries', publishedName(outside)]);
    outside.routeToMachine(scene.neargate.publicCidr);
    await publishRegistry(internet, scene.registry);
    definition = await scene.register([
      { name: 'app', image: `${publishedName(outside)}/neargate-sample:latest` },
    ]);
    const { ec2 } = scene.neargate;
    network = await TestNetwork.make(ec2, RANGE);
    publicSubnet = await network.addPublicSubnet();
    const privateSubnet = await network.addSubnet();
    changing = await network.addSubnet();
    nat = await network.addNatGateway(publicSubnet);
    for (const subnet of [privateSubnet, changing]) await network.routeToNat(subnet, nat.natGatewayId);
    const clientGroup = await network.addGroup('client');
    groups = {
      client: clientGroup,
      web: await network.addGroup(
        'web',
        tcpFrom(clientGroup, TCP),
        udpFrom(clientGroup, UDP),
        tcpFrom(clientGroup, TICKS),
        pingFrom(clientGroup),
      ),
      other: await network.addGroup('other'),
      open: await network.addGroup('open', tcpFrom(EVERYWHERE, TCP), udpFrom(EVERYWHERE, UDP)),
      quiet: await network.addGroup('quiet'),
    };
    const everything = { IpProtocol: '-1', IpRanges: [{ CidrIp: EVERYWHERE }] };
    await ec2.send(
      new RevokeSecurityGroupEgressCommand({ GroupId: groups.quiet, IpPermissions: [everything] }),
    );
    const toRegistry = tcpFrom(`${outside.address}/32`, 5000);
    await ec2.send(
      new AuthorizeSecurityGroupEgressCommand({ GroupId: groups.quiet, IpPermissions: [toRegistry] }),
    );
    const elsewhere = await TestNetwork.make(ec2, '10.78');
    const foreignSubnet = await elsewhere.addPublicSubnet();
    const foreignGroup = await elsewhere.addGroup('open', {
      IpProtocol: '-1',
      IpRanges: [{ CidrIp: EVERYWHERE }],
    });
    [web, client, other, open, quiet, bare, foreign] = await Promise.all([
      probe(privateSubnet, groups.web),
      probe(privateSubnet, groups.client),
      probe(privateSubnet, groups.other),
      probe(publicSubnet, groups.open, 'ENABLED'),
      probe(privateSubnet, groups.quiet),
      probe(changing, groups.client),
      probe(foreignSubnet, foreignGroup, 'ENABLED'),
    ]);
  });

  after(async () => {
    for (const { place } of probes) place.close();
    await scene?.close();
    internet?.close();
    outside?.close();
  });

  it('a task reaches what a group of the other admits to its own group, from any subnet', async () => {
    assert.equal(await client.place.ask(web.address, TCP), `seen as ${client.address}`);
    assert.equal(await client.place.askUdp(web.address, UDP), `seen as ${client.address}`);
    assert.equal(await bare.place.ask(web.address, TCP), `seen as ${bare.address}`);
    assert.equal(await client.place.ask(open.address, TCP), `seen as ${client.address}`);
    assert.equal(await client.place.ping(web.address), 'answered');
  });

  it('nothing else gets in: no other port, group or protocol, and not the other way round', async () => {
    const asked = await Promise.all([
      client.place.ask(web.address, OTHER, IN_VAIN_MS),
      client.place.ask(web.address, UDP, IN_VAIN_MS),
      client.place.askUdp(web.address, TCP, IN_VAIN_MS),
      other.place.ask(web.address, TCP, IN_VAIN_MS),
      open.place.ask(web.address, TCP, IN_VAIN_MS),
      web.place.ask(client.address, TCP, IN_VAIN_MS),
      other.place.ping(web.address, IN_VAIN_MS),
      web.place.ask(web.address.replace(/\d+$/, '250'), TCP, IN_VAIN_MS),
    ]);
    assert.deepEqual(asked, Array(asked.length).fill('no answer'));
  });

  it('a task sends only what a group of its own lets out, and answers what it let in', async () => {
    const asked = await Promise.all([
      quiet.place.ask(open.address, TCP, IN_VAIN_MS),
      quiet.place.askUdp(open.address, UDP, IN_VAIN_MS),
      quiet.place.ask(outside.address, TCP, IN_VAIN_MS),
    ]);
    assert.deepEqual(asked, Array(asked.length).fill('no answer'));
    await network.admit(groups.quiet, tcpFrom(groups.client, TCP));
    await until((ms) => client.place.ask(quiet.address, TCP, ms), `seen as ${client.address}`);
  });

  it('a prefix list of AWS lets out to its service', async () => {
    const { ec2 } = scene.neargate;
    const [layers = ''] = await quiet.place.resolve(LAYERS, RESOLVER);
    assert.equal(await quiet.place.reach(layers, HTTPS, IN_VAIN_MS), 'no answer');
    const Filters = [{ Name: 'prefix-list-name', Values: ['com.amazonaws.us-east-1.s3'] }];
    const { PrefixLists = [] } = await ec2.send(new DescribePrefixListsCommand({ Filters }));
    const toS3 = { IpProtocol: 'tcp', FromPort: HTTPS, ToPort: HTTPS };
    const peers = { PrefixListIds: PrefixLists.map(({ PrefixListId }) => ({ PrefixListId })) };
    await ec2.send(
      new AuthorizeSecurityGroupEgressCommand({
        ...{ GroupId: groups.quiet, IpPermissions: [{ ...toS3, ...peers }] },
      }),
    );
    await until((ms) => quiet.place.reach(layers, HTTPS, ms), 'connected');
  });

  it('a task finds others by their names, as far as its VPC gives names', async () => {
    const { ec2 } = scene.neargate;
    const support = async (Value: boolean): Promise<void> => {
      const VpcId = network.vpcId;
      await ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsSupport: { Value } }));
    };
    const [address, outer] = [web.address, open.publicIp ?? assert.fail('no public address')];
    const ask = async (name: string, patienceMs?: number): Promise<string> =>
      (await client.place.resolve(name, RESOLVER, patienceMs)).join();
    const inner = `ip-${address.replaceAll('.', '-')}.ec2.internal`;
    assert.equal(await ask(inner), address);
    // Inside its VPC, a public name stands for the private address.
    assert.equal(await ask(`ec2-${outer.replaceAll('.', '-')}.compute-1.amazonaws.com`), open.address);
    await support(false);
    await until((ms) => ask(inner, ms), '');
    await support(true);
    await until((ms) => ask(inner, ms), address);
  });

  it('a public address leads in and out, translated', async () => {
    const publicIp = open.publicIp ?? assert.fail('the task has no public address');
    assert.equal(await internet.ask(publicIp, TCP), `seen as ${outside.address}`);
    assert.equal(await internet.ask(publicIp, OTHER, IN_VAIN_MS), 'no answer');
    assert.equal(await open.place.ask(outside.address, TCP), `seen as ${publicIp}`);
    assert.equal(await foreign.place.ask(publicIp, TCP), `seen as ${foreign.publicIp}`);
  });

  it('a NAT gateway leads out, and nothing in', async () => {
    assert.equal(await client.place.ask(outside.address, TCP), `seen as ${nat.publicIp}`);
    assert.equal(await client.place.askUdp(outside.address, UDP), `seen as ${nat.publicIp}`);
    assert.equal(client.publicIp, undefined);
    assert.equal(await foreign.place.ask(nat.publicIp, TCP, IN_VAIN_MS), 'no answer');
    assert.equal(await internet.ask(nat.publicIp, TCP, IN_VAIN_MS), 'no answer');
    const publicIp = open.publicIp ?? assert.fail();
    assert.equal(await client.place.ask(publicIp, TCP), `seen as ${nat.publicIp}`);
  });

  it('without a route nothing leads out, and an internet gateway serves public addresses only', async () => {
    const { ec2 } = scene.neargate;
    const route = { RouteTableId: changing.routeTableId, DestinationCidrBlock: EVERYWHERE };
    const ask = (patienceMs?: number): Promise<string> => bare.place.ask(outside.address, TCP, patienceMs);
    assert.equal(await ask(), `seen as ${nat.publicIp}`);
    await ec2.send(new DeleteRouteCommand(route));
    await until(ask, 'no answer');
    assert.equal(await bare.place.ask(web.address, TCP), `seen as ${bare.address}`, 'the local route');
    await ec2.send(new CreateRouteCommand({ ...route, GatewayId: network.internetGatewayId }));
    // As long as the other changes take, and more.
    await delay(1000);
    assert.equal(await ask(IN_VAIN_MS), 'no answer');
    await ec2.send(new ReplaceRouteCommand({ ...route, NatGatewayId: nat.natGatewayId }));
    await until(ask, `seen as ${nat.publicIp}`);
  });

  it('a service is reached by a route to its public address, or by an endpoint whose groups admit', async () => {
    const find = async (name: string): Promise<string> => (await bare.place.resolve(name, RESOLVER)).join();
    const [logs, s3] = [await find(LOGS), await find(LAYERS)];
    for (const address of [logs, s3]) assert.equal(await bare.place.reach(address, HTTPS), 'connected');
    const route = { RouteTableId: changing.routeTableId, DestinationCidrBlock: EVERYWHERE };
    await scene.neargate.ec2.send(new DeleteRouteCommand(route));
    for (const address of [logs, s3]) {
      await until((ms) => bare.place.reach(address, HTTPS, ms), 'no answer');
    }

    await network.addGatewayEndpoint('s3', changing);
    await until((ms) => bare.place.reach(s3, HTTPS, ms), 'connected');
    const group = await network.addGroup('endpoint');
    const endpoint = await network.addEndpoint('logs', changing, group);
    await until(() => find(LOGS), endpoint);
    assert.equal(await bare.place.reach(endpoint, HTTPS, IN_VAIN_MS), 'no answer');
    await network.admit(group, tcpFrom(groups.client, HTTPS));
    await until((ms) => bare.place.reach(endpoint, HTTPS, ms), 'connected');
    assert.equal(await other.place.reach(endpoint, HTTPS, IN_VAIN_MS), 'no answer');
    assert.equal(await bare.place.reach(logs, HTTPS, IN_VAIN_MS), 'no answer');
    assert.equal(await client.place.reach(logs, HTTPS), 'connected');
  });

  it('a rule works soon after it is made or taken back, and connections go on', async () => {
    const rule = tcpFrom(groups.client, TICKS);
    const ask = (patienceMs: number): Promise<string> => client.place.ask(other.address, TICKS, patienceMs);
    const before = await hearTicks(client, web);
    await network.admit(groups.other, rule);
    await until(ask, `seen as ${client.address}`);
    const since = await hearTicks(client, other);
    await network.withdraw(groups.other, rule);
    await until(ask, 'no answer');
    await before.goOn();
    await since.goOn();
  });

  it('a source address that is not the task’s own is dropped', async () => {
    const seen: string[] = [];
    const socket = await open.place.bind(OTHER);
    socket.on('message', (message, { address }) => seen.push(`${message.toString()} from ${address}`));
    await network.admit(groups.open, udpFrom(EVERYWHERE, OTHER));
    await until(async () => {
      sendForged(client.place.within, {
        ...{ source: client.address, destination: open.address, port: OTHER, text: 'true' },
      });
      await delay(20);
      return seen.length > 0 ? 'seen' : 'not seen';
    }, 'seen');
    for (const source of [web.address, outside.address, foreign.address, '127.0.0.1']) {
      sendForged(client.place.within, { source, destination: open.address, port: OTHER, text: 'forged' });
    }
    sendForged(client.place.within, {
      ...{ source: client.address, destination: open.address, port: OTHER, text: 'last' },
    });
    await until(async () => String(seen.at(-1)), `last from ${client.address}`);
    assert.deepEqual(
      seen.filter((text) => text.startsWith('forged')),
      [],
    );
  });

  it('the machine’s own services are out of reach', async () => {
    const host = Vantage.onHost();
    try {
      await host.serve(TCP);
      const { hostname, port } = new URL(scene.neargate.info.endpoint);
      const own = Object.values(networkInterfaces())
        .flatMap((each) => each ?? [])
        .filter(({ family, internal }) => family === 'IPv4' && !internal)
        .map(({ address }) => address);
      assert.ok(own.includes(outside.machineAddress));
      for (const task of [open, client, foreign]) {
        const asked = await Promise.all(
          own.flatMap((address) =>
            [TCP, Number(port)].map((each) => task.place.ask(address, each, IN_VAIN_MS)),
          ),
        );
        assert.deepEqual(asked, Array(asked.length).fill('no answer'));
        // Its own loopback, where nobody listens.
        assert.equal(await task.place.ask(hostname, Number(port)), 'refused');
      }
    } finally {
      host.close();
    }
  });

  it('another VPC is reached by public addresses only', async () => {
    assert.equal(await client.place.ask(foreign.address, TCP, IN_VAIN_MS), 'no answer');
    assert.equal(await foreign.place.ask(open.address, TCP, IN_VAIN_MS), 'no answer');
    assert.equal(await open.place.ask(foreign.publicIp ?? '', TCP), `seen as ${open.publicIp}`);
  });

  it('a route to a gateway that is gone leads nowhere', async () => {
    const ask = (patienceMs?: number): Promise<string> => client.place.ask(outside.address, TCP, patienceMs);
    assert.equal(await ask(), `seen as ${nat.publicIp}`);
    await scene.neargate.ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: nat.natGatewayId }));
    await until(ask, 'no answer');
  });
});

/** Asks, with little patience each time, until it is as wanted. */
async function until(ask: (patienceMs: number) => Promise<string>, wanted: string): Promise<void> {
  const deadline = performance.now() + CHANGE_MS;
  for (;;) {
    const began = performance.now();
    const answer = await ask(IN_VAIN_MS);
    if (answer === wanted) return;
    if (began > deadline) assert.equal(answer, wanted, `after ${CHANGE_MS} ms`);
    await delay(10);
  }
}

/** Tells a client what `ask` wants to know, and then something every few milliseconds. */
function tick(socket: Socket): void {
  socket.write(`seen as ${socket.remoteAddress}`);
  const timer = setInterval(() => socket.write('.'), 20);
  socket.on('close', () => clearInterval(timer));
}

/** A connection to a server that ticks; `goOn` resolves when it is heard again. */
async function hearTicks(from: Probe, to: Probe): Promise<{ goOn: () => Promise<void> }> {
  const socket = await from.place.connect(to.address, TICKS);
  let heard = 0;
  socket.on('data', () => {
    heard += 1;
  });
  return {
    async goOn() {
      const before = heard;
      await until(async () => (heard > before + 5 ? 'goes on' : 'silent'), 'goes on');
    },
  };
}
