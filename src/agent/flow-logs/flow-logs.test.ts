import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ConnectionLook, FlowCounters } from '../../domain/network/flow-logs/flow-observation.ts';
import type { FlowLogPicture, VpcPicture } from '../../domain/network/vpc.ts';
import type { TaskAssignment, TaskReport } from '../../domain/task/assignment.ts';
import { FakeTaskNetwork } from '../../drivers/network-fake/fake-task-network.ts';
import type { Logger } from '../../ports/logger.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { eniOf } from '../../ports/testing/task-network-suite.ts';
import { pictureOf } from '../../ports/testing/vpc-picture.ts';
import type { FlowBatch, FlowDelivery } from './flow-batch.ts';
import { FlowLogs, withFlowLogs } from './flow-logs.ts';

const VPC = { vpcId: 'vpc-00000000000000001', cidr: '10.0.0.0/16', routedFromHost: false };
const SUBNET = 'subnet-00000000000000001';
const quiet: Logger = {
  ...{ debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  child: () => quiet,
};
const A = eniOf(VPC, 1);
const B = eniOf(VPC, 2);

function flowLog(over: Partial<FlowLogPicture> = {}): FlowLogPicture {
  return {
    ...{ flowLogId: 'fl-01', resourceId: VPC.vpcId, trafficType: 'ALL', maxAggregationIntervalS: 60 },
    logFormat: '${interface-id} ${srcaddr} ${dstaddr} ${packets} ${bytes} ${action} ${log-status}',
    destination: { type: 'cloud-watch-logs', logGroupName: 'flows' },
    ...over,
  };
}

function picture(...flowLogs: FlowLogPicture[]): VpcPicture {
  return {
    ...VPC,
    ...{ account: '123456789012', region: 'us-east-1', enableDnsSupport: true, enableDnsHostnames: true },
    subnets: [{ subnetId: SUBNET, cidr: '10.0.16.0/20', availabilityZone: 'us-east-1a', routes: [] }],
    ...{ groups: [], interfaces: [], endpoints: [], flowLogs, fileSystems: [] },
  };
}

function assignment(eni: typeof A, createdAt: number): TaskAssignment {
  return {
    ...{ taskId: eni.eniId, taskArn: 'arn', clusterArn: 'arn', clusterName: 'default' },
    ...{ account: '123456789012', region: 'us-east-1', availabilityZone: 'us-east-1a' },
    ...{ family: 'web', revision: 1, platformVersion: '1.4.0', cpuArchitecture: 'X86_64' },
    ...{ cpuUnits: 256, memoryMiB: 512, ephemeralStorageGiB: 20, containers: [], volumes: [] },
    ...{ eni, createdAt },
  };
}

const report = (over: Partial<TaskReport> = {}): TaskReport => ({
  ...{ taskId: '', status: 'RUNNING', eniAttached: true, eniDetached: false, healthStatus: 'UNKNOWN' },
  containers: [],
  ...over,
});

class Deliveries implements FlowDelivery {
  readonly batches: FlowBatch[] = [];
  readonly begun = new Set<string>();
  readonly ended: string[] = [];
  hasRoom = true;

  begin(flowLogId: string): boolean {
    const wasThere = this.begun.has(flowLogId);
    this.begun.add(flowLogId);
    return wasThere;
  }
  end(flowLogId: string): void {
    this.ended.push(flowLogId);
  }
  async deliver(batch: FlowBatch): Promise<boolean> {
    this.batches.push(batch);
    return this.hasRoom;
  }
  /** The messages that came since the last call, sorted. */
  take(): string[] {
    const batches = this.batches.splice(0);
    return batches
      .flatMap(({ interfaces }) => interfaces.flatMap(({ records }) => records.map(({ message }) => message)))
      .sort();
  }
}

describe('flow logs of a machine', () => {
  let clock: ManualClock;
  let network: FakeTaskNetwork;
  let deliveries: Deliveries;
  let flowLogs: FlowLogs;

  beforeEach(async () => {
    clock = new ManualClock(Date.UTC(2026, 0, 1));
    network = new FakeTaskNetwork();
    deliveries = new Deliveries();
    flowLogs = new FlowLogs({
      ...{ network, delivery: deliveries, clock, logger: quiet, serviceCidr: '198.18.0.0/24' },
    });
    await network.applyVpc(pictureOf(VPC));
  });

  afterEach(() => flowLogs.close());

  const attach = (...enis: (typeof A)[]): void => {
    for (const eni of enis) flowLogs.taskChanged(assignment(eni, clock.now()), report());
  };

  const apply = async (...each: FlowLogPicture[]): Promise<void> => {
    await withFlowLogs(network, flowLogs).applyVpc(picture(...each));
    await settled();
  };

  /** Everything that can happen now has happened. */
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn += 1) await nextTurn();
  };

  const minute = async (minutes = 1): Promise<void> => {
    for (let passed = 0; passed < minutes; passed += 1) {
      clock.advance(60_000);
      await settled();
    }
  };

  const sends = (sent: FlowCounters, got: FlowCounters, over: Partial<ConnectionLook> = {}): void => {
    const [from, to] = [A.privateIpv4Address, B.privateIpv4Address];
    network.flow(VPC.vpcId, {
      ...{ type: 'connection', id: 'c1', protocol: 6, startedAt: clock.now() },
      original: { sourceAddress: from, sourcePort: 1, destinationAddress: to, destinationPort: 80, ...sent },
      reply: { sourceAddress: to, sourcePort: 80, destinationAddress: from, destinationPort: 1, ...got },
      ...over,
    });
  };

  const count = (packets: number): FlowCounters => ({ packets, bytes: packets * 100 });
  const [a, b] = [A.privateIpv4Address, B.privateIpv4Address];

  it('tell both ends of a connection, what came in each interval', async () => {
    await apply(flowLog());
    attach(A, B);
    sends(count(5), count(4));
    await minute();
    assert.deepEqual(deliveries.take(), [
      `${A.eniId} ${a} ${b} 5 500 ACCEPT OK`,
      `${A.eniId} ${b} ${a} 4 400 ACCEPT OK`,
      `${B.eniId} ${a} ${b} 5 500 ACCEPT OK`,
      `${B.eniId} ${b} ${a} 4 400 ACCEPT OK`,
    ]);
    sends(count(7), count(4));
    await minute();
    assert.deepEqual(deliveries.take(), [
      `${A.eniId} ${a} ${b} 2 200 ACCEPT OK`,
      `${B.eniId} ${a} ${b} 2 200 ACCEPT OK`,
    ]);
    await minute();
    assert.deepEqual(deliveries.take(), [`${A.eniId} - - - - - NODATA`, `${B.eniId} - - - - - NODATA`]);
  });

  it('tell what an interface sent last, after its end, and then no more of it', async () => {
    await apply(flowLog());
    attach(A);
    await minute();
    deliveries.take();
    sends(count(5), count(0));
    flowLogs.taskChanged(assignment(A, clock.now()), report({ eniDetached: true }));
    sends(count(6), count(0), { endedAt: clock.now() });
    await minute();
    assert.deepEqual(deliveries.take(), [`${A.eniId} ${a} ${b} 6 600 ACCEPT OK`]);
    await minute();
    assert.deepEqual(deliveries.take(), []);
  });

  it('tell accepted or rejected traffic, as they are asked', async () => {
    await apply(flowLog({ trafficType: 'REJECT' }), flowLog({ flowLogId: 'fl-02', trafficType: 'ACCEPT' }));
    attach(A, B);
    network.flow(VPC.vpcId, {
      ...{ type: 'dropped', protocol: 6, bytes: 60, tcpFlags: 2, at: clock.now() },
      ...{ sourceAddress: a, sourcePort: 1, destinationAddress: b, destinationPort: 81 },
      reason: { type: 'denied', direction: 'ingress', eniId: B.eniId },
    });
    await minute();
    assert.deepEqual(
      deliveries.batches.map(({ flowLogId, trafficType }) => [flowLogId, trafficType]),
      [
        ['fl-01', 'REJECT'],
        ['fl-02', 'ACCEPT'],
      ],
    );
    assert.deepEqual(deliveries.take(), [
      `${A.eniId} - - - - - NODATA`,
      `${A.eniId} ${a} ${b} 1 60 ACCEPT OK`,
      `${B.eniId} - - - - - NODATA`,
      `${B.eniId} ${a} ${b} 1 60 REJECT OK`,
    ]);
  });

  it('are of the interface, the subnet or the VPC that they are for', async () => {
    await apply(
      flowLog({ resourceId: A.eniId }),
      flowLog({ flowLogId: 'fl-02', resourceId: SUBNET }),
      flowLog({ flowLogId: 'fl-03', resourceId: 'subnet-00000000000000002' }),
    );
    attach(A, B);
    await minute();
    const seen = deliveries.batches.map(({ flowLogId, interfaces }) => [flowLogId, interfaces.length]);
    assert.deepEqual(seen, [
      ['fl-01', 1],
      ['fl-02', 2],
    ]);
  });

  it('leave out the resolver, link-local addresses and routers', async () => {
    await apply(flowLog());
    attach(A);
    for (const [id, address] of [
      ['c1', '10.0.0.2'],
      ['c2', '169.254.169.254'],
      ['c3', '10.0.16.1'],
    ] as const) {
      sends(count(1), count(1), {
        id,
        original: {
          sourceAddress: a,
          sourcePort: 1,
          destinationAddress: address,
          destinationPort: 53,
          ...count(1),
        },
        reply: {
          sourceAddress: address,
          sourcePort: 53,
          destinationAddress: a,
          destinationPort: 1,
          ...count(1),
        },
      });
    }
    await minute();
    assert.deepEqual(deliveries.take(), [`${A.eniId} - - - - - NODATA`]);
  });

  it('gather for as long as they are to', async () => {
    await apply(flowLog({ maxAggregationIntervalS: 600 }));
    attach(A);
    sends(count(1), count(0));
    await minute(9);
    assert.deepEqual(deliveries.take(), []);
    sends(count(3), count(0));
    await minute();
    assert.deepEqual(deliveries.take(), [`${A.eniId} ${a} ${b} 3 300 ACCEPT OK`]);
  });

  it('say that some was skipped: after an overrun, or when there was no room', async () => {
    await apply(flowLog());
    attach(A);
    network.flow(VPC.vpcId, { type: 'lost' });
    deliveries.hasRoom = false;
    await minute();
    assert.deepEqual(deliveries.take(), [`${A.eniId} - - - - - SKIPDATA`]);
    deliveries.hasRoom = true;
    await minute();
    assert.deepEqual(deliveries.take(), [`${A.eniId} - - - - - SKIPDATA`]);
    await minute();
    assert.deepEqual(deliveries.take(), [`${A.eniId} - - - - - NODATA`]);
  });

  it('say so, too, after a restart of the agent; what was sent before is not told again', async () => {
    deliveries.begun.add('fl-01');
    sends(count(100), count(100), { startedAt: clock.now() - 5_000 });
    await apply(flowLog());
    attach(A);
    sends(count(101), count(100), { startedAt: clock.now() - 5_000 });
    await minute();
    assert.deepEqual(deliveries.take(), [
      `${A.eniId} - - - - - SKIPDATA`,
      `${A.eniId} ${a} ${b} 1 100 ACCEPT OK`,
    ]);
  });

  it('end with the picture that has them no more: then nothing is watched', async () => {
    await apply(flowLog());
    attach(A);
    await apply();
    assert.deepEqual(deliveries.ended, ['fl-01']);
    assert.equal(clock.sleeping, 0);
    sends(count(5), count(4));
    await minute(2);
    assert.deepEqual(deliveries.take(), []);
  });
});
