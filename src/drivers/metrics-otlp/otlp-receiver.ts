/** A receiver of OTLP over HTTP: the OpenTelemetry Collector, and many stores of metrics. JSON, packed. */
import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { AppError } from '../../domain/errors.ts';
import type { MetricGroup } from '../../domain/telemetry/metrics.ts';
import type { MetricReceiver } from '../../ports/metric-receiver.ts';
import { otlpRequest } from './otlp-json.ts';

export interface OtlpReceiverOptions {
  /** Without `/v1/metrics`. */
  readonly endpoint: string;
  /** Further headers, such as keys. Never told in errors. */
  readonly headers: Readonly<Record<string, string>>;
  /** Neargate's. */
  readonly version: string;
  /** Of one push. */
  readonly timeoutMs: number;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Statuses that OTLP says to try again after. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const MOST_ANSWER_CHARACTERS = 64 * 1024;

const packed = promisify(gzip);

export class OtlpReceiver implements MetricReceiver {
  readonly #options: OtlpReceiverOptions;
  readonly #url: URL;

  constructor(options: OtlpReceiverOptions) {
    this.#options = options;
    this.#url = new URL(`${options.endpoint}/v1/metrics`);
  }

  async push(groups: readonly MetricGroup[], now: number, signal: AbortSignal): Promise<number> {
    const body = await packed(JSON.stringify(otlpRequest(groups, now, this.#options.version)));
    const { status, headers, body: said } = await this.#send(body, signal);
    const details = { url: this.#url.href, status };
    if (status >= 200 && status < 300) return rejectedPoints(said);
    if (!RETRYABLE.has(status))
      throw new AppError('invalid', 'the receiver refuses the figures', { details });
    const seconds = Number(headers['retry-after']);
    const retryAfter = Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {};
    throw new AppError('unavailable', 'the receiver takes no figures now', {
      details: { ...details, ...retryAfter },
    });
  }

  async #send(body: Buffer, signal: AbortSignal): Promise<Answer> {
    const late = AbortSignal.timeout(this.#options.timeoutMs);
    try {
      return await this.#exchange(body, AbortSignal.any([late, signal]));
    } catch (cause) {
      const kind = signal.aborted ? 'aborted' : late.aborted ? 'deadline' : 'unavailable';
      throw new AppError(kind, 'the receiver cannot be reached', { cause, details: { url: this.#url.href } });
    }
  }

  #exchange(body: Buffer, signal: AbortSignal): Promise<Answer> {
    const request = this.#url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const sent = request(this.#url, {
        method: 'POST',
        signal,
        headers: {
          ...this.#options.headers,
          'content-type': 'application/json',
          'content-encoding': 'gzip',
          'content-length': body.length,
          'user-agent': `neargate/${this.#options.version}`,
        },
      });
      sent.on('error', reject);
      sent.on('response', (answer) => {
        let length = 0;
        answer.on('data', (piece: Buffer) => {
          length += piece.length;
          if (length > MOST_ANSWER_CHARACTERS) answer.destroy(new Error('the answer is too long'));
        });
        text(answer).then(
          (said) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: said }),
          reject,
        );
      });
      sent.end(body);
    });
  }
}

/** What a receiver took not, of figures that it accepted as a whole. */
function rejectedPoints(body: string): number {
  try {
    const { partialSuccess } = JSON.parse(body) as { partialSuccess?: { rejectedDataPoints?: unknown } };
    const count = Number(partialSuccess?.rejectedDataPoints ?? 0);
    return Number.isInteger(count) && count > 0 ? count : 0;
  } catch {
    return 0;
  }
}
