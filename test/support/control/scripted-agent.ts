/** An agent that does nothing by itself: the test says what it reports. */
import { LinkClient, type LinkedAgent, type LinkedVpcs } from '../../../src/agent/link/link-client.ts';
import { MinuteBacklog } from '../../../src/agent/telemetry/minute-backlog.ts';
import type { VpcPicture } from '../../../src/domain/network/vpc.ts';
import type { DesiredTask, TaskCredentials, TaskReport } from '../../../src/domain/task/assignment.ts';
import { systemClock } from '../../../src/drivers/system/system-clock.ts';
import type { ServerCertificate } from '../../../src/domain/server-certificate.ts';
import type { LinkTransport } from '../../../src/ports/link.ts';
import type { MachineFacts } from '../../../src/wire/link-messages.ts';
import { silentLogger } from '../agent/silent-logger.ts';

export class ScriptedAgent implements LinkedAgent {
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
  readonly certificates = new Map<string, ServerCertificate>();
  readonly minutes = new MinuteBacklog({ run: 'of the scripted agent' });
  readonly client: LinkClient;
  machine: MachineFacts;
  /** Ends tasks as soon as it is told to. */
  obeys = false;
  #changed: (() => void)[] = [];

  /** Of a machine with room for eight tasks of .25 vCPU and 512 MiB. */
  constructor(transport: LinkTransport, machine: Partial<MachineFacts> = {}) {
    this.machine = {
      machineId: 'm1',
      version: '1',
      cpuArchitecture: 'X86_64',
      cpuUnits: 2048,
      memoryMiB: 4096,
      diskMiB: 2 ** 30,
      availabilityZones: [],
      ...machine,
    };
    this.client = new LinkClient({
      ...{ transport, agent: this, vpcs: this.vpcs, delivery: this.delivery },
      certificates: {
        set: (name, certificate) => {
          this.certificates.set(name, certificate);
          this.#wake();
        },
      },
      ...{ minutes: this.minutes, clock: systemClock, logger: silentLogger },
      machine: () => this.machine,
    });
  }

  /** Says how a task is: running, unless told otherwise. */
  report(taskId: string, over: Partial<TaskReport> = {}): void {
    const whole: TaskReport = {
      taskId,
      status: 'RUNNING',
      eniAttached: true,
      eniDetached: false,
      healthStatus: 'UNKNOWN',
      containers: [{ name: 'web', status: 'RUNNING', healthStatus: 'UNKNOWN' }],
      ...over,
    };
    this.held.set(taskId, whole);
    this.client.report(whole);
  }

  /** Says that a task has ended and let go of everything. */
  reportEnd(taskId: string): void {
    this.report(taskId, { status: 'STOPPED', eniDetached: true, stoppedAt: 5 });
  }

  async setDesired(tasks: readonly DesiredTask[]): Promise<void> {
    this.desired.clear();
    for (const task of tasks) await this.upsert(task);
    this.#wake();
  }
  async upsert(task: DesiredTask): Promise<void> {
    const { taskId } = task.assignment;
    this.desired.set(taskId, task);
    if (this.obeys && task.desiredStatus === 'STOPPED') this.reportEnd(taskId);
    this.#wake();
  }
  async settled(taskId: string): Promise<void> {
    this.held.delete(taskId);
    this.#wake();
  }
  credentials(taskId: string, credentials: TaskCredentials): void {
    this.keysOf.set(taskId, credentials);
  }
  roleCredentials(taskId: string, credentials: TaskCredentials): void {
    this.keysOf.set(`role of ${taskId}`, credentials);
    this.#wake();
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
