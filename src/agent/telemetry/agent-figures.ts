/** What the agent tells of itself and its machine, now and then: the control plane has it for those who ask there. */
import { figure, type MetricFamily } from '../../domain/telemetry/metrics.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ImageStore } from '../../ports/image-store.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Meters } from '../../ports/meters.ts';
import type { TaskDisks } from '../../ports/task-disks.ts';
import type { AgentFigures } from '../../wire/link-messages.ts';
import { LOSS_REASONS, type OutputObserver } from '../logs/output-meter.ts';
import type { StepObserver } from '../runner/timings.ts';
import { nowAndThen } from '../waiting.ts';

const TELL_EVERY_MS = 10_000;

export interface AgentFiguresDeps {
  readonly meters: Meters;
  readonly disks: Pick<TaskDisks, 'space'>;
  readonly imageStore: Pick<ImageStore, 'list' | 'space'>;
  /** Messages that the control plane has not acknowledged. */
  readonly backlog: () => number;
  readonly tell: (figures: AgentFigures) => void;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Tells until the signal fires. */
export async function tellFigures(deps: AgentFiguresDeps, signal: AbortSignal): Promise<void> {
  const { meters, clock, logger, version } = deps;
  const since = clock.now();
  meters.source(async () => [...(await diskFigures(deps)), backlogFigure(deps)]);
  await nowAndThen(clock, TELL_EVERY_MS, signal, {
    work: async () => deps.tell({ version, since, at: clock.now(), families: await meters.collect() }),
    onError: (error) => logger.warn('metrics: cannot tell the figures of this machine', { error }),
  });
}

/** Told of what tasks do on the machine. */
export interface AgentObservers {
  readonly onStep: StepObserver;
  readonly output: OutputObserver;
}

/** Measures the steps of tasks, and what becomes of their output. */
export function agentObservers(meters: Meters): AgentObservers {
  const durations = meters.histogram('neargate_task_step_duration_seconds');
  const deliveredEvents = meters.counter('neargate_log_delivered_events_total');
  const deliveredBytes = meters.counter('neargate_log_delivered_bytes_total');
  const lostEvents = meters.counter('neargate_log_lost_events_total');
  const lostBytes = meters.counter('neargate_log_lost_bytes_total');
  for (const reason of LOSS_REASONS) {
    lostEvents.add({ reason }, 0);
    lostBytes.add({ reason }, 0);
  }
  return {
    onStep: (step, outcome, durationMs) => durations.observe({ step, outcome }, durationMs / 1000),
    output: {
      delivered({ events, bytes }) {
        deliveredEvents.add({}, events);
        deliveredBytes.add({}, bytes);
      },
      lost(reason, { events, bytes }) {
        lostEvents.add({ reason }, events);
        lostBytes.add({ reason }, bytes);
      },
    },
  };
}

async function diskFigures({ disks, imageStore }: AgentFiguresDeps): Promise<MetricFamily[]> {
  const [own, ofImages, images] = await Promise.all([disks.space(), imageStore.space(), imageStore.list()]);
  return [
    figure('neargate_machine_disk_size_bytes', own.totalBytes),
    figure('neargate_machine_disk_free_bytes', own.freeBytes),
    figure('neargate_machine_disk_used_bytes', own.takenBytes),
    figure('neargate_machine_image_disk_size_bytes', ofImages.totalBytes),
    figure('neargate_machine_image_disk_free_bytes', ofImages.freeBytes),
    figure('neargate_machine_images', images.length),
  ];
}

function backlogFigure({ backlog }: AgentFiguresDeps): MetricFamily {
  const labels = { direction: 'from_machine' };
  return { name: 'neargate_link_backlog_messages', points: [{ labels, value: backlog() }] };
}
