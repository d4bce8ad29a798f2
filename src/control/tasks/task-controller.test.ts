import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { LinkClient, type LinkedAgent, type LinkedVpcs } from '../../agent/link/link-client.ts';
import type { TaskDefinitionRecord, TaskRecord } from '../../domain/ecs/records.ts';
import { keys } from '../../domain/keys.ts';
import type { VpcPicture } from '../../domain/network/vpc.ts';
import { defaultVpc } from '../../domain/network/default-vpc.ts';
import type { DesiredTask, TaskCredentials, TaskReport } from '../../domain/task/assignment.ts';
import { MemoryLink } from '../../drivers/link-memory/memory-link.ts';
import { MemoryStore } from '../../drivers/store-memory/memory-store.ts';
import { randomIds } from '../../drivers/system/random-ids.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { DefaultNetworks } from '../../services/ec2/default-network.ts';
import { AgentSession } from '../link/agent-session.ts';
import { Machines } from '../machines/machines.ts';
import { Addresses } from '../network/addresses.ts';
import { VpcPictures } from '../network/vpc-pictures.ts';
import { TaskController } from './task-controller.ts';

const SCOPE = { account: '000000000000', region: 'eu-west-1' };
const VPC = defaultVpc(SCOPE, '172.31.0.0/16', (text) => createHash('sha256').update(text).digest('hex'));
const SUBNET = VPC.subnets[0] ?? assert.fail('the default VPC has subnets');
const SETTINGS = {
  home: SCOPE,
  hostRoutes: { defaultVpc: true, others: [] },
  serviceCidr: '198.18.0.0/24',
  dnsSuffix: 'amazonaws.com',
};
const quiet: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quiet,
};
const MACHINE = {
  machineId: 'm1',
  version: '1',
  cpuArchitecture: 'X86_64',
  cpuUnits: 2048,
  memoryMiB: 4096,
  availabilityZones: [],
} as const;

/** An agent that does nothing by itself: the test says what it reports. */
class ScriptedAgent implements LinkedAgent {
  readonly desired = new Map<string, DesiredTask>();
  readonly held = new Map<string, TaskReport>();
  readonly keysOf = new Map<string, TaskCredentials>();
  readonly pictures = new Map<string, VpcPicture>();
  readonly vpcs: LinkedVpcs = {
    setAll: async (vpcs) => {
      this.pictures.clear();
      for (const vpc of vpcs) await this.vpcs.put(vpc);
    },
    put: async (vpc) => {
      this.pictures.set(vpc.vpcId, vpc);
      this.#wake();
    },
    remove: async (vpcId) => {
      this.pictures.delete(vpcId);
      this.#wake();
    },
    known: () => [...this.pictures.values()].map((vpc) => vpc),
  };
  readonly delivery = {
    credentials: (account: string, { accessKeyId }: TaskCredentials): void => {
      this.keysOf.set(account, { accessKeyId, secretAccessKey: 's', sessionToken: 't', expiresAt: 0 });
      this.#wake();
    },
  };
  #changed: (() => void)[] = [];

  async setDesired(tasks: readonly DesiredTask[]): Promise<void> {
    this.desired.clear();
    for (const task of tasks) this.desired.set(task.assignment.taskId, task);
    this.#wake();
  }
  async upsert(task: DesiredTask): Promise<void> {
    this.desired.set(task.assignment.taskId, task);
    this.#wake();
  }
  async settled(taskId: string): Promise<void> {
    this.held.delete(taskId);
    this.#wake();
  }
  credentials(taskId: string, credentials: TaskCredentials): void {
    this.keysOf.set(taskId, credentials);
  }
  reports(): TaskReport[] {
    return [...this.held.values()];
  }
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }
  #wake(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

function aTask(taskId: string, over: Partial<TaskRecord> = {}): TaskRecord {
  return {
    ...SCOPE,
    taskId,
    taskArn: `arn:aws:ecs:eu-west-1:000000000000:task/default/${taskId}`,
    clusterName: 'default',
    clusterArn: 'arn:aws:ecs:eu-west-1:000000000000:cluster/default',
    taskDefinitionArn: 'arn:aws:ecs:eu-west-1:000000000000:task-definition/web:1',
    version: 1,
    desiredStatus: 'RUNNING',
    lastStatus: 'PROVISIONING',
    healthStatus: 'UNKNOWN',
    cpuUnits: 256,
    memoryMiB: 512,
    ephemeralStorageGiB: 20,
    platformVersion: '1.4.0',
    platformFamily: 'Linux',
    cpuArchitecture: 'X86_64',
    launchType: 'FARGATE',
    group: 'family:web',
    tags: [],
    enableExecuteCommand: false,
    overrides: {},
    networkConfiguration: { subnets: [SUBNET.subnetId], securityGroups: [], assignPublicIp: 'DISABLED' },
    attachmentId: 'a1',
    containers: [
      {
        containerArn: 'c1',
        name: 'web',
        image: 'web',
        lastStatus: 'PENDING',
        healthStatus: 'UNKNOWN',
        essential: true,
        cpu: '0',
      },
    ],
    createdAt: systemClock.now(),
    ...over,
  };
}

