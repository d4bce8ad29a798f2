/** Flow logs tell what was sent: known bytes over TCP and UDP, allowed and refused, found again in the records. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateFlowLogsCommand, type CreateFlowLogsCommandInput } from '@aws-sdk/client-ec2';
import type { Task } from '@aws-sdk/client-ecs';
import { taskIdOf } from '../support/neargate/arn.ts';
import {
  type FlowRecord,
  matching,
  recordsInFiles,
  recordsInLogs,
  sumOf,
} from '../support/neargate/flow-records.ts';
import { Outside } from '../support/neargate/outside.ts';
import { publishRegistry, publishedName } from '../support/neargate/published-registry.ts';
import { Scene } from '../support/neargate/scene.ts';
import {
  TestNetwork,
  type TestSubnet,
  eniIdOf,
  placeIn,
  tcpFrom,
  udpFrom,
} from '../support/neargate/test-network.ts';
import { IN_VAIN_MS, Vantage } from '../support/neargate/vantage.ts';
import { patient } from '../../src/ports/testing/patience.ts';

const GROUP = '/flows';
const BUCKET = 'flow-files';
const TCP_PORT = 8081;
const UDP_PORT = 8082;
const CLOSED_PORT = 8083;
const TCP_BYTES = 8_000_000;
const DATAGRAMS = 200;
const DATAGRAM_BYTES = 1000;
/** IP's and UDP's headers count. */
const UDP_TOTAL = DATAGRAMS * (DATAGRAM_BYTES + 28);
const PATIENCE_MS = patient(30_000);
const CUSTOM_FIELDS = [
  ...['version', 'interface-id', 'srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol', 'packets', 'bytes'],
  ...['action', 'vpc-id', 'subnet-id', 'instance-id', 'tcp-flags', 'type', 'pkt-srcaddr', 'pkt-dstaddr'],
  ...['region', 'az-id', 'sublocation-type', 'sublocation-id', 'pkt-src-aws-service', 'pkt-dst-aws-service'],
  ...['flow-direction', 'traffic-path', 'ecs-cluster-arn', 'ecs-cluster-name', 'ecs-container-instance-arn'],
  ...['ecs-container-instance-id', 'ecs-container-id', 'ecs-second-container-id', 'ecs-service-name'],
  ...['ecs-task-definition-arn', 'ecs-task-arn', 'ecs-task-id'],
];

interface Probe {
  readonly task: Task;
  readonly eniId: string;
  readonly address: string;
  readonly place: Vantage;
}

