/**
 * The load generator, a process of its own: raw sockets that are kept alive, each with one signed request at a time.
 * Told what to do over the channel to its parent, so that no key stands in a command line.
 */
import { connect, type Socket } from 'node:net';
import { signRequest } from '../../src/wire/sigv4/sign.ts';
import { SigningKeyCache } from '../../src/wire/sigv4/signing-key.ts';

export interface LoadJob {
  readonly host: string;
  readonly port: number;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly target: string;
  /** `{lane}` in it stands for the connection's number. */
  readonly body: string;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface LoadResult {
  readonly seconds: number;
  /** Milliseconds of each request that was answered within the time. */
  readonly latencies: readonly number[];
  /** By HTTP status, other than 200. */
  readonly failures: Readonly<Record<string, number>>;
}

/** Sends requests on one connection until the time is over. */
class Lane {
  readonly #socket: Socket;
  readonly #next: () => Buffer;
  readonly #done: (status: number, latencyMs: number) => boolean;
  #sentAt = 0;
  #received: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, next: () => Buffer, done: (status: number, latencyMs: number) => boolean) {
    this.#socket = socket;
    this.#next = next;
    this.#done = done;
    socket.setNoDelay(true);
    socket.on('data', (data) => this.#take(data));
  }

  run(): Promise<void> {
    this.#send();
    return new Promise((resolve, reject) => {
      this.#socket.once('close', () => resolve());
      this.#socket.once('error', reject);
    });
  }

  #send(): void {
    this.#sentAt = performance.now();
    this.#socket.write(this.#next());
  }

  #take(data: Buffer): void {
    this.#received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.#received.toString('latin1', 0, headEnd);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#received.length < headEnd + 4 + length) return;
    this.#received = this.#received.subarray(headEnd + 4 + length);
    const goOn = this.#done(Number(head.slice(9, 12)), performance.now() - this.#sentAt);
    if (goOn) this.#send();
    else this.#socket.destroy();
  }
}

async function load(job: LoadJob): Promise<LoadResult> {
  const latencies: number[] = [];
  const failures: Record<string, number> = {};
  const begin = performance.now() + job.warmUpMs;
  const end = begin + job.measureMs;
  const done = (status: number, latencyMs: number): boolean => {
    const now = performance.now();
    if (now >= begin && now < end) {
      if (status === 200) latencies.push(latencyMs);
      else failures[status] = (failures[status] ?? 0) + 1;
    }
    return now < end;
  };
  const keys = new SigningKeyCache(4);
  const lanes = Array.from({ length: job.connections }, async (_, lane) => {
    const body = Buffer.from(job.body.replaceAll('{lane}', String(lane)));
    const socket = connect(job.port, job.host);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Lane(socket, signedOnceASecond(job, body, keys), done);
  });
  await Promise.all((await Promise.all(lanes)).map((lane) => lane.run()));
  return { seconds: job.measureMs / 1000, latencies, failures };
}

/**
 * A signature holds for a second's time stamp, so within one second equal requests are equal to the last byte: they are
 * made once, and the processor is left to the server, which verifies each.
 */
function signedOnceASecond(job: LoadJob, body: Buffer, keys: SigningKeyCache): () => Buffer {
  let second = 0;
  let request: Buffer = Buffer.alloc(0);
  return () => {
    const now = Math.floor(Date.now() / 1000);
    if (now !== second) {
      second = now;
      request = signedRequest(job, body, keys);
    }
    return request;
  };
}

function signedRequest(job: LoadJob, body: Buffer, keys: SigningKeyCache): Buffer {
  const headers = {
    host: `${job.host}:${job.port}`,
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': job.target,
  };
  const request = { method: 'POST', url: '/', headers, body };
  const { region, accessKeyId, secretAccessKey } = job;
  const credentials = { accessKeyId, secretAccessKey };
  const signed = signRequest(request, { credentials, region, service: 'ecs', nowMs: Date.now(), keys });
  const lines = Object.entries({ ...headers, ...signed }).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST / HTTP/1.1\r\n${lines.join('')}content-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

process.once('message', (job: LoadJob) => {
  load(job).then(
    (result) => process.send?.(result, () => process.disconnect()),
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
      process.disconnect();
    },
  );
});
