/** What a caller may take of the front door, and that others are served meanwhile. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { patient } from '../../ports/testing/patience.ts';
import {
  openFrontDoor,
  SAMPLE_TARGET_PREFIX,
  sampleServices,
} from '../../../test/support/trivial-front-door.ts';
import type { FrontDoorOptions } from './front-door.ts';

const HEADERS = `host: localhost\r\ncontent-type: application/x-amz-json-1.1\r\nx-amz-target: ${SAMPLE_TARGET_PREFIX}.DescribeTasks\r\n`;

function requestOf(body: string): string {
  return `POST / HTTP/1.1\r\n${HEADERS}content-length: ${body.length}\r\n\r\n${body}`;
}

const whole = (bytes: number): string => JSON.stringify({ tasks: ['x'.repeat(bytes)] });

interface Place {
  readonly call: () => Caller;
}

async function aFrontDoor(test: TestContext, options: Partial<FrontDoorOptions>): Promise<Place> {
  const { door, port } = await openFrontDoor(sampleServices({ contexts: [], waiting: [] }), {
    ...options,
    open: true,
  });
  const callers: Caller[] = [];
  test.after(async () => {
    for (const { socket } of callers) socket.destroy();
    await door.close(0);
  });
  return {
    call: () => {
      const caller = new Caller(connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
      callers.push(caller);
      return caller;
    },
  };
}

class Caller {
  readonly socket: Socket;
  readonly #ended: Promise<void>;
  #hasEnded = false;
  #received = '';

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => (this.#received += text));
    // A reset ends it, too.
    socket.on('error', () => undefined);
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        this.#hasEnded = true;
        resolve();
      };
      socket.once('end', end).once('close', end);
    });
  }

  /** Sends, and resolves with the whole answer that comes to it. */
  async ask(text: string): Promise<string> {
    this.#received = '';
    this.socket.write(text);
    return this.answer();
  }

  /** Empty when the connection has ended without one. */
  async answer(): Promise<string> {
    const signal = AbortSignal.timeout(patient(10_000));
    for (;;) {
      const [, head = '', length] = /^([^]*?content-length: (\d+)[^]*?\r\n\r\n)/i.exec(this.#received) ?? [];
      if (length !== undefined && this.#received.length >= head.length + Number(length))
        return this.#received;
      if (this.#hasEnded) return '';
      await Promise.race([once(this.socket, 'data', { signal }), this.ended()]);
    }
  }

  /** Resolves when the other side has ended the connection. */
  ended(): Promise<void> {
    return this.#ended;
  }
}

describe('callers of the front door', () => {
  it('are refused when their headers do not end, and others are served meanwhile', async (t) => {
    const place = await aFrontDoor(t, { headersTimeoutMs: 200 });
    const slow = place.call();
    const refused = slow.ask(`POST / HTTP/1.1\r\n${HEADERS}x-slow: `);
    assert.match(await place.call().ask(requestOf('{"tasks":[]}')), /^HTTP\/1\.1 200 /);
    assert.match(await refused, /^HTTP\/1\.1 408 [^]*RequestTimeoutException/);
    await slow.ended();
  });

  it('are refused when their bodies do not end, and others are served meanwhile', async (t) => {
    const place = await aFrontDoor(t, { bodyTimeoutMs: 200 });
    const slow = place.call();
    const refused = slow.ask(requestOf('{"tasks":[]}').slice(0, -1));
    assert.match(await place.call().ask(requestOf('{"tasks":[]}')), /^HTTP\/1\.1 200 /);
    assert.match(await refused, /^HTTP\/1\.1 408 [^]*RequestTimeoutException/);
    await slow.ended();
  });

  it('are refused for now while large bodies of others fill the memory; small bodies are not', async (t) => {
    const place = await aFrontDoor(t, { allBodiesBytes: 100_000 });
    const holder = place.call();
    const large = requestOf(whole(80_000));
    // The answer to the next request tells that this one has come.
    holder.socket.write(large.slice(0, -1));
    while (!(await place.call().ask(large)).startsWith('HTTP/1.1 503 ')) await new Promise(setImmediate);
    const refusal = await place.call().ask(large);
    assert.match(refusal, /^HTTP\/1\.1 503 [^]*ServiceUnavailable/);
    assert.match(await place.call().ask(requestOf(whole(10_000))), /^HTTP\/1\.1 200 /);
    assert.match(await holder.ask('}'), /^HTTP\/1\.1 200 /);
    assert.match(await place.call().ask(large), /^HTTP\/1\.1 200 /);
  });

  it('give back what they held of the memory when they go away in the middle', async (t) => {
    const place = await aFrontDoor(t, { allBodiesBytes: 100_000 });
    const large = requestOf(whole(80_000));
    const holder = place.call();
    holder.socket.write(large.slice(0, -1));
    while (!(await place.call().ask(large)).startsWith('HTTP/1.1 503 ')) await new Promise(setImmediate);
    holder.socket.destroy();
    while (!(await place.call().ask(large)).startsWith('HTTP/1.1 200 ')) await new Promise(setImmediate);
  });

  it('are cut off when there are too many, until others have left', async (t) => {
    const place = await aFrontDoor(t, { mostConnections: 2 });
    const [first, second] = [place.call(), place.call()];
    for (const caller of [first, second]) {
      assert.match(await caller.ask(requestOf('{"tasks":[]}')), /^HTTP\/1\.1 200 /);
    }
    const third = place.call();
    await third.ended();
    assert.match(await first.ask(requestOf('{"tasks":[]}')), /^HTTP\/1\.1 200 /);
    second.socket.destroy();
    while (!(await place.call().ask(requestOf('{"tasks":[]}'))).startsWith('HTTP/1.1 200 ')) {
      await new Promise(setImmediate);
    }
  });

  it('get their answer when they have closed their side after the request', async (t) => {
    const place = await aFrontDoor(t, {});
    const caller = place.call();
    caller.socket.end(requestOf('{"tasks":[]}'));
    assert.match(await caller.answer(), /^HTTP\/1\.1 200 /);
  });

  for (const [part, text] of [
    ['headers', `POST / HTTP/1.1\r\n${HEADERS}`],
    ['body', requestOf('{"tasks":[]}').slice(0, -3)],
  ] as const) {
    it(`are not waited for when they have closed their side within the ${part}`, async (t) => {
      const place = await aFrontDoor(t, {});
      const caller = place.call();
      caller.socket.end(text);
      await caller.ended();
    });
  }
});
