/** What this process takes: processor time, memory, descriptors; and how late it gets to what is due. */
import { readdir } from 'node:fs/promises';
import type { Labels, MetricFamily, MetricName } from '../../domain/telemetry/metrics.ts';
import type { Meters } from '../../ports/meters.ts';

const LOOK_EVERY_MS = 500;

/** Measures until the signal fires. `process` names this one among others. */
export function measureProcess(meters: Meters, name: string, signal: AbortSignal): void {
  const labels = { process: name };
  const lag = meters.histogram('neargate_process_event_loop_lag_seconds');
  let due = performance.now() + LOOK_EVERY_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    lag.observe(labels, Math.max(0, now - due) / 1000);
    due = now + LOOK_EVERY_MS;
  }, LOOK_EVERY_MS).unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  meters.source(() => processFigures(labels));
}

async function processFigures(labels: Labels): Promise<MetricFamily[]> {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  const descriptors = await readdir('/proc/self/fd');
  const family = (name: MetricName, value: number): MetricFamily => ({ name, points: [{ labels, value }] });
  return [
    family('neargate_process_cpu_seconds_total', (user + system) / 1e6),
    family('neargate_process_resident_memory_bytes', rss),
    family('neargate_process_heap_used_bytes', heapUsed),
    family('neargate_process_start_time_seconds', performance.timeOrigin / 1000),
    // Without the one that it was read by.
    family('neargate_process_open_fds', descriptors.length - 1),
  ];
}
