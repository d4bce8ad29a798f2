/** What an agent measures, where the control plane is to know it. */
import type { LinkClient } from '../../agent/link/link-client.ts';
import { type AgentObservers, agentObservers, tellFigures } from '../../agent/telemetry/agent-figures.ts';
import { MemoryMeters } from '../../drivers/meters-memory/memory-meters.ts';
import { measureProcess } from '../../drivers/system/process-figures.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MachineDrivers } from './machine-drivers.ts';
import { VERSION } from '../version.ts';

export interface AgentTelemetry {
  readonly observers: AgentObservers;
  /** Measures and tells by the link until the signal fires. */
  run(link: LinkClient, signal: AbortSignal): Promise<void>;
}

export function createAgentTelemetry(
  { disks, imageStore }: Pick<MachineDrivers, 'disks' | 'imageStore'>,
  logger: Logger,
): AgentTelemetry {
  const meters = new MemoryMeters('agent');
  return {
    observers: agentObservers(meters),
    run(link, signal) {
      measureProcess(meters, 'agent', signal);
      const deps = { meters, disks, imageStore, logger, version: VERSION, clock: systemClock };
      const way = { backlog: () => link.backlog, tell: link.figures.bind(link) };
      return tellFigures({ ...deps, ...way }, signal);
    },
  };
}