describe('The flow logs of a VPC', { timeout: patient(180_000) }, () => {
  let outside: Outside;
  let internet: Vantage;
  let scene: Scene;
  let network: TestNetwork;
  let subnet: TestSubnet;
  let groupId: string;
  let client: Probe;
  let server: Probe;
  let idle: Probe;
  let beganAt: number;
  const probes: Probe[] = [];

  const run = async (): Promise<Probe> => {
    const app = { name: 'app', image: `${publishedName(outside)}/neargate-sample:latest` };
    const definition = await scene.register([app]);
    const arn = await scene.run(definition, placeIn(subnet, groupId, 'ENABLED'));
    const task = await scene.until(arn, 'RUNNING');
    const place = Vantage.inTask(scene.neargate.dataDir, arn);
    const probe = { task, place, eniId: eniIdOf(task), address: Scene.address(task) };
    probes.push(probe);
    return probe;
  };
  const createFlowLogs = async (over: Partial<CreateFlowLogsCommandInput>): Promise<string> => {
    const { FlowLogIds = [], Unsuccessful } = await scene.neargate.ec2.send(
      new CreateFlowLogsCommand({
        ...{ ResourceType: 'VPC', ResourceIds: [network.vpcId], TrafficType: 'ALL' },
        ...over,
      }),
    );
    assert.deepEqual(Unsuccessful ?? [], []);
    return FlowLogIds[0] ?? assert.fail('no flow log');
  };
  const inLogs = ({ eniId }: Probe, kind = 'all', group = GROUP): Promise<FlowRecord[]> =>
    recordsInLogs(scene.neargate.logs, group, `${eniId}-${kind}`);
  const inFiles = async (bucket = BUCKET): Promise<FlowRecord[]> =>
    [...(await recordsInFiles(join(scene.neargate.dataDir, 'flow-logs', bucket))).values()].flat();

  before(async () => {
    outside = Outside.make();
    internet = new Vantage(outside);
    scene = await Scene.start(['--flow-log-interval', '2s', '--insecure-registries', publishedName(outside)]);
    await publishRegistry(internet, scene.registry);
    network = await TestNetwork.make(scene.neargate.ec2, '10.80');
    subnet = await network.addPublicSubnet();
    groupId = await network.addGroup(
      'app',
      tcpFrom('10.80.0.0/16', TCP_PORT),
      udpFrom('10.80.0.0/16', UDP_PORT),
    );
    [client, server, idle] = await Promise.all([run(), run(), run()]);
    for (const logGroupName of [GROUP, '/refused']) {
      await scene.neargate.logs.send(new CreateLogGroupCommand({ logGroupName }));
    }
    beganAt = Math.floor(Date.now() / 1000);
    const role = `arn:aws:iam::${scene.neargate.info.account}:role/flow-logs`;
    const toLogs = { LogDestinationType: 'cloud-watch-logs', DeliverLogsPermissionArn: role } as const;
    await createFlowLogs({ ...toLogs, LogGroupName: GROUP, MaxAggregationInterval: 60 });
    await createFlowLogs({
      ...toLogs,
      ...{ LogGroupName: '/refused', TrafficType: 'REJECT' },
      ...{ ResourceType: 'Subnet', ResourceIds: [subnet.subnetId] },
    });
    await createFlowLogs({
      ...{ ResourceType: 'NetworkInterface', ResourceIds: [server.eniId] },
      ...{ LogDestinationType: 's3', LogDestination: `arn:aws:s3:::${BUCKET}/lake/` },
      LogFormat: CUSTOM_FIELDS.map((field) => `\${${field}}`).join(' '),
    });
    // Both work from when they tell that there was nothing.
    const nothing = { 'log-status': 'NODATA' };
    await until(async () => {
      const [inGroup, inBucket] = [await inLogs(idle), await inFiles()];
      return matching(inGroup, nothing).length > 0 && inBucket.length > 0;
    });
    await Promise.all([sendTcp(), sendUdp(UDP_PORT), sendUdp(CLOSED_PORT), refusedTcp(), lookUp()]);
    await until(async () => sumOf(await inLogs(server), 'packets', refusedUdp()) >= DATAGRAMS);
  });

  after(async () => {
    for (const { place } of probes) place.close();
    await scene?.close();
    internet?.close();
    outside?.close();
  });

  /** A connection from the client's port 40000, closed by both. */
  const sendTcp = async (): Promise<void> => {
    let received = 0;
    let isOver = (): void => undefined;
    const done = new Promise<void>((resolve) => (isOver = resolve));
    await server.place.listen(TCP_PORT, (socket) => {
      socket.on('data', (data) => {
        received += data.length;
      });
      socket.on('end', () => {
        socket.end('thanks');
        isOver();
      });
    });
    const socket = await client.place.connect(server.address, TCP_PORT);
    socket.resume().end(Buffer.alloc(TCP_BYTES, 'x'));
    await Promise.all([done, once(socket, 'close')]);
    assert.equal(received, TCP_BYTES);
  };
  const sendUdp = async (port: number): Promise<void> => {
    await server.place.bind(port);
    const socket = await client.place.bind(port);
    for (let count = 0; count < DATAGRAMS; count += 1) {
      socket.send(Buffer.alloc(DATAGRAM_BYTES), port, server.address);
      if (count % 20 === 0) await delay(5);
    }
  };
  const refusedTcp = async (): Promise<void> => {
    assert.equal(await client.place.ask(server.address, CLOSED_PORT, IN_VAIN_MS), 'no answer');
  };
  const lookUp = async (): Promise<void> => {
    for (const resolver of ['169.254.169.253', '10.80.0.2']) {
      assert.equal((await client.place.resolve('logs.us-east-1.amazonaws.com', resolver)).length, 1);
    }
  };
  const udp = (port: number, action: string): FlowRecord => ({
    ...{ srcaddr: client.address, dstaddr: server.address, protocol: '17', action },
    ...{ srcport: String(port), dstport: String(port) },
  });
  const refusedUdp = (): FlowRecord => udp(CLOSED_PORT, 'REJECT');

  it('tell a TCP connection on both interfaces, in both directions, with its bytes', async () => {
    const there = { srcaddr: client.address, dstaddr: server.address, dstport: String(TCP_PORT) };
    const back = { srcaddr: server.address, dstaddr: client.address, srcport: String(TCP_PORT) };
    for (const probe of [client, server]) {
      await until(async () => sumOf(await inLogs(probe), 'bytes', there) >= TCP_BYTES);
      const records = await inLogs(probe);
      assertNear(sumOf(records, 'bytes', there), TCP_BYTES);
      assert.ok(sumOf(records, 'packets', there) > 0);
      const answered = matching(records, back);
      assert.ok(answered.length > 0);
      for (const record of [...matching(records, there), ...answered]) {
        assert.deepEqual(
          [record['version'], record['account-id'], record['interface-id'], record['protocol']],
          ['2', scene.neargate.info.account, probe.eniId, '6'],
        );
        assert.deepEqual([record['action'], record['log-status']], ['ACCEPT', 'OK']);
        assertTimes(record, beganAt);
      }
    }
  });

  it('tell datagrams to the byte', async () => {
    for (const probe of [client, server]) {
      const match = udp(UDP_PORT, 'ACCEPT');
      await until(async () => sumOf(await inLogs(probe), 'packets', match) >= DATAGRAMS);
      const records = await inLogs(probe);
      assert.equal(sumOf(records, 'packets', match), DATAGRAMS);
      assert.equal(sumOf(records, 'bytes', match), UDP_TOTAL);
    }
  });

  it('tell what the receiver’s groups refused: accepted where it left, rejected where it came', async () => {
    const records = await inLogs(server);
    assert.equal(sumOf(records, 'packets', refusedUdp()), DATAGRAMS);
    assert.equal(sumOf(records, 'bytes', refusedUdp()), UDP_TOTAL);
    const syn = { srcaddr: client.address, dstport: String(CLOSED_PORT), protocol: '6' };
    assert.ok(sumOf(records, 'packets', { ...syn, action: 'REJECT' }) > 0);
    const left = await inLogs(client);
    assert.equal(sumOf(left, 'packets', udp(CLOSED_PORT, 'ACCEPT')), DATAGRAMS);
    assert.ok(sumOf(left, 'packets', { ...syn, action: 'ACCEPT' }) > 0);
    assert.deepEqual(
      matching([...records, ...left], { ...syn, action: 'ACCEPT', 'interface-id': server.eniId }),
      [],
    );
  });

  it('tell rejected traffic only, where that is asked for, in streams of that name', async () => {
    await until(
      async () => sumOf(await inLogs(server, 'reject', '/refused'), 'packets', refusedUdp()) >= DATAGRAMS,
    );
    const records = await inLogs(server, 'reject', '/refused');
    assert.deepEqual(new Set(records.map(({ action }) => action)), new Set(['REJECT', '-']));
    assert.equal(sumOf(records, 'bytes', refusedUdp()), UDP_TOTAL);
  });

  it('say NODATA of an interface without traffic', async () => {
    const silent = matching(await inLogs(idle), { 'log-status': 'NODATA' });
    assert.ok(silent.length > 0);
    for (const { start = '', end = '', ...rest } of silent) {
      assertTimes({ start, end }, beganAt);
      assert.deepEqual(rest, {
        ...{ version: '2', 'account-id': scene.neargate.info.account, 'interface-id': idle.eniId },
        ...{ srcaddr: '-', dstaddr: '-', srcport: '-', dstport: '-', protocol: '-', packets: '-' },
        ...{ bytes: '-', action: '-', 'log-status': 'NODATA' },
      });
    }
  });

  it('keep silent about DNS and what is link-local', async () => {
    for (const probe of [client, server, idle]) {
      const records = await inLogs(probe);
      const hidden = records.filter(
        ({ srcaddr = '', dstaddr = '', srcport, dstport }) =>
          [srcport, dstport].includes('53') ||
          [srcaddr, dstaddr].some((address) => address.startsWith('169.254.')),
      );
      assert.deepEqual(hidden, []);
    }
  });

  it('are files in the shape of their bucket, with the fields of a custom format', async () => {
    const match = { ...udp(UDP_PORT, 'ACCEPT'), 'interface-id': server.eniId };
    await until(async () => sumOf(await inFiles(), 'packets', match) >= DATAGRAMS);
    const directory = join(scene.neargate.dataDir, 'flow-logs', BUCKET);
    const { account, region } = scene.neargate.info;
    for (const path of (await recordsInFiles(directory)).keys()) {
      assert.match(
        path,
        new RegExp(
          `^lake/AWSLogs/${account}/vpcflowlogs/${region}/\\d{4}/\\d\\d/\\d\\d/` +
            `${account}_vpcflowlogs_${region}_fl-[0-9a-f]{17}_\\d{8}T\\d{4}Z_[0-9a-f]{8}\\.log\\.gz$`,
        ),
      );
    }
    const records = await inFiles();
    assert.equal(sumOf(records, 'bytes', match), UDP_TOTAL);
    const [record] = matching(records, match);
    const { packets: _, bytes: __, ...fields } = record ?? assert.fail('no record');
    const { taskArn = '', taskDefinitionArn = '', clusterArn = '', containers = [] } = server.task;
    assert.deepEqual(fields, {
      ...{ version: '7', ...match, 'vpc-id': network.vpcId, 'subnet-id': subnet.subnetId },
      ...{ 'instance-id': '-', 'tcp-flags': '0', type: 'IPv4' },
      ...{ 'pkt-srcaddr': client.address, 'pkt-dstaddr': server.address },
      ...{ region, 'az-id': 'use1-az1', 'sublocation-type': '-', 'sublocation-id': '-' },
      ...{ 'pkt-src-aws-service': '-', 'pkt-dst-aws-service': '-' },
      ...{ 'flow-direction': 'ingress', 'traffic-path': '-' },
      ...{ 'ecs-cluster-arn': clusterArn, 'ecs-cluster-name': 'default' },
      ...{ 'ecs-container-instance-arn': '-', 'ecs-container-instance-id': '-' },
      ...{ 'ecs-container-id': containers[0]?.runtimeId, 'ecs-second-container-id': '-' },
      ...{ 'ecs-service-name': '-', 'ecs-task-definition-arn': taskDefinitionArn },
      ...{ 'ecs-task-arn': taskArn, 'ecs-task-id': taskIdOf(taskArn) },
    });
    const tcp = { dstaddr: server.address, dstport: String(TCP_PORT), protocol: '6' };
    const flags = matching(records, tcp).reduce((bits, each) => bits | Number(each['tcp-flags']), 0);
    assert.equal(flags, 3, 'SYN and FIN of the client');
    const answers = { srcaddr: server.address, srcport: String(TCP_PORT), protocol: '6' };
    const answered = matching(records, answers);
    assert.equal(
      answered.reduce((bits, each) => bits | Number(each['tcp-flags']), 0),
      19,
      'SYN-ACK and FIN',
    );
    assert.ok(answered.every((each) => each['flow-direction'] === 'egress' && each['traffic-path'] === '1'));
  });

  it('tell the way to the internet, with the private address on the task’s own side', async () => {
    await internet.serve(TCP_PORT);
    assert.equal(await server.place.ask(outside.address, TCP_PORT), `seen as ${outside.machineAddress}`);
    const out = { srcaddr: server.address, dstaddr: outside.address, dstport: String(TCP_PORT) };
    await until(async () => matching(await inFiles(), out).length > 0);
    const [record] = matching(await inFiles(), out);
    assert.deepEqual(
      [record?.['pkt-srcaddr'], record?.['pkt-dstaddr'], record?.['traffic-path']],
      [server.address, outside.address, '8'],
    );
  });

  it('say SKIPDATA where something was missed', async () => {
    await scene.neargate.killAgent();
    await until(async () => matching(await inLogs(idle), { 'log-status': 'SKIPDATA' }).length > 0);
    const [record] = matching(await inLogs(idle), { 'log-status': 'SKIPDATA' });
    assert.deepEqual([record?.['packets'], record?.['bytes'], record?.['action']], ['-', '-', '-']);
  });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) assert.fail(`not within ${PATIENCE_MS} ms: ${isSo.toString()}`);
    await delay(100);
  }
}

/** Within one percent. */
function assertNear(actual: number, wanted: number): void {
  assert.ok(Math.abs(actual - wanted) <= wanted / 100, `${actual} is not near ${wanted}`);
}

/** Unix seconds, in their order, of the time of the test. */
function assertTimes({ start = '', end = '' }: FlowRecord, beganAt: number): void {
  const now = Date.now() / 1000;
  assert.match(`${start} ${end}`, /^\d{10} \d{10}$/);
  assert.ok(Number(start) >= beganAt && Number(start) <= Number(end) && Number(end) <= now + 1);
}
