/** The driver splunk: a container's output goes to Splunk's HTTP Event Collector, in batches as Docker's driver makes them. */
import { containerLabels } from '../../../domain/task/container-labels.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { TaskNetwork } from '../../../ports/task-network.ts';
import type { LineDriver } from '../line-driver.ts';
import type { OutputLine } from '../line-reader.ts';
import type { OutputTarget } from '../output-target.ts';
import type { ContainerLogs } from '../task-logs.ts';
import { authoritiesAt } from './authorities.ts';
import { splunkEncoder, type SplunkOrigin } from './splunk-event.ts';
import { splunkOptions } from './splunk-options.ts';
import { SplunkTarget } from './splunk-target.ts';

export interface SplunkDriverDeps {
  readonly network: Pick<TaskNetwork, 'dialer'>;
  readonly clock: Clock;
  readonly backlogBytes: number;
}

const BATCH = { lines: 1_000, bytes: 4 * 2 ** 20 };
const FLUSH_INTERVAL_MS = 5_000;

export function splunkDriver(logs: ContainerLogs, deps: SplunkDriverDeps): LineDriver {
  const target = new OpenedWhenNeeded((signal) => openTarget(logs, deps, signal));
  return {
    target,
    limits: {
      ...BATCH,
      flushIntervalMs: FLUSH_INTERVAL_MS,
      firstRetryMs: 1_000,
      lastRetryMs: 30_000,
      backlogBytes: deps.backlogBytes,
      backlogLines: undefined,
    },
    hasEnded: () => false,
    prepare: (signal) => target.prepare(signal),
  };
}

/** Its token is asked for when something is to be sent: the next agent does not have it in mind. */
class OpenedWhenNeeded implements OutputTarget {
  readonly #open: (signal: AbortSignal) => Promise<SplunkTarget>;
  #target: SplunkTarget | undefined;

  constructor(open: (signal: AbortSignal) => Promise<SplunkTarget>) {
    this.#open = open;
  }

  async prepare(signal: AbortSignal): Promise<void> {
    const target = await this.#opened(signal);
    if (target.isToBeVerified) await target.verify(signal);
  }

  async deliver(lines: readonly OutputLine[], signal: AbortSignal): Promise<void> {
    await (await this.#opened(signal)).deliver(lines, signal);
  }

  close(): void {
    this.#target?.close();
  }

  async #opened(signal: AbortSignal): Promise<SplunkTarget> {
    return (this.#target ??= await this.#open(signal));
  }
}

async function openTarget(
  logs: ContainerLogs,
  { network, clock }: SplunkDriverDeps,
  signal: AbortSignal,
): Promise<SplunkTarget> {
  const { logConfiguration } = logs.container.definition;
  const given = { ...logConfiguration?.options, ...(await logs.secretOptions(signal)) };
  const options = splunkOptions(given);
  const { caPath } = options.tls;
  return new SplunkTarget({
    options,
    encode: splunkEncoder(given, options, originOf(logs)),
    ca: caPath === undefined ? undefined : await authoritiesAt(caPath),
    dialer: network.dialer(logs.assignment.taskId),
    clock,
  });
}

function originOf({ assignment, container, runtimeId }: ContainerLogs): SplunkOrigin {
  const { name, image, environment = [] } = container.definition;
  return {
    host: assignment.eni.privateDnsName,
    containerId: runtimeId,
    containerName: name,
    imageName: image,
    labels: containerLabels(assignment, container.definition),
    environment: Object.fromEntries(environment.map((one) => [one.name ?? '', one.value ?? ''])),
  };
}
