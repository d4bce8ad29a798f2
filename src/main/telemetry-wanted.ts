/** Whether anybody is to be told what Neargate measures. */
import type { Config } from './config.ts';

/** Then the control plane follows all tasks, and agents tell it of themselves. */
export function isMeasured({
  metricsListen,
  otlpEndpoint,
}: Pick<Config, 'metricsListen' | 'otlpEndpoint'>): boolean {
  return metricsListen !== undefined || otlpEndpoint !== undefined;
}
