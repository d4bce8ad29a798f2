import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { type AddressInfo, createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { askResolver, type Question } from '../../../test/support/network/dns-client.ts';
import { groupsWith, type ServiceScene, serviceScene } from '../../../test/support/network/service-scene.ts';
import { SAMPLE_TARGET_PREFIX } from '../../../test/support/trivial-front-door.ts';
import type { EndpointPicture, RoutePicture } from '../../domain/network/vpc.ts';
import { hasKind } from '../../domain/errors.ts';
import {
  buildAddressQuery,
  buildAnswer,
  DNS_CODE,
  DNS_TYPE,
  isQuery,
  readQuery,
} from '../../domain/network/names/dns-message.ts';
import { bindUdp, connectTcp } from '../../linux/sockets.ts';
import { portOf } from '../../ports/testing/vpc-picture.ts';
import { secured } from '../../wire/http/secured.ts';
import { patient } from '../../ports/testing/patience.ts';

const skip = process.getuid?.() !== 0 && 'needs root';
const options = { skip, timeout: patient(60_000) };
const ECS = 'ecs.eu-west-1.amazonaws.com';
const LOGS = 'logs.eu-west-1.amazonaws.com';
const BRIEF_MS = 500;

type Task = 'open' | 'closed';
interface Call {
  readonly host: string;
  /** Default 443. */
  readonly port?: number;
  /** The name that the certificate has to have, default the host. */
  readonly as?: string;
  readonly timeoutMs?: number;
}

/** DescribeTasks of a task, through its network: the status and the body. */
async function call(
  { network, ca }: ServiceScene,
  task: Task,
  { host, port = 443, as = host, timeoutMs = patient(5000) }: Call,
) {
  const signal = AbortSignal.timeout(timeoutMs);
  const plain = await network.dialer(task).connect({ host, port }, signal);
  const connection: Duplex = port === 443 ? await secured(plain, { servername: as, ca }, signal) : plain;
  const body = '{"tasks":["t1"]}';
  connection.write(
    `POST / HTTP/1.1\r\nhost: ${as}\r\ncontent-type: application/x-amz-json-1.1\r\nconnection: close\r\n` +
      `x-amz-target: ${SAMPLE_TARGET_PREFIX}.DescribeTasks\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  const answer = await text(connection);
  return { status: Number(answer.slice(9, 12)), answer };
}

async function callInVain(scene: ServiceScene, task: Task, call_: Call): Promise<void> {
  await assert.rejects(
    call(scene, task, { ...call_, timeoutMs: BRIEF_MS }),
    (error) => hasKind(error, 'aborted'),
    `${task} has reached ${call_.host}`,
  );
}

const resolve = async ({ within }: ServiceScene, task: Task, question: Question) =>
  (await askResolver(within(task), question))?.addresses;

/** A name server on loopback, as settings name it. */
async function aNameServer(test: TestContext, answer: (query: Buffer, port: number) => Buffer | undefined) {
  const socket = createSocket('udp4', (query, from) => {
    const found = answer(query, from.port);
    if (found !== undefined) socket.send(found, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  test.after(() => void socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

function endpointOf(changes: Partial<EndpointPicture> = {}): EndpointPicture {
  return {
    ...{ endpointId: 'vpce-01', type: 'interface', service: 'ecs', privateDns: true },
    eniIds: ['eni-0000000000000e001'],
    dnsNames: ['vpce-01-89abcdef.ecs.eu-west-1.vpce.amazonaws.com'],
    ...changes,
  };
}

describe('names inside a task', options, () => {
  it('are those of its VPC and of AWS’s services, at both addresses of the resolver', async (test) => {
    const scene = await serviceScene(test);
    for (const server of [`${scene.net}.0.2`, '169.254.169.253']) {
      for (const transport of ['udp', 'tcp'] as const) {
        const ask = (name: string) => resolve(scene, 'closed', { name, server, transport });
        assert.deepEqual(await ask(LOGS), ['198.18.0.11']);
        const name = `ip-${scene.net.replace('.', '-')}-16-4.eu-west-1.compute.internal`;
        assert.deepEqual(await ask(name), [`${scene.net}.16.4`]);
        const publicName = `ec2-${scene.publicNet.replaceAll('.', '-')}-1.eu-west-1.compute.amazonaws.com`;
        assert.deepEqual(await ask(publicName), [`${scene.net}.16.4`]);
      }
      const [a, b] = scene.net.split('.');
      const pointer = { name: `4.16.${b}.${a}.in-addr.arpa`, type: 'PTR', server } as const;
      const found = await askResolver(scene.within('open'), pointer);
      assert.match(found?.text ?? '', new RegExp(`ip-${a}-${b}-16-4.{1,2}eu-west-1.compute.internal`, 's'));
      const noV6 = await askResolver(scene.within('open'), { name: LOGS, type: 'AAAA', server });
      assert.deepEqual([noV6?.code, noV6?.addresses], [0, []]);
    }
  });

  it('have no answer where the VPC’s DNS support is off, for the agent neither', async (test) => {
    const scene = await serviceScene(test);
    await scene.apply({ enableDnsSupport: false });
    for (const server of [`${scene.net}.0.2`, '169.254.169.253']) {
      assert.equal(await resolve(scene, 'open', { name: LOGS, server, timeoutMs: BRIEF_MS }), undefined);
    }
    await assert.rejects(call(scene, 'open', { host: LOGS }), (error) => {
      return hasKind(error, 'deadline') && error.details['dnsServer'] === `${scene.net}.0.2`;
    });
    await scene.apply();
    assert.deepEqual(await resolve(scene, 'open', { name: LOGS, server: `${scene.net}.0.2` }), [
      '198.18.0.11',
    ]);
  });

  it('come to no harm by what is no question', async (test) => {
    const scene = await serviceScene(test);
    const socket = await connectTcp(
      scene.within('open'),
      `${scene.net}.0.2`,
      53,
      AbortSignal.timeout(patient(5000)),
    );
    socket.end(Buffer.from([0, 3, 1, 2, 3]));
    assert.equal(await text(socket), '');
    assert.deepEqual(await resolve(scene, 'open', { name: LOGS, server: `${scene.net}.0.2` }), [
      '198.18.0.11',
    ]);
  });
});

describe('a flood of questions', options, () => {
  it('gets 1024 answers a second, and takes none from another task', async (test) => {
    const scene = await serviceScene(test);
    const server = `${scene.net}.0.2`;
    const query = buildAddressQuery(1, LOGS) ?? assert.fail();
    const socket = await bindUdp(scene.within('open'), '0.0.0.0', 0);
    test.after(() => socket.close());
    socket.setRecvBufferSize(4 * 2 ** 20);
    let answers = 0;
    socket.on('message', () => (answers += 1));
    const start = performance.now();
    for (let round = 0; round < 60; round += 1) {
      for (let packet = 0; packet < 100; packet += 1) socket.send(query, 53, server);
      assert.deepEqual(await resolve(scene, 'closed', { name: LOGS, server, timeoutMs: patient(5000) }), [
        '198.18.0.11',
      ]);
    }
    const allowed = 1024 * (2 + (performance.now() - start) / 1000);
    assert.ok(answers >= 500 && answers <= allowed, `${answers} answers, ${allowed} allowed`);
  });

  it('that the host’s resolvers do not answer fills no more than its own share', async (test) => {
    const asked = { flood: 0, ports: new Set<number>() };
    const nameServer = await aNameServer(test, (query, from) => {
      asked.ports.add(from);
      const read = readQuery(query);
      assert.ok(read !== undefined && isQuery(read));
      if (read.name.endsWith('.flood.test')) {
        asked.flood += 1;
        return undefined;
      }
      const records = [{ type: DNS_TYPE.A, ttl: 5, data: '192.0.2.7' }];
      return Buffer.from(buildAnswer(read, { code: DNS_CODE.noError, records }));
    });
    const scene = await serviceScene(test, { 'name-servers': nameServer });
    const server = `${scene.net}.0.2`;
    const socket = await bindUdp(scene.within('open'), '0.0.0.0', 0);
    test.after(() => socket.close());
    const start = performance.now();
    for (let round = 0; round < 10; round += 1) {
      for (let packet = 0; packet < 100; packet += 1) {
        const query = buildAddressQuery(packet, `n${round}-${packet}.flood.test`) ?? assert.fail();
        socket.send(query, 53, server);
      }
      const name = `n${round}.example.test`;
      assert.deepEqual(await resolve(scene, 'closed', { name, server, timeoutMs: patient(5000) }), [
        '192.0.2.7',
      ]);
    }
    const seconds = (performance.now() - start) / 1000;
    // Half of 256 wait for three seconds each; 32 ports are opened a second.
    assert.ok(asked.flood >= 64 && asked.flood <= 128 * (2 + seconds / 3), `${asked.flood} of the flood`);
    assert.ok(asked.ports.size <= 32 * (2 + seconds), `${asked.ports.size} ports`);
  });
});

describe('an AWS service', options, () => {
  it('is reached by its usual name with TLS and without, by a task with a public address', async (test) => {
    const scene = await serviceScene(test);
    for (const port of [443, 80]) {
      const { status, answer } = await call(scene, 'open', { host: ECS, port });
      assert.equal(status, 200);
      assert.match(answer, /"taskArn":"t1"/);
    }
    assert.deepEqual(
      scene.contexts.map(({ arrival }) => [arrival?.sourceIp, arrival?.by]),
      [
        [`${scene.publicNet}.1`, undefined],
        [`${scene.publicNet}.1`, undefined],
      ],
    );
    const other = await call(scene, 'open', { host: LOGS });
    assert.equal(other.status, 400, 'the address of one service served another');
    assert.match(other.answer, /UnknownOperationException/);
  });

  it('is reached at the general address, whatever it is', async (test) => {
    const scene = await serviceScene(test);
    assert.equal((await call(scene, 'open', { host: '198.18.0.1', port: 80 })).status, 200);
    assert.equal((await call(scene, 'open', { host: '198.18.0.1', as: ECS })).status, 200);
  });

  it('is not reached from a subnet without a way out', async (test) => {
    const scene = await serviceScene(test);
    for (const host of [ECS, '198.18.0.1']) {
      for (const port of [443, 80]) await callInVain(scene, 'closed', { host, port });
    }
  });

  it('is reached by an interface endpoint, whose address its name then gives, as the endpoint’s groups admit', async (test) => {
    const scene = await serviceScene(test);
    const server = `${scene.net}.0.2`;
    const address = `${scene.net}.32.9`;
    const interfaces = [scene.endpointInterface()];
    await scene.apply({ interfaces, endpoints: [endpointOf()] });
    for (const task of ['closed', 'open'] as const) {
      assert.deepEqual(await resolve(scene, task, { name: ECS, server }), [address]);
      assert.equal((await call(scene, task, { host: ECS })).status, 200);
      const arrival = scene.contexts.at(-1)?.arrival;
      assert.deepEqual([arrival?.sourceIp, arrival?.by?.endpointId], [undefined, 'vpce-01']);
    }
    // Other services are where they were.
    assert.deepEqual(await resolve(scene, 'closed', { name: LOGS, server }), ['198.18.0.11']);
    assert.equal((await call(scene, 'closed', { host: address, as: LOGS })).status, 200);

    const group = 'sg-0000000000000000e';
    const grouped = [scene.endpointInterface({ securityGroups: [group] })];
    const admitting = (cidr: string) => groupsWith(group, [portOf(443, { cidrs: [cidr] })]);
    const endpoints = [endpointOf()];
    await scene.apply({ interfaces: grouped, endpoints, groups: admitting(`${scene.net}.16.0/20`) });
    assert.equal((await call(scene, 'open', { host: ECS })).status, 200);
    await callInVain(scene, 'closed', { host: ECS });
    await callInVain(scene, 'open', { host: ECS, port: 80 });
    await scene.apply({ interfaces: grouped, endpoints, groups: admitting(`${scene.net}.32.0/20`) });
    assert.equal((await call(scene, 'closed', { host: ECS })).status, 200);
  });

  it('is reached by the endpoint’s own name without private DNS, and no more when it is gone', async (test) => {
    const scene = await serviceScene(test);
    const server = `${scene.net}.0.2`;
    const endpoint = endpointOf({ privateDns: false });
    const own = endpoint.dnsNames[0] ?? '';
    await scene.apply({ interfaces: [scene.endpointInterface()], endpoints: [endpoint] });
    assert.equal((await call(scene, 'closed', { host: own })).status, 200);
    assert.deepEqual(await resolve(scene, 'closed', { name: ECS, server }), ['198.18.0.10']);
    await callInVain(scene, 'closed', { host: ECS });
    await scene.apply();
    await callInVain(scene, 'closed', { host: `${scene.net}.32.9`, as: own });
  });

  it('is reached by a NAT gateway, and S3 by a gateway endpoint alone', async (test) => {
    const scene = await serviceScene(test);
    const withRoute = (route: RoutePicture) => [
      {
        ...scene.privateSubnet,
        cidr: `${scene.net}.32.0/20`,
        availabilityZone: 'eu-west-1b',
        routes: [...scene.privateSubnet.routes, route],
      },
    ];
    const natGatewayId = 'nat-00000000000000001';
    const nat: RoutePicture = {
      destinationCidr: '0.0.0.0/0',
      target: { type: 'nat-gateway', natGatewayId, publicIpv4Address: `${scene.publicNet}.9` },
    };
    await scene.apply({ subnets: withRoute(nat) });
    assert.equal((await call(scene, 'closed', { host: ECS })).status, 200);
    assert.equal(scene.contexts.at(-1)?.arrival?.sourceIp, `${scene.publicNet}.9`);
    const gateway: RoutePicture = {
      destinationCidr: '198.18.0.14/32',
      target: { type: 'gateway-endpoint', endpointId: 'vpce-02' },
    };
    await scene.apply({ subnets: withRoute(gateway) });
    assert.match((await call(scene, 'closed', { host: '198.18.0.14', port: 80 })).answer, /s3$/);
    await callInVain(scene, 'closed', { host: ECS });
  });
});

describe('what the host has', options, () => {
  it('is not reached: neither the front door nor anything else that listens on it', async (test) => {
    const scene = await serviceScene(test);
    const server = createServer((socket) => socket.end('the host')).listen(0, '0.0.0.0');
    await once(server, 'listening');
    test.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const own = addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => address);
    const services = [
      '198.18.0.1',
      '198.18.0.10',
      `${scene.net}.0.2`,
      `${scene.net}.16.1`,
      '169.254.169.253',
    ];
    for (const address of new Set([...own, ...services])) {
      for (const each of [port, scene.frontDoorPort]) {
        const reached = connectTcp(scene.within('open'), address, each, AbortSignal.timeout(BRIEF_MS));
        await assert.rejects(reached, Error, `${address}:${each} was reached`);
      }
    }
  });

  it('is a registry that the settings name, by its name and a public route', async (test) => {
    const registry = createServer((socket) => socket.end('registry')).listen(0, '127.0.0.1');
    await once(registry, 'listening');
    test.after(() => registry.close());
    const { port } = registry.address() as AddressInfo;
    const scene = await serviceScene(test, { registries: `registry.test:5000=127.0.0.1:${port}` });
    const ask = (task: Task, timeoutMs: number) =>
      scene.network
        .dialer(task)
        .connect({ host: 'Registry.test', port: 5000 }, AbortSignal.timeout(timeoutMs));
    assert.equal(await text(await ask('open', patient(5000))), 'registry');
    await assert.rejects(ask('closed', BRIEF_MS), (error) => hasKind(error, 'aborted'));
  });
});
