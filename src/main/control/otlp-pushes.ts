/** The way to a receiver of OTLP; loaded only where a setting names one. */
import { MetricPushes, type MetricPushesDeps } from '../../control/telemetry/metric-pushes.ts';
import { AppError } from '../../domain/errors.ts';
import { OtlpReceiver } from '../../drivers/metrics-otlp/otlp-receiver.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import { readPrivateFile } from '../../linux/private-file.ts';
import type { Config } from '../config.ts';
import { VERSION } from '../version.ts';

const MOST_HEADER_BYTES = 16 * 1024;
const TIMEOUT_MS = 10_000;
/** These are Neargate's to say. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'content-type',
  'content-encoding',
  'content-length',
  'transfer-encoding',
  'host',
  'connection',
]);

/** Rejects in plain words when the file of headers cannot be used. */
export async function createOtlpPushes(
  endpoint: string,
  { otlpHeadersFile, otlpIntervalMs }: Pick<Config, 'otlpHeadersFile' | 'otlpIntervalMs'>,
  deps: Pick<MetricPushesDeps, 'collect' | 'meters' | 'logger'>,
): Promise<MetricPushes> {
  const headers =
    otlpHeadersFile === undefined
      ? {}
      : parseHeaders(await readPrivateFile(otlpHeadersFile, MOST_HEADER_BYTES), otlpHeadersFile);
  const receiver = new OtlpReceiver({ endpoint, headers, version: VERSION, timeoutMs: TIMEOUT_MS });
  return new MetricPushes({ ...deps, receiver, intervalMs: otlpIntervalMs, clock: systemClock });
}

/** `Name: value` a line; empty lines and those that begin with # are left out. Throws `invalid`, without any value. */
export function parseHeaders(text: string, path: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*([\t\x20-\x7e]*?)\s*$/.exec(line);
    const [, name = '', value = ''] = match ?? [];
    if (match === null) throw new AppError('invalid', `${path}: line ${at + 1} is no "Name: value"`);
    if (OWN_HEADERS.has(name.toLowerCase())) {
      throw new AppError('invalid', `${path}: line ${at + 1}: ${name} cannot be set`);
    }
    headers[name.toLowerCase()] = value;
  }
  return headers;
}
