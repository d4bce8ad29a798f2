import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { EventTime, FluentServer } from '@fluent-org/logger';
import { decode, encode } from '@msgpack/msgpack';
import { hasKind } from '../../../domain/errors.ts';
import { ManualClock } from '../../../ports/testing/manual-clock.ts';
import { LineReader, LONGEST_LINE_BYTES, type OutputLine } from '../line-reader.ts';
import { FirelensTarget } from './firelens-target.ts';
import { RouterConnection } from './router-connection.ts';
import { connectToRouter } from './router-socket.ts';

describe('Output on its way to a log router', () => {
  let directory: string;
  let path: string;
  let clock: ManualClock;
  const ends: (() => void | Promise<void>)[] = [];
  const { signal } = new AbortController();

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'neargate-router-'));
    path = join(directory, 'fluent.sock');
    clock = new ManualClock();
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    await rm(directory, { recursive: true, force: true });
  });

  const make = (asksForAnswers = true): FirelensTarget => {
    const open = (inner: AbortSignal) => connectToRouter(path, inner);
    const target = new FirelensTarget({
      connection: new RouterConnection({ open, asksForAnswers, clock }),
      tag: 'app-firelens-1234',
      containerId: '1234-0000000001',
      containerName: 'app',
    });
    ends.push(() => target.close());
    return target;
  };
  const lines = (text: string): OutputLine[] =>
    new LineReader('stderr', 0, 'app').push(Buffer.from(text), 1_700_000_000_250);

  /** The server that Fluentd's authors wrote; resolves with what it gets. */
  const fluentServer = async (): Promise<{ entries: unknown[]; close: () => Promise<void> }> => {
    const entries: unknown[] = [];
    const server = new FluentServer({ listenOptions: { path } });
    server.on('entry', (tag: string, time: EventTime, record: object) => {
      entries.push({ tag, at: time.epoch * 1_000 + time.nano / 1e6, record });
    });
    await server.listen();
    ends.push(() => server.close());
    return { entries, close: () => server.close() };
  };
  const plainServer = async (onSocket: (socket: Socket) => void): Promise<Server> => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
      onSocket(socket);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    ends.push(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return server;
  };

  it('are records of Docker’s fluentd driver, and taken when the router says so', async () => {
    const { entries } = await fluentServer();
    await make().deliver(lines('one\n\n'), signal);
    const record = { container_id: '1234-0000000001', container_name: 'app', source: 'stderr' };
    assert.deepEqual(entries, [
      { tag: 'app-firelens-1234', at: 1_700_000_000_250, record: { ...record, log: 'one' } },
      { tag: 'app-firelens-1234', at: 1_700_000_000_250, record: { ...record, log: '' } },
    ]);
  });

  it('says of parts of a long line what they belong to', async () => {
    const { entries } = await fluentServer();
    const long = lines(`${'x'.repeat(LONGEST_LINE_BYTES)}yz\n`);
    await make().deliver(long, signal);
    const records = entries.map((entry) => (entry as { record: Record<string, string> }).record);
    assert.deepEqual(
      records.map((record) => [
        record['log']?.length,
        record['partial_message'],
        record['partial_ordinal'],
        record['partial_last'],
      ]),
      [
        [LONGEST_LINE_BYTES, 'true', '1', 'false'],
        [2, 'true', '2', 'true'],
      ],
    );
    assert.equal(records[0]?.['partial_id'], records[1]?.['partial_id']);
  });

  it('is not taken while nobody listens, and goes to a router that has come back', async () => {
    const target = make();
    await assert.rejects(target.deliver(lines('a\n'), signal), (error) => hasKind(error, 'unavailable'));
    const first = await fluentServer();
    await target.deliver(lines('a\n'), signal);
    await first.close();
    await assert.rejects(target.deliver(lines('b\n'), signal), (error) => hasKind(error, 'unavailable'));
    await rm(path, { force: true });
    const second = await fluentServer();
    await target.deliver(lines('b\n'), signal);
    assert.deepEqual([first.entries.length, second.entries.length], [1, 1]);
  });

  it('is not taken when the router ends before it has answered', async () => {
    await plainServer((socket) => socket.once('data', () => socket.destroy()));
    await assert.rejects(make().deliver(lines('a\n'), signal), (error) => hasKind(error, 'unavailable'));
  });

  it('is taken by a router that never answers: after a while the first time, then at once', async () => {
    const got: Buffer[] = [];
    await plainServer((socket) => socket.on('data', (bytes) => got.push(bytes)));
    const target = make();
    let taken = false;
    const first = target.deliver(lines('a\n'), signal).then(() => (taken = true));
    while (got.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(taken, false);
    while (!taken) {
      clock.advance(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await first;
    await target.deliver(lines('b\n'), signal);
  });

  it('is not taken by a router that has answered before and answers no more', async () => {
    let answered = 0;
    await plainServer((socket) => {
      socket.on('data', () => {
        answered += 1;
        if (answered === 1) socket.write(encode({ ack: '1234-0000000001/1' }));
      });
    });
    const target = make();
    await target.deliver(lines('a\n'), signal);
    const second = assert.rejects(target.deliver(lines('b\n'), signal), (error) =>
      hasKind(error, 'deadline'),
    );
    while (answered < 2) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(60_000);
    await second;
  });

  it('asks for no answer where the router is known to give none', async () => {
    const message = new Promise<unknown>((resolve) => {
      void plainServer((socket) => socket.once('data', (bytes) => resolve(decode(bytes))));
    });
    await make(false).deliver(lines('a\n'), signal);
    assert.deepEqual(((await message) as unknown[])[2], { size: 1 });
  });

  it('goes to no socket of the machine that a container points at, and to no file', async () => {
    const elsewhere = join(directory, 'elsewhere.sock');
    const server = createServer(() => assert.fail('was connected to'));
    await new Promise<void>((resolve) => server.listen(elsewhere, resolve));
    ends.push(() => void server.close());
    await symlink(elsewhere, path);
    await assert.rejects(make().deliver(lines('a\n'), signal), (error) => hasKind(error, 'unavailable'));
    await rm(path);
    await writeFile(path, '');
    await assert.rejects(make().deliver(lines('a\n'), signal), (error) => hasKind(error, 'unavailable'));
  });
});
