/** Puts the flow logs of this machine together with their delivery. */
import { CredentialsBook } from '../../agent/credentials-book.ts';
import { FlowLogs } from '../../agent/flow-logs/flow-logs.ts';
import { SpooledDelivery } from '../../agent/flow-logs/spooled-delivery.ts';
import { Spool } from '../../agent/flow-logs/spool.ts';
import { createLogsClientFactory } from '../../agent/logs/logs-client.ts';
import type { TaskCredentials } from '../../domain/task/assignment.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';
import type { AgentConfig } from './agent-config.ts';
import type { DataDir } from '../data-dir.ts';

export interface MachineFlowLogsParts {
  readonly config: AgentConfig;
  readonly dir: DataDir;
  readonly network: TaskNetwork;
  readonly logger: Logger;
  readonly onCredentialsNeeded: (account: string) => void;
}

export interface MachineFlowLogs {
  readonly flowLogs: FlowLogs;
  credentials(account: string, credentials: TaskCredentials): void;
  /** Goes on with what an earlier agent did not deliver; call it when the VPCs are as they are to be. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export function createFlowLogs(parts: MachineFlowLogsParts): MachineFlowLogs {
  const { config, dir, network, logger, onCredentialsNeeded } = parts;
  const clock = systemClock;
  const life = new AbortController();
  // By account, as that of tasks is by task.
  const book = new CredentialsBook({ clock, onNeeded: onCredentialsNeeded });
  const logsClient = createLogsClientFactory({ endpoint: config.endpoint, clock });
  const delivery = new SpooledDelivery({
    spool: new Spool(dir.flowLogSpool),
    directory: dir.flowLogs,
    logsClient: (account, region) =>
      logsClient({ region, credentials: () => book.get(account, life.signal), dialer: undefined }),
    clock,
    logger,
  });
  const flowLogs = new FlowLogs({
    ...{ network, delivery, clock, logger, serviceCidr: config.serviceCidr },
    ...(config.flowLogIntervalMs !== undefined && { intervalMs: config.flowLogIntervalMs }),
  });
  return {
    flowLogs,
    credentials: (account, credentials) => book.set(account, credentials),
    start: () => delivery.start(),
    async close() {
      life.abort();
      await flowLogs.close();
      await delivery.close();
    },
  };
}
