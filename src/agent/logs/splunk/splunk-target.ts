/** One container's output on its way to Splunk's HTTP Event Collector, by the task's own network. */
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { AppError, toAppError } from '../../../domain/errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Dialer, DialTarget } from '../../../ports/dialer.ts';
import { KeptConnection, type RawResponse } from '../../../wire/http/kept-connection.ts';
import { secured } from '../../../wire/http/secured.ts';
import { dialFailureText } from '../../dial-failure.ts';
import { withDeadline } from '../../waiting.ts';
import type { OutputLine } from '../line-reader.ts';
import type { OutputTarget } from '../output-target.ts';
import type { SplunkEncoder } from './splunk-event.ts';
import type { SplunkOptions } from './splunk-options.ts';

export interface SplunkTargetParts {
  readonly options: SplunkOptions;
  readonly encode: SplunkEncoder;
  /** PEM of the authorities to believe; absent: those that Node comes with. */
  readonly ca: string | undefined;
  readonly dialer: Dialer;
  readonly clock: Clock;
}

const PATH = '/services/collector/event/1.0';
/** For one request, connecting included. */
const TIMEOUT_MS = 30_000;
/** Of an answer's body, so much is told. */
const TOLD_CHARACTERS = 1_000;
/** Answers to what would never be taken: its form is wrong, or its size. */
const REFUSED = [400, 413];

const compress = promisify(gzip);

export class SplunkTarget implements OutputTarget {
  readonly #parts: SplunkTargetParts;
  readonly #connection: KeptConnection;

  constructor(parts: SplunkTargetParts) {
    this.#parts = parts;
    this.#connection = new KeptConnection((signal) => open(parts, signal));
  }

  /** Whether the options ask for `verify` before the container starts. */
  get isToBeVerified(): boolean {
    return this.#parts.options.verifyConnection;
  }

  /** Rejects with `failed-precondition`, and Docker's words, when the collector does not answer as one. */
  async verify(signal: AbortSignal): Promise<void> {
    const response = await this.#send('OPTIONS', Buffer.alloc(0), {}, signal);
    if (response.status !== 200)
      throw refusal('failed to verify connection', 'failed-precondition', response);
  }

  async deliver(lines: readonly OutputLine[], signal: AbortSignal): Promise<void> {
    const events = lines.map((line) => this.#parts.encode(line)).filter((event) => event !== undefined);
    if (events.length === 0) return;
    const { gzipLevel } = this.#parts.options;
    const plain = Buffer.concat(events);
    const body = gzipLevel === undefined ? plain : await compress(plain, { level: gzipLevel });
    const encoding = gzipLevel === undefined ? {} : { 'content-encoding': 'gzip' };
    const response = await this.#send('POST', body, encoding, signal);
    if (response.status === 200) return;
    const kind = REFUSED.includes(response.status) ? 'invalid' : 'unavailable';
    throw refusal('failed to send event', kind, response);
  }

  close(): void {
    this.#connection.close();
  }

  async #send(
    method: 'POST' | 'OPTIONS',
    body: Buffer,
    more: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<RawResponse> {
    const { options, clock } = this.#parts;
    const headers = {
      host: options.url.host,
      authorization: `Splunk ${options.token}`,
      'content-length': String(body.length),
      ...(body.length > 0 && { 'content-type': 'application/json' }),
      ...more,
    };
    try {
      return await withDeadline(clock, TIMEOUT_MS, signal, (inner) =>
        this.#connection.send({ method, path: PATH, headers, body: [body] }, inner),
      );
    } catch (error) {
      const failure = toAppError(error);
      const kind = failure.kind === 'internal' ? 'unavailable' : failure.kind;
      throw new AppError(kind, failureText(method, options, failure), { cause: error });
    }
  }
}

async function open({ options, ca, dialer }: SplunkTargetParts, signal: AbortSignal): Promise<Duplex> {
  const { url, tls } = options;
  const isSecure = url.protocol === 'https:';
  const host = url.hostname;
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
  const socket = await dialed(dialer, { host, port }, signal);
  if (!isSecure) return socket;
  return await secured(socket, { servername: tls.caName ?? host, ca, insecure: tls.insecure }, signal);
}

/** Keeps what the dialer said, and adds whither it was. */
async function dialed(dialer: Dialer, target: DialTarget, signal: AbortSignal): Promise<Duplex> {
  try {
    return await dialer.connect(target, signal);
  } catch (error) {
    const { kind, message, details } = toAppError(error);
    throw new AppError(kind, message, {
      cause: error,
      details: { address: target.host, ...target, ...details },
    });
  }
}

/** In the words of Go's client. */
function failureText(method: 'POST' | 'OPTIONS', { url }: SplunkOptions, failure: AppError): string {
  const why = 'address' in failure.details ? dialFailureText(failure) : failure.message;
  const verb = method === 'POST' ? 'Post' : 'Options';
  return `splunk: ${verb} "${new URL(PATH, url).href}": ${why}`;
}

function refusal(
  what: string,
  kind: 'failed-precondition' | 'invalid' | 'unavailable',
  { status, reason, body }: RawResponse,
): AppError {
  const told = body.toString('utf8').slice(0, TOLD_CHARACTERS);
  return new AppError(kind, `splunk: ${what} - ${status} ${reason} - ${told}`, { details: { status } });
}
