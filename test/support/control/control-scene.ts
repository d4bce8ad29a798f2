/** The control plane's loops over a memory store and a memory link, with agents that do what the test says. */
import assert from 'node:assert/strict';
import type { TaskCredentials } from '../../../src/domain/task/assignment.ts';
import { AgentSession } from '../../../src/control/link/agent-session.ts';
import { ContainerInsights } from '../../../src/control/insights/container-insights.ts';
import { TelemetryBoard } from '../../../src/control/insights/telemetry-board.ts';
import { Machines } from '../../../src/control/machines/machines.ts';
import { Addresses } from '../../../src/control/network/addresses.ts';
import { VpcPictures } from '../../../src/control/network/vpc-pictures.ts';
import { MachineMetrics } from '../../../src/control/telemetry/machine-metrics.ts';
import { PullBoard } from '../../../src/control/tasks/pull-board.ts';
import { TaskController } from '../../../src/control/tasks/task-controller.ts';
import type { TaskRecord } from '../../../src/domain/ecs/records.ts';
import { type Ec2Kind, keys } from '../../../src/domain/keys.ts';
import type { Ec2Records } from '../../../src/domain/network/records.ts';
import { MemoryLink } from '../../../src/drivers/link-memory/memory-link.ts';
import { MemoryMetricStore } from '../../../src/drivers/metric-store-memory/memory-metric-store.ts';
import { MemoryStore } from '../../../src/drivers/store-memory/memory-store.ts';
import { randomIds } from '../../../src/drivers/system/random-ids.ts';
import { systemClock } from '../../../src/drivers/system/system-clock.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { DefaultNetworks } from '../../../src/services/ec2/default-network.ts';
import { StoredPlatformLogs } from '../../../src/services/logs/platform-logs.ts';
import type { MachineFacts } from '../../../src/wire/link-messages.ts';
import { silentLogger } from '../agent/silent-logger.ts';
import { ScriptedAgent } from './scripted-agent.ts';
import { DEFINITION, SCOPE, VPC } from './task-records.ts';

const SETTINGS = {
  home: SCOPE,
  hostRoutes: { defaultVpc: true, others: [] },
  serviceCidr: '198.18.0.0/24',
  dnsSuffix: 'amazonaws.com',
};

export interface ControlSceneOptions {
  readonly publicCidr?: string;
  readonly clock?: Clock;
}

export class ControlScene {
  readonly store = new MemoryStore();
  readonly link = new MemoryLink();
  readonly metrics = new MemoryMetricStore({ clock: systemClock });
  /** Of the control plane that runs now. */
  board = new TelemetryBoard();
  pulls = new PullBoard();
  /** Of the control plane that runs. */
  machineMetrics = new MachineMetrics();
  readonly #closing = new AbortController();
  #control = new AbortController();
  /** Of the control plane that runs. */
  machines = new Machines();
  readonly #publicCidr: string;
  readonly #clock: Clock;

  private constructor({ publicCidr = '198.19.0.0/28', clock = systemClock }: ControlSceneOptions) {
    this.#publicCidr = publicCidr;
    this.#clock = clock;
  }

  /** With the definition `web:1` and the default VPC; nothing runs yet. */
  static async open(options: ControlSceneOptions = {}): Promise<ControlScene> {
    const scene = new ControlScene(options);
    const { store } = scene;
    await store.transact([], [{ put: keys.taskDefinition(SCOPE, 'web', 1), value: DEFINITION }]);
    await new DefaultNetworks({ store, clock: systemClock, vpcCidr: VPC.cidr }).ensure(SCOPE);
    return scene;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.killControl();
    await this.store.close();
  }

