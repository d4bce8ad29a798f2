/**
 * An agent with every real driver, on this machine: a private containerd, namespaces, loop disks, cgroups, a registry
 * with the sample image. Everything carries a name of its own and is gone after `close`.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createAgent, type Agent } from '../../../src/agent/agent.ts';
import { CredentialsBook } from '../../../src/agent/credentials-book.ts';
import { Limiter } from '../../../src/agent/limiter.ts';
import { createImagePuller } from '../../../src/agent/images/puller.ts';
import { createTaskLogs } from '../../../src/agent/logs/file-task-logs.ts';
import type { LogsClient, LogsClientFactory } from '../../../src/agent/logs/logs-client.ts';
import { Re2LinePatterns } from '../../../src/drivers/line-patterns-re2/re2-line-patterns.ts';
import { blocksAsEvents } from '../logs/block-events.ts';
import { TaskMetadataEndpoints } from '../../../src/agent/metadata/task-metadata.ts';
import type { TaskVpcs } from '../../../src/agent/network/vpc-keeper.ts';
import { TaskVolumes } from '../../../src/agent/volumes/task-volumes.ts';
import { buildSampleImage, pushImage } from '../../../src/cli/sample-image/sample.ts';
import type { VpcSpec } from '../../../src/domain/network/vpc.ts';
import type { DesiredTask, TaskReport } from '../../../src/domain/task/assignment.ts';
import { LinuxTaskCgroups } from '../../../src/drivers/cgroups-linux/linux-task-cgroups.ts';
import { ContainerdImageStore } from '../../../src/drivers/containerd/images/containerd-image-store.ts';
import { ContainerdRuntime } from '../../../src/drivers/containerd/containerd-runtime.ts';
import { readHostLimits } from '../../../src/drivers/host-limits/linux-host-limits.ts';
import { LoopTaskDisks } from '../../../src/drivers/disk-loop/loop-task-disks.ts';
import { FakeFileSystemMounts } from '../../../src/drivers/file-systems-fake/fake-file-system-mounts.ts';
import { FakeNetworkFaults } from '../../../src/drivers/network-fake/fake-network-faults.ts';
import { LinuxTaskNetwork } from '../../../src/drivers/network-linux/linux-task-network.ts';
import { OciRegistry } from '../../../src/drivers/registry-oci/oci-registry.ts';
import { LmdbStore } from '../../../src/drivers/store-lmdb/lmdb-store.ts';
import { clockDrift } from '../../../src/drivers/system/clock-drift.ts';
import { randomIds } from '../../../src/drivers/system/random-ids.ts';
import { systemCpu } from '../../../src/drivers/system/system-cpu.ts';
import { systemClock } from '../../../src/drivers/system/system-clock.ts';
import { punchHole } from '../../../src/linux/punch-hole.ts';
import type { Logger } from '../../../src/ports/logger.ts';
import type { ContainerRuntime } from '../../../src/ports/container-runtime.ts';
import type { TaskNetwork } from '../../../src/ports/task-network.ts';
import { OPEN_GROUP_ID, pictureOf, SUBNET_ID } from '../../../src/ports/testing/vpc-picture.ts';
import { type PrivateContainerd, startPrivateContainerd } from '../containerd/private-containerd.ts';
import { startRegistry, type TestRegistry } from '../registry/registry.ts';
import { fakeInputs } from './fake-inputs.ts';
import { ecsWithoutAnswers } from './ecs-without-answers.ts';
import { silentLogger } from './silent-logger.ts';
import { patient } from '../../../src/ports/testing/patience.ts';
import { SHARE } from '../../../src/ports/testing/machine-share.ts';

export interface RealMachine {
  readonly agent: Agent;
  /** Reference of the sample image. */
  readonly image: string;
  readonly network: TaskNetwork;
  readonly reports: TaskReport[];
  /** What was delivered to the log service, by stream. */
  readonly logs: Map<string, string[]>;
  /** The last report of a task once it has the status. */
  until(taskId: string, status: TaskReport['status']): Promise<TaskReport>;
  /** A task in the machine's own VPC. */
  inVpc(task: DesiredTask, host: number): DesiredTask;
  /** Ends the agent as kill -9 would leave things, and starts another. */
  restart(): Promise<void>;
  /** Everything that tasks left behind. */
  leftovers(): Promise<string[]>;
  close(): Promise<void>;
}

