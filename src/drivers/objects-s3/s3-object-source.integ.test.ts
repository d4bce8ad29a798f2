import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HostDialer } from '../../../test/support/registry/host-dialer.ts';
import { FakeS3, S3_KEYS } from '../../../test/support/s3/fake-s3.ts';
import { hasKind } from '../../domain/errors.ts';
import { describeObjectSource } from '../../ports/testing/object-source-suite.ts';
import { signRequest } from '../../wire/sigv4/sign.ts';
import { S3ObjectSource, type SignRequest } from './s3-object-source.ts';

const signWith =
  (credentials: typeof S3_KEYS): SignRequest =>
  ({ host, path, region }) =>
    Promise.resolve(
      signRequest(
        { method: 'GET', url: path, headers: { host }, body: Buffer.alloc(0) },
        { credentials, region, service: 's3', nowMs: Date.now() },
      ),
    );

describeObjectSource('S3ObjectSource', async (objects) => {
  const s3 = await FakeS3.start(objects);
  return {
    source: new S3ObjectSource({ endpoint: s3.url, sign: signWith(S3_KEYS) }),
    dialer: new HostDialer(),
    close: () => s3.close(),
  };
});

describe('S3ObjectSource', () => {
  const query = { bucket: 'b', key: 'k', region: 'eu-west-1', maxBytes: 10 };
  const { signal } = new AbortController();

  it('tells a refusal in the words of the service', async (t) => {
    const s3 = await FakeS3.start({ 'b/k': 'x' });
    t.after(() => s3.close());
    const source = new S3ObjectSource({
      endpoint: s3.url,
      sign: signWith({ ...S3_KEYS, secretAccessKey: 'wrong' }),
    });
    await assert.rejects(source.get(query, { dialer: new HostDialer(), signal }), (error) => {
      return hasKind(error, 'failed-precondition') && error.message.startsWith('SignatureDoesNotMatch: ');
    });
  });

  it('connects where it is told that the service is, and signs for the name of the service', async (t) => {
    const s3 = await FakeS3.start({ 'b/k': 'x' });
    t.after(() => s3.close());
    const through = { host: '127.0.0.1', port: Number(s3.url.port) };
    const source = new S3ObjectSource({
      endpoint: new URL('http://s3.example:9000'),
      through,
      sign: signWith(S3_KEYS),
    });
    const dialer = new HostDialer();
    assert.equal((await source.get(query, { dialer, signal })).toString(), 'x');
    assert.deepEqual(dialer.dialled, [through]);
  });

  it('says unavailable when nobody answers', async () => {
    const source = new S3ObjectSource({ endpoint: new URL('http://127.0.0.1:1'), sign: signWith(S3_KEYS) });
    await assert.rejects(source.get(query, { dialer: new HostDialer(), signal }), (error) =>
      hasKind(error, 'unavailable'),
    );
  });
});
