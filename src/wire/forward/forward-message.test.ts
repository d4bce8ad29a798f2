import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { EventTime, FluentServer } from '@fluent-org/logger';
import { decode, encode, ExtData } from '@msgpack/msgpack';
import { hasKind } from '../../domain/errors.ts';
import { acknowledged, ForwardEncoder } from './forward-message.ts';

const encoder = new ForwardEncoder();

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('Forward messages', () => {
  it('pack records with times of nanoseconds under a tag', () => {
    const entry = encoder.entry(1_700_000_000_123.5, { log: 'é', source: 'stdout' });
    const [tag, packed, options] = decode(encoder.message('t', [entry, entry], 'c')) as [
      string,
      Uint8Array,
      object,
    ];
    assert.equal(tag, 't');
    assert.deepEqual(options, { size: 2, chunk: 'c' });
    assert.deepEqual(Buffer.from(packed), Buffer.concat([entry, entry]));
    const [time, record] = decode(entry) as [ExtData, object];
    assert.equal(time.type, 0);
    const bytes = Buffer.from(time.data as Uint8Array);
    assert.deepEqual([bytes.readUInt32BE(0), bytes.readUInt32BE(4)], [1_700_000_000, 123_500_000]);
    assert.deepEqual(record, { log: 'é', source: 'stdout' });
  });

  it('ask for no answer without a chunk', () => {
    const [, , options] = decode(encoder.message('t', [encoder.entry(0, {})])) as [
      string,
      Uint8Array,
      object,
    ];
    assert.deepEqual(options, { size: 1 });
  });

  it('know which chunks were taken, however the answers are cut', async () => {
    const bytes = Buffer.concat([encode({ ack: 'one' }), encode({ ack: 'two' })]);
    for (const size of [1, 3, bytes.length]) {
      const taken: string[] = [];
      for await (const chunk of acknowledged(pieces(bytes, size))) taken.push(chunk);
      assert.deepEqual(taken, ['one', 'two']);
    }
  });

  for (const { name, bytes } of [
    { name: 'a text', bytes: encode('ack') },
    { name: 'another map', bytes: encode({ nack: 'c' }) },
    { name: 'a chunk that is a number', bytes: encode({ ack: 1 }) },
    { name: 'a huge text', bytes: encode({ ack: 'x'.repeat(5_000) }) },
    { name: 'a byte that begins nothing', bytes: Uint8Array.of(0xc1) },
  ]) {
    it(`take no answer that is ${name}`, async () => {
      const answers = acknowledged(pieces(bytes, 512));
      await assert.rejects(answers.next(), (error) => hasKind(error, 'invalid'));
    });
  }
});

describe('Forward messages to the server of Fluentd’s authors', () => {
  const server = new FluentServer({ listenOptions: { port: 0, host: '127.0.0.1' } });
  before(() => server.listen());
  after(() => server.close());

  it('are taken with tag, times and records, and answered', async () => {
    const received: unknown[] = [];
    const arrived = new Promise<void>((resolve) => {
      server.on('entry', (tag: string, time: unknown, record: unknown) => {
        assert.ok(time instanceof EventTime);
        received.push([tag, time.epoch * 1_000 + time.nano / 1e6, record]);
        if (received.length === 2) resolve();
      });
    });
    const socket = connect({ port: server.port ?? 0, host: '127.0.0.1' });
    try {
      await once(socket, 'connect');
      const entries = ['one', 'two'].map((log, index) => encoder.entry(1_700_000_000_250 + index, { log }));
      socket.write(encoder.message('app', entries, 'chunk-1'));
      assert.deepEqual(await acknowledged(socket).next(), { done: false, value: 'chunk-1' });
      await arrived;
      assert.deepEqual(received, [
        ['app', 1_700_000_000_250, { log: 'one' }],
        ['app', 1_700_000_000_251, { log: 'two' }],
      ]);
    } finally {
      socket.destroy();
    }
  });
});
