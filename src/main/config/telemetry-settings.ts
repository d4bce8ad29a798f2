/** Settings of how Neargate tells what it measures. */
import { duration, httpBase, listenAddress, optional, path } from './kinds.ts';
import { setting } from './setting.ts';

export const TELEMETRY_SETTINGS = {
  metricsListen: setting(optional(listenAddress), {
    doc: 'Where `/metrics` listens for Prometheus, for example `127.0.0.1:9464`; port 0 takes a free one. Without it nothing listens. Whoever reaches the address may read: the figures are of all accounts and no signature is asked for (see [metrics](how-to/metrics.md)).',
  }),
  otlpEndpoint: setting(optional(httpBase), {
    doc: 'The OpenTelemetry receiver that the same figures are pushed to, by OTLP over HTTP: its address without `/v1/metrics`, for example `http://127.0.0.1:4318`.',
  }),
  otlpHeadersFile: setting(optional(path), {
    doc: 'A file of headers for the requests to `otlpEndpoint`, a `Name: value` a line, such as a key of the receiver; readable by its owner only.',
  }),
  otlpIntervalMs: setting(duration(1000, 3_600_000), {
    fallback: '1m',
    doc: 'How often figures are pushed to `otlpEndpoint`.',
  }),
} as const;