const PATIENCE_MS = patient(60_000);

/** A runtime in place of the machine's own, over it. */
export type WrapRuntime = (runtime: ContainerRuntime) => ContainerRuntime;

export async function startRealMachine(
  logger: Logger = silentLogger,
  wrap: WrapRuntime = (runtime) => runtime,
): Promise<RealMachine> {
  const containerd = await startPrivateContainerd();
  const registry = await startRegistry();
  const repository = 'sample';
  await pushImage(await buildSampleImage('/bin/busybox'), {
    registryUrl: registry.url,
    repository,
    tag: 'latest',
  });
  const machine = new Machine(containerd, registry, `${registry.host}/${repository}:latest`, {
    logger,
    wrap,
  });
  await machine.open();
  return machine;
}

class Machine implements RealMachine {
  readonly image: string;
  readonly network: LinuxTaskNetwork;
  readonly reports: TaskReport[] = [];
  readonly logs = new Map<string, string[]>();
  readonly #containerd: PrivateContainerd;
  readonly #registry: TestRegistry;
  readonly #disks: LoopTaskDisks;
  readonly #cgroups: LinuxTaskCgroups;
  readonly #logger: Logger;
  /** Of the present agent. */
  #life = new AbortController();
  readonly #vpcOctet = 164 + SHARE;
  #store: LmdbStore | undefined;
  #agent: Agent | undefined;
  #waiting: (() => void)[] = [];
  /** The machine's own VPC, which admits everything. */
  readonly #vpcs: TaskVpcs = {
    ready: () => this.network.applyVpc(pictureOf(this.#vpc())),
    picture: () => undefined,
    interfaceGone: () => undefined,
  };
  readonly #wrap: WrapRuntime;

  constructor(
    containerd: PrivateContainerd,
    registry: TestRegistry,
    image: string,
    { logger, wrap }: { readonly logger: Logger; readonly wrap: WrapRuntime },
  ) {
    this.image = image;
    this.#containerd = containerd;
    this.#registry = registry;
    this.#logger = logger;
    this.#wrap = wrap;
    const instance = containerd.directory;
    this.network = new LinuxTaskNetwork({ instance });
    this.#disks = new LoopTaskDisks({ dir: join(instance, 'disks') });
    this.#cgroups = new LinuxTaskCgroups({ instance });
  }

  get agent(): Agent {
    if (this.#agent === undefined) throw new Error('no agent');
    return this.#agent;
  }

  async open(): Promise<void> {
    await this.#disks.start();
    await this.#startAgent();
  }

  async restart(): Promise<void> {
    this.#life.abort();
    await this.agent.close();
    await this.#store?.close();
    await this.#startAgent();
  }

  async until(taskId: string, status: TaskReport['status']): Promise<TaskReport> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const report = this.reports.findLast((one) => one.taskId === taskId);
      if (report?.status === status) return report;
      if (report?.status === 'STOPPED') throw new Error(`stopped: ${JSON.stringify(report)}`);
      const timeLeft = deadline - performance.now();
      if (timeLeft <= 0) throw new Error(`never ${status}: ${JSON.stringify(report)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeLeft);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  inVpc(task: DesiredTask, host: number): DesiredTask {
    const range = `10.${this.#vpcOctet}`;
    const { eni } = task.assignment;
    const vpc = this.#vpc();
    return {
      ...task,
      assignment: {
        ...task.assignment,
        eni: {
          ...eni,
          eniId: `eni-${host.toString(16).padStart(17, '0')}`,
          macAddress: `0a:00:00:00:00:${host.toString(16).padStart(2, '0')}`,
          privateIpv4Address: `${range}.16.${host}`,
          privateDnsName: `ip-10-${this.#vpcOctet}-16-${host}.eu-west-1.compute.internal`,
          subnetCidr: `${range}.16.0/20`,
          gatewayIpv4Address: `${range}.16.1`,
          subnetId: SUBNET_ID,
          securityGroups: [OPEN_GROUP_ID],
          vpc,
        },
      },
    };
  }

  #vpc(): VpcSpec {
    const vpcId = `vpc-${this.#vpcOctet.toString(16).padStart(17, '0')}`;
    return { vpcId, cidr: `10.${this.#vpcOctet}.0.0/16`, routedFromHost: true };
  }

  async leftovers(): Promise<string[]> {
    const runtime = new ContainerdRuntime(this.#containerd);
    return [
      ...(await runtime.list()).map(({ id }) => `container ${id}`),
      ...(await this.network.listAttached()).map((id) => `interface ${id}`),
      ...(await this.#disks.list()).map((id) => `disk ${id}`),
      ...(await this.#cgroups.list()).map((id) => `cgroup ${id}`),
    ];
  }

  async close(): Promise<void> {
    this.#life.abort();
    await this.#agent?.close();
    await this.#store?.close();
    const runtime = new ContainerdRuntime(this.#containerd);
    for (const { id } of await runtime.list()) await runtime.delete(id);
    for (const id of await this.network.listAttached()) await this.network.detach(id);
    for (const id of await this.network.listVpcs()) await this.network.removeVpc(id);
    for (const id of await this.#disks.list()) await this.#disks.remove(id);
    for (const id of await this.#cgroups.list()) await this.#cgroups.remove(id);
    await this.network.close();
    await this.#disks.close();
    await this.#containerd.close();
    await this.#registry.close();
    await rm(this.#containerd.directory, { recursive: true, force: true });
  }

  async #startAgent(): Promise<void> {
    const { directory } = this.#containerd;
    const clock = systemClock;
    this.#life = new AbortController();
    const starts = new Limiter(4);
    this.#store = await LmdbStore.open({ dir: join(directory, 'agent'), clock });
    const imageStore = new ContainerdImageStore(this.#containerd);
    const credentials = new CredentialsBook({ clock, onNeeded: () => undefined });
    const roleCredentials = new CredentialsBook({ clock, onNeeded: () => undefined });
    this.#agent = createAgent({
      store: this.#store,
      runtime: this.#wrap(new ContainerdRuntime(this.#containerd)),
      puller: createImagePuller({
        registry: new OciRegistry({}),
        store: imageStore,
        clock,
        logger: this.#logger,
      }),
      imageStore,
      network: this.network,
      vpcs: this.#vpcs,
      disks: this.#disks,
      fileSystems: new FakeFileSystemMounts({
        fileSystems: join(directory, 'efs'),
        dir: join(directory, 'efs-mounts'),
      }),
      cgroups: this.#cgroups,
      logs: createTaskLogs({
        directory: join(directory, 'output'),
        logsClient: this.#logsClient,
        credentials: (taskId, signal) => credentials.get(taskId, signal),
        network: this.network,
        punchHole,
        patterns: new Re2LinePatterns(),
        clock,
        logger: this.#logger,
      }),
      clock,
      ids: randomIds,
      logger: this.#logger,
      credentials,
      roleCredentials,
      settings: { host: await readHostLimits(), runtimeTimeoutMs: 60_000 },
      inputs: fakeInputs,
      volumes: new TaskVolumes(imageStore),
      metadata: new TaskMetadataEndpoints(
        {
          ...{ network: this.network, cgroups: this.#cgroups, disks: this.#disks, systemCpu, clockDrift },
          roleCredentials: (taskId, signal) => roleCredentials.get(taskId, signal),
          executionCredentials: (taskId, signal) => credentials.get(taskId, signal),
          ecs: ecsWithoutAnswers,
          networkFaults: new FakeNetworkFaults(this.network),
          ...{ clock, logger: this.#logger, onMinute: () => undefined },
        },
        this.#life.signal,
      ),
      limit: (work) => starts.run(work, new AbortController().signal),
      onReport: (report) => {
        this.reports.push(report);
        for (const resolve of this.#waiting.splice(0)) resolve();
      },
    });
    await this.#agent.start(new AbortController().signal);
  }

  readonly #logsClient: LogsClientFactory = () => {
    const plain: Pick<LogsClient, 'putLogEvents'> = {
      putLogEvents: (_group, stream, events) => {
        const lines = this.logs.get(stream) ?? [];
        this.logs.set(stream, [...lines, ...events.map(({ message }) => message)]);
        return Promise.resolve();
      },
    };
    return {
      createLogGroup: () => Promise.resolve(),
      createLogStream: () => Promise.resolve(),
      ...plain,
      ...blocksAsEvents(() => plain),
      close: () => undefined,
    };
  };
}
