import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { FakeSplunk } from '../../../../test/support/logs/fake-splunk.ts';
import { AppError, hasKind } from '../../../domain/errors.ts';
import {
  CertificateAuthority,
  makeAuthority,
} from '../../../drivers/certificates-private/certificate-authority.ts';
import type { Dialer } from '../../../ports/dialer.ts';
import { ManualClock } from '../../../ports/testing/manual-clock.ts';
import { LineReader, type OutputLine } from '../line-reader.ts';
import { splunkEncoder } from './splunk-event.ts';
import { splunkOptions } from './splunk-options.ts';
import { SplunkTarget } from './splunk-target.ts';

const ORIGIN = {
  ...{ host: 'h', containerId: 'c', containerName: 'app', imageName: 'i', labels: {}, environment: {} },
};
const { signal } = new AbortController();
const lines = (text: string): OutputLine[] => new LineReader('stdout', 0, 'app').push(Buffer.from(text), 0);

describe('Output on its way to Splunk', () => {
  let splunk: FakeSplunk;
  let url: string;
  const targets: SplunkTarget[] = [];
  const dialer: Dialer = {
    async connect({ host, port }) {
      const socket = connect({ host, port });
      try {
        await once(socket, 'connect');
      } catch {
        const details = { syscallCode: 'ECONNREFUSED', address: host };
        throw new AppError('unavailable', 'refused', { details });
      }
      return socket;
    },
  };

  beforeEach(async () => {
    splunk = new FakeSplunk('right');
    url = await splunk.listen();
  });
  afterEach(() => {
    for (const target of targets.splice(0)) target.close();
    splunk.close();
  });

  const make = (more: Record<string, string> = {}, ca?: string): SplunkTarget => {
    const given = { 'splunk-url': url, 'splunk-token': 'right', ...more };
    const options = splunkOptions(given);
    const encode = splunkEncoder(given, options, ORIGIN);
    const target = new SplunkTarget({ options, encode, ca, dialer, clock: new ManualClock() });
    targets.push(target);
    return target;
  };
  const told = (): unknown[] => splunk.events.map(({ event }) => (event as { line: string }).line);

  it('is one request a batch, with the token', async () => {
    const target = make();
    await target.verify(signal);
    await target.deliver(lines('one\ntwo\n'), signal);
    await target.deliver(lines('three\n'), signal);
    assert.deepEqual(told(), ['one', 'two', 'three']);
    assert.deepEqual(splunk.batches, [2, 1]);
  });

  it('is compressed where that is asked for', async () => {
    await make({ 'splunk-gzip': 'true' }).deliver(lines('one\n'), signal);
    assert.deepEqual([told(), [...splunk.encodings]], [['one'], ['gzip']]);
  });

  it('is not sent when there is nothing that Splunk would take', async () => {
    await make({ 'splunk-format': 'raw', tag: '' }).deliver(lines('\n \n'), signal);
    assert.deepEqual(splunk.batches, []);
  });

  it('is told in Docker’s words when the token is wrong', async () => {
    await assert.rejects(make({ 'splunk-token': 'wrong' }).verify(signal), (error) => {
      assert.ok(hasKind(error, 'failed-precondition'));
      const answer = '{"text":"Invalid token","code":4}';
      assert.equal(error.message, `splunk: failed to verify connection - 403 Forbidden - ${answer}`);
      return true;
    });
  });

  it('is told in Go’s words when nobody listens, without the token', async () => {
    const target = make({ 'splunk-url': 'http://127.0.0.1:1' });
    await assert.rejects(target.verify(signal), (error) => {
      assert.ok(hasKind(error, 'unavailable'));
      assert.equal(
        error.message,
        'splunk: Options "http://127.0.0.1:1/services/collector/event/1.0": dial tcp 127.0.0.1:1: connect: connection refused',
      );
      return true;
    });
  });

  it('may be tried again while Splunk is busy', async () => {
    const target = make();
    splunk.isBusy = true;
    await assert.rejects(target.deliver(lines('a\n'), signal), (error) => hasKind(error, 'unavailable'));
    splunk.isBusy = false;
    await target.deliver(lines('a\n'), signal);
    assert.deepEqual(told(), ['a']);
  });

  it('is never taken when Splunk says that its form is wrong', async () => {
    const options = splunkOptions({ 'splunk-url': url, 'splunk-token': 'right' });
    const encode = (): Buffer => Buffer.from('no event');
    const target = new SplunkTarget({ options, encode, ca: undefined, dialer, clock: new ManualClock() });
    targets.push(target);
    await assert.rejects(target.deliver(lines('a\n'), signal), (error) => hasKind(error, 'invalid'));
  });

  describe('over TLS', () => {
    const files = makeAuthority({ now: Date.now() });
    const authority = new CertificateAuthority(files, { now: () => Date.now() });
    let server: Server | undefined;
    let secure: Record<string, string>;

    const serve = async (name: string): Promise<void> => {
      server = createServer(authority.forName(name), (socket) => splunk.take(socket)).listen(0, '127.0.0.1');
      await once(server, 'listening');
      secure = { 'splunk-url': `https://127.0.0.1:${(server.address() as AddressInfo).port}` };
    };
    afterEach(() => void server?.close());

    it('is sent to who has a certificate of an authority that the options name', async () => {
      await serve('127.0.0.1');
      await make(secure, files.cert).verify(signal);
      await assert.rejects(make(secure).verify(signal), (error) => hasKind(error, 'unavailable'));
    });

    it('believes another name where the options say so, or anything', async () => {
      await serve('SplunkServerDefaultCert');
      await assert.rejects(make(secure, files.cert).verify(signal), /altnames/);
      await make({ ...secure, 'splunk-caname': 'SplunkServerDefaultCert' }, files.cert).verify(signal);
      await make({ ...secure, 'splunk-insecureskipverify': 'true' }).verify(signal);
    });
  });
});
