/** What the control plane measures, and the two ways to have it: `/metrics`, and pushes by OTLP. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machines } from '../../control/machines/machines.ts';
import { machineFigures } from '../../control/telemetry/machine-figures.ts';
import { MachineMetrics } from '../../control/telemetry/machine-metrics.ts';
import { TaskCensus, type TaskCensusDeps } from '../../control/telemetry/task-census.ts';
import { figure, type MetricFamily, type MetricGroup } from '../../domain/telemetry/metrics.ts';
import { MemoryMeters } from '../../drivers/meters-memory/memory-meters.ts';
import { MeteredStore } from '../../drivers/store-metered/metered-store.ts';
import { measureProcess } from '../../drivers/system/process-figures.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import type { AnsweredRequest } from '../../wire/front-door/dispatcher.ts';
import { MetricsServer } from '../../wire/metrics/metrics-server.ts';
import type { Config } from '../config.ts';
import { dataDir } from '../data-dir.ts';
import { isMeasured } from '../telemetry-wanted.ts';
import { VERSION } from '../version.ts';

export interface TelemetryParts {
  readonly config: Config;
  readonly store: Store;
  readonly logger: Logger;
}

export interface Watched {
  readonly machines: Machines;
  readonly minutes: TaskCensusDeps['minutes'];
}

export interface RunningTelemetry {
  /** Where `/metrics` listens; undefined without the setting. */
  readonly port: number | undefined;
  close(): Promise<void>;
}

export class Telemetry {
  readonly #parts: TelemetryParts;
  readonly #meters = new MemoryMeters('control-plane');
  readonly #since = systemClock.now();
  readonly machines = new MachineMetrics();
  /** The store, its transactions measured. */
  readonly store: Store;
  readonly onAnswered: (answered: AnsweredRequest) => void;

  constructor(parts: TelemetryParts) {
    this.#parts = parts;
    this.store = new MeteredStore(parts.store, this.#meters);
    const requests = this.#meters.counter('neargate_api_requests_total');
    const durations = this.#meters.histogram('neargate_api_request_duration_seconds');
    this.onAnswered = ({ service, operation, status, seconds }) => {
      requests.add({ service, operation, status: String(status) });
      durations.observe({ service, operation }, seconds);
    };
  }

  /** Begins to measure and to tell, where the settings ask for it. Rejects when the address cannot be listened on. */
  async start({ machines, minutes }: Watched, signal: AbortSignal): Promise<RunningTelemetry> {
    const { config, store, logger } = this.#parts;
    if (!isMeasured(config)) return { port: undefined, close: () => Promise.resolve() };
    const census = new TaskCensus({ store, meters: this.#meters, clock: systemClock, minutes });
    await census.start(signal);
    measureProcess(this.#meters, 'control-plane', signal);
    this.#meters.source(() => [...census.families(), ...machineFigures(machines), versionFigure()]);
    this.#meters.source(() => this.#storeFigures());
    const collect = async (): Promise<MetricGroup[]> => {
      const families = await this.#meters.collect();
      return [this.#ownGroup(families), ...this.machines.groups(), ...(await census.groups())];
    };
    if (config.otlpEndpoint !== undefined) {
      const { createOtlpPushes } = await import('./otlp-pushes.ts');
      const deps = { collect, meters: this.#meters, logger };
      void (await createOtlpPushes(config.otlpEndpoint, config, deps)).run(signal);
    }
    if (config.metricsListen === undefined) return { port: undefined, close: () => Promise.resolve() };
    const server = new MetricsServer({ collect, allowedHosts: config.allowedHosts, logger });
    const { port } = await server.listen(config.metricsListen.host, config.metricsListen.port);
    return { port, close: () => server.close() };
  }

  #ownGroup(families: readonly MetricFamily[]): MetricGroup {
    const { account, region } = this.#parts.config;
    return {
      resource: {
        'service.name': 'neargate',
        'service.version': VERSION,
        'service.instance.id': `${account}/${region}`,
      },
      labels: {},
      since: this.#since,
      families,
    };
  }

  async #storeFigures(): Promise<MetricFamily[]> {
    const { size } = await stat(join(dataDir(this.#parts.config).control, 'data.mdb'));
    return [figure('neargate_store_size_bytes', size)];
  }
}

function versionFigure(): MetricFamily {
  return { name: 'neargate_build_info', points: [{ labels: { version: VERSION }, value: 1 }] };
}
