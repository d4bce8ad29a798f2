import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { hasKind } from '../../../domain/errors.ts';
import { rejectsWith } from '../../../ports/testing/rejects-with.ts';
import { ContainerdClient } from './containerd-client.ts';
import { encode } from '../proto/codec.ts';

type Answer = (stream: ServerHttp2Stream, path: string, headers: Record<string, unknown>) => void;

const OK = { 'grpc-status': '0' };

describe('ContainerdClient', () => {
  let directory: string;
  let server: Http2Server;
  let client: ContainerdClient;
  let answer: Answer;
  const sessions = new Set<{ destroy(): void }>();
  const socketPath = () => join(directory, 's');
  const listen = async (): Promise<void> => {
    server = createServer();
    server.on('session', (session) => sessions.add(session));
    server.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      answer(stream, String(headers[':path']), headers);
    });
    await new Promise<void>((resolve) => server.listen(socketPath(), resolve));
  };
  const stop = async (): Promise<void> => {
    for (const session of sessions) session.destroy();
    sessions.clear();
    await new Promise((resolve) => server.close(resolve));
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ng-test-'));
    await listen();
    client = new ContainerdClient({ socketPath: socketPath(), namespace: 'ours' });
  });
  afterEach(async () => {
    client.close();
    await stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('sends its namespace and lease, and reads the answer', async () => {
    let seen: Record<string, unknown> = {};
    answer = (stream, path, headers) => {
      seen = { path, namespace: headers['containerd-namespace'], lease: headers['containerd-lease'] };
      respond(stream, [frame(encode('VersionResponse', { version: '1.2.3' }))], OK);
    };
    assert.equal((await client.call('version', {}, { lease: 'l1' })).version, '1.2.3');
    const path = '/containerd.services.version.v1.Version/Version';
    assert.deepEqual(seen, { path, namespace: 'ours', lease: 'l1' });
  });

  it('may be closed while it connects', async () => {
    const connected = new Promise((resolve) => server.once('connection', resolve));
    const call = client.call('version', {});
    client.close();
    await assert.rejects(call, (error) => hasKind(error, 'aborted') || hasKind(error, 'unavailable'));
    await connected;
    // What the connection's own event throws ends the process.
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
  });

  it('puts messages together however they were cut', async () => {
    const all = Buffer.concat(
      ['one', 'two', 'three'].map((name) =>
        frame(encode('ContentReadResponse', { data: Buffer.from(name) })),
      ),
    );
    answer = (stream) =>
      respond(
        stream,
        [...all].map((byte) => Buffer.of(byte)),
        OK,
      );
    const pieces: string[] = [];
    for await (const { data } of client.stream('contentRead', { digest: 'x' })) pieces.push(data.toString());
    assert.deepEqual(pieces, ['one', 'two', 'three']);
  });

  for (const [code, kind] of [
    [5, 'not-found'],
    [6, 'already-exists'],
    [9, 'failed-precondition'],
    [14, 'unavailable'],
    [2, 'internal'],
  ] as const) {
    it(`says ${kind} for status ${code}, in containerd's words`, async () => {
      answer = (stream) =>
        respond(stream, [], { 'grpc-status': String(code), 'grpc-message': 'caf%C3%A9 100%25' });
      const error = await rejectsWith(client.call('version', {}), kind);
      assert.equal(error.message, 'café 100%');
    });
  }

  it('reads a status that comes without any answer', async () => {
    answer = (stream) => {
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12', 'grpc-message': 'no' },
        { endStream: true },
      );
    };
    await rejectsWith(client.call('version', {}), 'unimplemented');
  });

  it('tells a full disk from other failures', async () => {
    const message = 'write /data/x: no space left on device: unknown';
    answer = (stream) => respond(stream, [], { 'grpc-status': '2', 'grpc-message': message });
    const error = await rejectsWith(client.call('version', {}), 'failed-precondition');
    assert.equal((error as { details?: Record<string, unknown> }).details?.['errno'], 'ENOSPC');
  });

  it('says deadline when no answer comes in time', async () => {
    answer = () => undefined;
    await rejectsWith(client.call('version', {}, { timeoutMs: 20 }), 'deadline');
  });

  it('says aborted when its signal fires', async () => {
    const cancel = new AbortController();
    answer = () => cancel.abort();
    await rejectsWith(client.call('version', {}, { signal: cancel.signal }), 'aborted');
    await rejectsWith(client.call('version', {}, { signal: cancel.signal }), 'aborted');
  });

  it('says unavailable when containerd breaks off, and connects again afterwards', async () => {
    answer = () => {
      for (const session of sessions) session.destroy();
    };
    await rejectsWith(client.call('version', {}), 'unavailable');
    answer = (stream) => respond(stream, [frame(Buffer.alloc(0))], OK);
    await client.call('version', {});
  });

  it('says unavailable while nobody listens, and connects when somebody does', async () => {
    answer = (stream) => respond(stream, [frame(Buffer.alloc(0))], OK);
    await client.call('version', {});
    await stop();
    await rejectsWith(client.call('version', {}), 'unavailable');
    await listen();
    await client.call('version', {});
  });

  it('ends a call whose reader has had enough', async () => {
    let ended: (code: number) => void = () => undefined;
    const code = new Promise<number>((resolve) => {
      ended = resolve;
    });
    answer = (stream) => {
      stream.respond({ ':status': 200 });
      stream.write(frame(encode('Envelope', { topic: '/a' })));
      stream.once('close', () => ended(stream.rstCode));
    };
    for await (const envelope of client.stream('eventSubscribe', {})) {
      assert.equal(envelope.topic, '/a');
      break;
    }
    assert.equal(await code, 8);
  });

  it('refuses calls after it was closed', async () => {
    client.close();
    await rejectsWith(client.call('version', {}), 'aborted');
  });
});

function frame(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function respond(
  stream: ServerHttp2Stream,
  pieces: readonly Buffer[],
  trailers: Record<string, string>,
): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  for (const piece of pieces) stream.write(piece);
  stream.end();
}
