/** Puts an agent together with its drivers and its store. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { type Agent, createAgent } from '../agent/agent.ts';
import { CredentialsBook } from '../agent/credentials-book.ts';
import { Limiter } from '../agent/images/limiter.ts';
import { createImagePuller } from '../agent/images/puller.ts';
import { createTaskLogs } from '../agent/logs/file-task-logs.ts';
import { createLogsClientFactory } from '../agent/logs/logs-client.ts';
import type { TaskReport } from '../domain/task/assignment.ts';
import { OciRegistry } from '../drivers/registry-oci/oci-registry.ts';
import { randomIds } from '../drivers/system/random-ids.ts';
import { systemClock } from '../drivers/system/system-clock.ts';
import { punchHole } from '../linux/punch-hole.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { AgentConfig } from './agent-config.ts';
import type { DataDir } from './data-dir.ts';
import type { MachineDrivers } from './machine-drivers.ts';
import { ENDPOINT_PORT, SERVICE_ADDRESS } from './service-address.ts';

const RUNTIME_TIMEOUT_MS = 60_000;
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
  readonly signal: AbortSignal;
}

export async function createMachineAgent(parts: MachineAgentParts): Promise<Agent> {
  const { config, dir, drivers, store, logger, signal } = parts;
  const credentials = new CredentialsBook({ clock: systemClock, onNeeded: parts.onCredentialsNeeded });
  const starts = new Limiter(availableParallelism() * STARTS_A_CPU);
  const logs = createTaskLogs({
    directory: dir.output,
    logsClient: createLogsClientFactory({
      endpoint: { host: SERVICE_ADDRESS, port: ENDPOINT_PORT },
      clock: systemClock,
    }),
    credentials: (taskId, abort) => credentials.get(taskId, abort),
    network: drivers.network,
    punchHole,
    clock: systemClock,
    logger,
  });
  const registry = new OciRegistry({
    insecureRegistries: [
      ...config.insecureRegistries,
      ...config.registries.filter(({ tls }) => !tls).map(({ name }) => name),
    ],
  });
  return createAgent({
    ...drivers,
    store,
    logs,
    logger,
    credentials,
    clock: systemClock,
    ids: randomIds,
    puller: createImagePuller({
      registry,
      store: drivers.imageStore,
      clock: systemClock,
      logger,
      layersPerPull: config.pullConcurrency,
    }),
    settings: {
      host: { nofileHard: await hardNofileLimit(), swapAccounting: await hasSwapAccounting() },
      runtimeTimeoutMs: RUNTIME_TIMEOUT_MS,
    },
    limit: (work) => starts.run(work, signal),
    onReport: parts.onReport,
  });
}

/** What this process may give to others: without CAP_SYS_RESOURCE no more than it has itself. */
async function hardNofileLimit(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  return Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1] ?? 1024);
}

async function hasSwapAccounting(): Promise<boolean> {
  const paths = [
    '/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes',
    '/sys/fs/cgroup/neargate/memory.swap.max',
  ];
  const found = await Promise.all(
    paths.map((path) =>
      readFile(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
