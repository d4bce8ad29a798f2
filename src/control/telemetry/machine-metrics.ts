/** What the agents that are connected last said of themselves. In memory: who connects anew says it again. */
import { knownFamilies, type MetricFamily, type MetricGroup } from '../../domain/telemetry/metrics.ts';
import type { AgentFigures } from '../../wire/link-messages.ts';

interface Told {
  /** The connection that it came by. */
  readonly by: object;
  readonly figures: AgentFigures;
  readonly families: readonly MetricFamily[];
}

export class MachineMetrics {
  readonly #told = new Map<string, Told>();

  /** The newest counts. What this version does not know is left out. */
  figures(machineId: string, figures: AgentFigures, by: object): void {
    this.#told.set(machineId, { by, figures, families: knownFamilies(figures.families) });
  }

  /** Nothing, when a newer connection has told already. */
  gone(machineId: string, by: object): void {
    if (this.#told.get(machineId)?.by === by) this.#told.delete(machineId);
  }

  /** A group for each machine. */
  groups(): MetricGroup[] {
    return [...this.#told].map(([machineId, { figures, families }]) => ({
      resource: {
        'service.name': 'neargate-agent',
        'service.version': figures.version,
        'service.instance.id': machineId,
        'host.id': machineId,
      },
      labels: { machine: machineId },
      since: figures.since,
      at: figures.at,
      families,
    }));
  }
}