  async startControl(): Promise<void> {
    this.#control = new AbortController();
    const { signal } = this.#control;
    this.pulls = new PullBoard();
    this.machines = new Machines();
    this.machineMetrics = new MachineMetrics();
    const base = { store: this.store, clock: this.#clock, logger: silentLogger };
    const controller = new TaskController(
      {
        ...base,
        ids: randomIds,
        machines: this.machines,
        pulls: this.pulls,
        addresses: new Addresses(this.store, this.#publicCidr),
        overcommit: { cpu: 1, memory: 1, disk: 1 },
        pictures: new VpcPictures({ ...base, settings: SETTINGS }, signal),
        mintCredentials: ({ assignment }) => credentialsOf(assignment.taskId),
        mintRoleCredentials: async ({ assignment: { taskId, taskRoleArn } }) =>
          taskRoleArn === undefined ? undefined : credentialsOf(`${taskId}-of-the-role`),
        mintDeliveryCredentials: (machineId, account) => credentialsOf(`${machineId}-${account}`),
        certificate: (name) =>
          name.startsWith('fs-') ? { cert: `of ${name}`, key: 'k', expiresAt: 0 } : undefined,
      },
      signal,
    );
    await controller.start();
    this.board = new TelemetryBoard();
    const insights = new ContainerInsights({
      ...{ store: this.store, metrics: this.metrics, board: this.board },
      logs: new StoredPlatformLogs({ ...base, ids: randomIds }),
    });
    const hosts = { tasks: controller, telemetry: this.machineMetrics, minutes: insights };
    await this.link.listen((connection) => new AgentSession(connection, hosts, silentLogger));
  }

  /** Nothing is finished; what is on record stays. */
  killControl(): void {
    this.#control.abort();
    this.link.cut();
  }

  /** An agent that looks for the control plane from now on. */
  connect(machine: Partial<MachineFacts> = {}): ScriptedAgent {
    const agent = new ScriptedAgent(this.link, machine);
    void agent.client.run(this.#closing.signal);
    return agent;
  }

  /** As RunTask writes it. */
  async put(...tasks: readonly TaskRecord[]): Promise<void> {
    const writes = tasks.map((task) => ({ put: taskKey(task.taskId), value: task }));
    await this.store.transact([], writes);
  }

  /** As StopTask does it. */
  async stop(taskId: string, stoppedReason = 'Task stopped by user'): Promise<void> {
    for (;;) {
      const entry = await this.store.get<TaskRecord>(taskKey(taskId));
      if (entry === undefined || entry.value.desiredStatus === 'STOPPED') return;
      const stop = { desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason } as const;
      const value = { ...entry.value, ...stop };
      const { ok } = await this.store.transact(
        [{ key: entry.key, revision: entry.revision }],
        [{ put: entry.key, value }],
      );
      if (ok) return;
    }
  }

  async read(taskId: string): Promise<TaskRecord> {
    return (await this.store.get<TaskRecord>(taskKey(taskId)))?.value ?? assert.fail(`no task ${taskId}`);
  }

  /** Resolves with the record once it is as wanted. */
  async recordWhere(taskId: string, holds: (task: TaskRecord) => boolean): Promise<TaskRecord> {
    const enough = new AbortController();
    const changes = this.store.watch(taskKey(taskId), enough.signal)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = changes.next();
        const record = await this.read(taskId);
        if (holds(record)) return record;
        await next;
      }
    } finally {
      enough.abort();
    }
  }

  ended(taskId: string): Promise<TaskRecord> {
    return this.recordWhere(taskId, ({ lastStatus }) => lastStatus === 'STOPPED');
  }

  async all<K extends Ec2Kind>(kind: K): Promise<readonly Ec2Records[K][]> {
    const entries = await this.store.range<Ec2Records[K]>({ prefix: keys.ec2All(SCOPE, kind) });
    return entries.map(({ value }) => value);
  }

  async putEc2<K extends Ec2Kind>(kind: K, id: string, value: Ec2Records[K]): Promise<void> {
    await this.store.transact([], [{ put: keys.ec2(SCOPE, kind, id), value }]);
  }

  async removeEc2(kind: Ec2Kind, id: string): Promise<void> {
    await this.store.transact([], [{ delete: keys.ec2(SCOPE, kind, id) }]);
  }

  /** The addresses that are claimed in a subnet. */
  async claimed(subnetId: string): Promise<readonly string[]> {
    return this.#names(keys.addresses(SCOPE, subnetId));
  }

  async claimedPublic(): Promise<readonly string[]> {
    return this.#names(keys.publicAddresses());
  }

  async #names(prefix: string): Promise<readonly string[]> {
    return (await this.store.range({ prefix })).map(({ key }) => key.slice(prefix.length));
  }
}

export const taskKey = (taskId: string): string => keys.task(SCOPE, 'default', taskId);

function credentialsOf(whom: string): TaskCredentials {
  return { accessKeyId: `ASIA-${whom}`, secretAccessKey: 's', sessionToken: 't', expiresAt: 0 };
}
