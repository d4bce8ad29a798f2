/** An agent on a fake machine, with a clock that moves on when nothing else does, and the reports that it sent. */
import { createAgent, type Agent } from '../../../src/agent/agent.ts';
import { CredentialsBook } from '../../../src/agent/credentials-book.ts';
import { TaskVolumes } from '../../../src/agent/volumes/task-volumes.ts';
import type { TaskReport } from '../../../src/domain/task/assignment.ts';
import type { ManualClock } from '../../../src/ports/testing/manual-clock.ts';
import { mountTargetAddressIn, pictureWithFileSystem } from '../efs/file-system-picture.ts';
import { fakeInputs } from './fake-inputs.ts';
import type { FakeMachine, MachineSession, SessionOptions } from './fake-machine.ts';
import { silentLogger } from './silent-logger.ts';

/** Real time between two looks; virtual time that passes in each. */
const LOOK_EVERY_MS = 1;
const VIRTUAL_MS_A_LOOK = 100;
const PATIENCE = 3_000;
const VPC_RANGE = { cidr: '172.31.0.0/16', routedFromHost: true };

export class AgentUnderTest {
  readonly clock: ManualClock;
  readonly machine: FakeMachine;
  readonly session: MachineSession;
  readonly agent: Agent;
  /** Every report, in order. */
  readonly reports: TaskReport[] = [];
  /** When each of them came. */
  readonly reportedAt: number[] = [];

  constructor(machine: FakeMachine, options: SessionOptions = {}) {
    this.machine = machine;
    this.clock = machine.clock;
    this.session = machine.connect(options);
    const { session, clock } = this;
    let lastId = 0;
    this.agent = createAgent({
      store: session.store,
      runtime: session.runtime,
      puller: session.puller,
      imageStore: session.imageStore,
      network: session.network,
      vpcs: {
        ready: (vpcId) => this.#makeVpc(vpcId),
        picture: (vpcId) => pictureWithFileSystem({ ...VPC_RANGE, vpcId }),
        interfaceGone: () => undefined,
      },
      disks: session.disks,
      fileSystems: session.fileSystems,
      cgroups: session.cgroups,
      logs: session.logs,
      inputs: fakeInputs,
      metadata: {
        serve: async () => undefined,
        resume: () => undefined,
        runEnds: async () => undefined,
        end: () => undefined,
      },
      volumes: new TaskVolumes(session.imageStore),
      clock,
      ids: {
        hex: (length) => (machine.acts.length * 1_000 + ++lastId).toString(16).padStart(length, '0'),
        uuid: () => '00000000-0000-4000-8000-000000000000',
      },
      logger: silentLogger,
      credentials: new CredentialsBook({ clock, onNeeded: () => undefined }),
      roleCredentials: new CredentialsBook({ clock, onNeeded: () => undefined }),
      settings: { host: { hardLimits: {}, swapAccounting: true }, runtimeTimeoutMs: 60_000 },
      limit: (work) => work(),
      onReport: (report) => {
        if (session.isDead) return;
        this.reports.push(report);
        this.reportedAt.push(clock.now());
      },
    });
  }

  /** With somebody who answers at the mount target. */
  async #makeVpc(vpcId: string): Promise<void> {
    const { network, closed } = this.machine;
    const vpc = { ...VPC_RANGE, vpcId };
    await network.applyVpc(pictureWithFileSystem(vpc));
    await network.serveInVpc(vpcId, mountTargetAddressIn(vpc), 2049, (socket) => socket.destroy(), closed);
  }

  get last(): TaskReport {
    const report = this.reports.at(-1);
    if (report === undefined) throw new Error('nothing was reported');
    return report;
  }

  /** Lets things happen, time included, until the condition holds. */
  async until(condition: () => boolean): Promise<void> {
    for (let look = 0; look < PATIENCE; look += 1) {
      if (condition()) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      if (look > 5) this.clock.advance(VIRTUAL_MS_A_LOOK);
    }
    throw new Error(`never happened; last report: ${JSON.stringify(this.reports.at(-1))}`);
  }

  async untilStatus(status: TaskReport['status']): Promise<TaskReport> {
    await this.until(() => this.reports.some((report) => report.status === status));
    return this.last;
  }
}