const DEFINITION: TaskDefinitionRecord = {
  taskDefinition: {
    taskDefinitionArn: 'arn:aws:ecs:eu-west-1:000000000000:task-definition/web:1',
    family: 'web',
    revision: 1,
    status: 'ACTIVE',
    containerDefinitions: [{ name: 'web', image: 'web', essential: true }],
    volumes: [],
    placementConstraints: [],
    compatibilities: ['EC2', 'FARGATE'],
    cpu: '256',
    memory: '512',
    registeredAt: 0,
  },
  tags: [],
};

describe('TaskController', () => {
  let store: MemoryStore;
  let link: MemoryLink;
  let agent: ScriptedAgent;
  let client: LinkClient;
  let stopping: AbortController;

  const taskKey = (taskId: string): string => keys.task(SCOPE, 'default', taskId);
  const put = (task: TaskRecord) => store.transact([], [{ put: taskKey(task.taskId), value: task }]);
  const read = async (taskId: string): Promise<TaskRecord> =>
    (await store.get<TaskRecord>(taskKey(taskId)))?.value ?? assert.fail(`no task ${taskId}`);

  /** Resolves with the record once it is as wanted. */
  const recordWhere = async (taskId: string, holds: (task: TaskRecord) => boolean): Promise<TaskRecord> => {
    const enough = new AbortController();
    const changes = store.watch(taskKey(taskId), enough.signal)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = changes.next();
        const record = await read(taskId);
        if (holds(record)) return record;
        await next;
      }
    } finally {
      enough.abort();
    }
  };

  const startControl = async (signal: AbortSignal): Promise<void> => {
    const controller = new TaskController(
      {
        store,
        clock: systemClock,
        ids: randomIds,
        logger: quiet,
        machines: new Machines(),
        addresses: new Addresses(store, '198.19.0.0/28'),
        overcommit: { cpu: 1, memory: 1 },
        pictures: new VpcPictures({ store, clock: systemClock, logger: quiet, settings: SETTINGS }, signal),
        mintCredentials: ({ assignment }) => ({
          accessKeyId: `ASIA-${assignment.taskId}`,
          secretAccessKey: 's',
          sessionToken: 't',
          expiresAt: 0,
        }),
        mintDeliveryCredentials: (machineId, account) => ({
          ...{ accessKeyId: `ASIA-${machineId}-${account}`, secretAccessKey: 's', sessionToken: 't' },
          expiresAt: 0,
        }),
      },
      signal,
    );
    await controller.start();
    await link.listen((connection) => new AgentSession(connection, controller, quiet));
  };

  beforeEach(async () => {
    store = new MemoryStore();
    link = new MemoryLink();
    agent = new ScriptedAgent();
    stopping = new AbortController();
    client = new LinkClient({
      ...{ transport: link, agent, machine: MACHINE, clock: systemClock, logger: quiet },
      vpcs: agent.vpcs,
      delivery: agent.delivery,
    });
    await store.transact([], [{ put: keys.taskDefinition(SCOPE, 'web', 1), value: DEFINITION }]);
    await new DefaultNetworks({ store, clock: systemClock, vpcCidr: VPC.cidr }).ensure(SCOPE);
  });

  afterEach(async () => {
    stopping.abort();
    link.cut();
    await store.close();
  });

  const report = (taskId: string, over: Partial<TaskReport> = {}): void => {
    const whole: TaskReport = {
      taskId,
      status: 'RUNNING',
      eniAttached: true,
      eniDetached: false,
      healthStatus: 'UNKNOWN',
      containers: [{ name: 'web', status: 'RUNNING', healthStatus: 'UNKNOWN' }],
      ...over,
    };
    agent.held.set(taskId, whole);
    client.report(whole);
  };

  it('gives a new task an interface and its machine the whole assignment, with credentials', async () => {
    await startControl(stopping.signal);
    void client.run(stopping.signal);
    await put(aTask('t1'));
    await agent.until(() => agent.desired.has('t1'));
    const record = await read('t1');
    const { assignment } = agent.desired.get('t1') ?? assert.fail();
    assert.equal(record.eni?.privateIpv4Address, '172.31.0.4');
    assert.equal(assignment.eni.privateIpv4Address, '172.31.0.4');
    assert.equal(assignment.eni.gatewayIpv4Address, '172.31.0.1');
    assert.equal(assignment.eni.privateDnsName, 'ip-172-31-0-4.eu-west-1.compute.internal');
    assert.equal(assignment.eni.mtu, 9001);
    assert.equal(agent.keysOf.get('t1')?.accessKeyId, 'ASIA-t1');
  });

  it('gives a machine credentials to deliver flow logs with, when it asks', async () => {
    await startControl(stopping.signal);
    void client.run(stopping.signal);
    await put(aTask('t1'));
    await agent.until(() => agent.desired.has('t1'));
    client.needDeliveryCredentials('000000000000');
    await agent.until(() => agent.keysOf.has('000000000000'));
    assert.equal(agent.keysOf.get('000000000000')?.accessKeyId, 'ASIA-m1-000000000000');
  });

  it('waits with a task until a machine connects', async () => {
    await startControl(stopping.signal);
    await put(aTask('t1'));
    void client.run(stopping.signal);
    await agent.until(() => agent.desired.has('t1'));
  });

  it('records what the machine reports and lets go of the address at the end', async () => {
    await startControl(stopping.signal);
    void client.run(stopping.signal);
    await put(aTask('t1'));
    await agent.until(() => agent.desired.has('t1'));
    report('t1');
    assert.equal(
      (await recordWhere('t1', (task) => task.lastStatus === 'RUNNING')).connectivity,
      'CONNECTED',
    );
    report('t1', {
      status: 'STOPPED',
      eniDetached: true,
      stop: { stopCode: 'EssentialContainerExited', reason: 'Essential container in task exited' },
      stoppedAt: 5,
    });
    await agent.until(() => !agent.held.has('t1'));
    assert.equal((await read('t1')).stopCode, 'EssentialContainerExited');
    assert.deepEqual(await store.range({ prefix: keys.addresses(SCOPE, SUBNET.subnetId) }), []);
    assert.deepEqual(await store.range({ prefix: keys.ec2All(SCOPE, 'eni') }), []);
    assert.deepEqual(await store.range({ prefix: keys.assignedTo('m1') }), []);
  });

  it('tells the machine when a user stops a task', async () => {
    await startControl(stopping.signal);
    void client.run(stopping.signal);
    await put(aTask('t1'));
    await agent.until(() => agent.desired.has('t1'));
    const placed = await read('t1');
    await put({ ...placed, desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: 'enough' });
    await agent.until(() => agent.desired.get('t1')?.desiredStatus === 'STOPPED');
    assert.deepEqual(agent.desired.get('t1')?.stop, { stopCode: 'UserInitiated', reason: 'enough' });
  });

  it('ends a task that was stopped before it had a machine', async () => {
    await put(aTask('t1', { desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: 'early' }));
    await startControl(stopping.signal);
    const ended = await recordWhere('t1', (task) => task.lastStatus === 'STOPPED');
    assert.equal(ended.stoppedReason, 'early');
  });

  it('stops a task that no machine has room for', async () => {
    await startControl(stopping.signal);
    void client.run(stopping.signal);
    await put(aTask('small'));
    await agent.until(() => agent.desired.has('small'));
    await put(aTask('large', { memoryMiB: 4096 }));
    const ended = await recordWhere('large', (task) => task.lastStatus === 'STOPPED');
    assert.match(ended.stoppedReason ?? '', /^Capacity is unavailable at this time/);
    assert.equal(ended.stopCode, 'TaskFailedToStart');
  });

  it('comes to the same end when the link is cut and the control plane starts anew', async () => {
    const first = new AbortController();
    await startControl(first.signal);
    void client.run(stopping.signal);
    await put(aTask('t1'));
    await agent.until(() => agent.desired.has('t1'));
    first.abort();
    link.cut();
    report('t1', { status: 'STOPPED', eniDetached: true, stoppedAt: 5 });
    await put(aTask('t2'));
    await startControl(stopping.signal);
    await agent.until(() => agent.desired.has('t2') && !agent.desired.has('t1'));
    assert.equal((await read('t1')).lastStatus, 'STOPPED');
    assert.equal(agent.held.has('t1'), false);
    assert.equal((await read('t2')).eni?.privateIpv4Address, '172.31.0.4');
  });
});
