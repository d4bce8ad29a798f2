/** Puts an agent together with its drivers and its store. */
import { availableParallelism } from 'node:os';
import { type Agent, createAgent } from '../../agent/agent.ts';
import { withFlowLogs } from '../../agent/flow-logs/flow-logs.ts';
import { CredentialsBook } from '../../agent/credentials-book.ts';
import { DiskGuard } from '../../agent/disk-guard/disk-guard.ts';
import { ImageCollector } from '../../agent/images/image-collector.ts';
import { Limiter } from '../../agent/limiter.ts';
import { createEcsClient } from '../../agent/aws/ecs-client.ts';
import { callPolicy } from '../../agent/inputs/attempted-call.ts';
import { FileBeforeServices } from '../../agent/inputs/file-before-services.ts';
import { createTaskInputs } from '../../agent/inputs/task-inputs.ts';
import { createTaskLogs } from '../../agent/logs/file-task-logs.ts';
import { createLogsClientFactory } from '../../agent/logs/logs-client.ts';
import { VpcKeeper } from '../../agent/network/vpc-keeper.ts';
import { TaskVolumes } from '../../agent/volumes/task-volumes.ts';
import type { AgentObservers } from '../../agent/telemetry/agent-figures.ts';
import { TaskMetadataEndpoints } from '../../agent/metadata/task-metadata.ts';
import type { TaskReport } from '../../domain/task/assignment.ts';
import { Re2LinePatterns } from '../../drivers/line-patterns-re2/re2-line-patterns.ts';
import type { TaskMinute } from '../../domain/telemetry/task-minute.ts';
import { readHostLimits } from '../../drivers/host-limits/linux-host-limits.ts';
import { clockDrift } from '../../drivers/system/clock-drift.ts';
import { systemCpu } from '../../drivers/system/system-cpu.ts';
import { randomIds } from '../../drivers/system/random-ids.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import { punchHole } from '../../linux/punch-hole.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import type { AgentConfig } from './agent-config.ts';
import type { DataDir } from '../data-dir.ts';
import { serviceSecrets } from '../aws-account.ts';
import { createFlowLogs, type MachineFlowLogs } from './machine-flow-logs.ts';
import type { MachineDrivers } from './machine-drivers.ts';
import { serviceTrust } from './service-trust.ts';

/** runc and the shim are busy with more than one processor each: more at once only makes each slower. */
const STARTS_A_CPU = 2;

export interface MachineAgentParts {
  readonly config: AgentConfig;
  readonly dir: DataDir;
  readonly drivers: MachineDrivers;
  readonly store: Store;
  readonly logger: Logger;
  readonly onReport: (report: TaskReport) => void;
  readonly onCredentialsNeeded: (taskId: string) => void;
  readonly onRoleCredentialsNeeded: (taskId: string) => void;
  readonly onDeliveryCredentialsNeeded: (account: string) => void;
  /** What was measured of tasks, when a minute has ended. */
  readonly onMinute: (tasks: readonly TaskMinute[]) => void;
  /** What tasks may take of the machine's disk. */
  readonly onDiskChanged: (diskMiB: number) => void;
  /** Told of what tasks do here, where that is measured. */
  readonly observers?: AgentObservers | undefined;
  readonly signal: AbortSignal;
}

export interface MachineAgent {
  /** To be started after the VPCs. */
  readonly agent: Agent;
  readonly vpcs: VpcKeeper;
  readonly flowLogs: MachineFlowLogs;
  readonly images: ImageCollector;
  readonly disk: DiskGuard;
}

export async function createMachineAgent(parts: MachineAgentParts): Promise<MachineAgent> {
  const { config, dir, drivers, store, logger, signal } = parts;
  const flowLogs = createFlowLogs({
    ...{ config, dir, logger, network: drivers.network },
    onCredentialsNeeded: parts.onDeliveryCredentialsNeeded,
  });
  const network = withFlowLogs(drivers.network, flowLogs.flowLogs);
  const vpcs = new VpcKeeper({ store, network, clock: systemClock, logger }, signal);
  const credentials = new CredentialsBook({ clock: systemClock, onNeeded: parts.onCredentialsNeeded });
  const roleCredentials = new CredentialsBook(
    { clock: systemClock, onNeeded: parts.onRoleCredentialsNeeded },
    'task role',
  );
  const starts = new Limiter(availableParallelism() * STARTS_A_CPU);
  const access = {
    network: drivers.network,
    clock: systemClock,
    credentials: (taskId: string, abort: AbortSignal) => credentials.get(taskId, abort),
  };
  const calls = callPolicy({ attempts: config.serviceAttempts, timeoutMs: config.serviceTimeoutMs });
  const logs = createTaskLogs({
    directory: dir.output,
    logsClient: createLogsClientFactory(drivers.serviceAccess),
    calls,
    ...access,
    punchHole,
    patterns: new Re2LinePatterns(),
    flushIntervalMs: config.logFlushIntervalMs,
    logger,
    observer: parts.observers?.output,
  });
  const secrets = serviceSecrets(config, drivers.serviceAccess, calls.timeoutMs);
  const inputs = createTaskInputs({
    ...access,
    access: drivers.serviceAccess,
    calls,
    objects: drivers.objects,
    secrets: drivers.secrets === undefined ? secrets : new FileBeforeServices(drivers.secrets, secrets),
  });
  const metadata = new TaskMetadataEndpoints(
    {
      ...{ ...drivers, systemCpu, clockDrift, clock: systemClock, logger },
      roleCredentials: (taskId, abort) => roleCredentials.get(taskId, abort),
      executionCredentials: (taskId, abort) => credentials.get(taskId, abort),
      ecs: createEcsClient(drivers.serviceAccess),
      onMinute: parts.onMinute,
    },
    signal,
  );
  const trust = await serviceTrust(config);
  const agent = createAgent({
    ...drivers,
    vpcs,
    inputs,
    metadata,
    volumes: new TaskVolumes(drivers.imageStore),
    fileSystems: drivers.fileSystemMounts,
    store,
    logs,
    logger,
    credentials,
    roleCredentials,
    clock: systemClock,
    ids: randomIds,
    settings: {
      host: await readHostLimits(),
      initPath: config.initPath,
      runtimeTimeoutMs: config.runtimeTimeoutMs,
      dnsSuffix: config.dnsSuffix,
      externalFileSystems: config.efsServers,
      runtimeHandler: config.runtimes[0],
      ...(trust !== undefined && { serviceTrust: trust }),
    },
    limit: (work) => starts.run(work, signal),
    onStep: parts.observers?.onStep,
    onReport: (report, assignment) => {
      flowLogs.flowLogs.taskChanged(assignment, report);
      parts.onReport(report);
    },
  });
  const images = new ImageCollector({
    store: drivers.imageStore,
    use: drivers.imageUse,
    clock: systemClock,
    logger,
    references: () => agent.imageReferences(),
    freeShare: config.imageFreePercent / 100,
    minAgeMs: config.imageMinAgeMs,
  });
  const disk = new DiskGuard({
    disks: drivers.disks,
    clock: systemClock,
    logger,
    freeShare: config.diskFreePercent / 100,
    onChange: parts.onDiskChanged,
  });
  return { agent, vpcs, flowLogs, images, disk };
}
