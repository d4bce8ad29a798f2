import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { readBody } from './request-body.ts';

const aRequest = (headers = {}): PassThrough & IncomingMessage =>
  Object.assign(new PassThrough(), { headers }) as unknown as PassThrough & IncomingMessage;

describe('the body of a request', () => {
  it('is read whole', async () => {
    const request = aRequest();
    const body = readBody(request, 10, 60_000);
    request.write('ab');
    request.end('cd');
    assert.equal(String(await body), 'abcd');
  });

  it('is too large by what it says or by what it is', async () => {
    assert.equal(await readBody(aRequest({ 'content-length': '11' }), 10, 60_000), 'too-large');
    const request = aRequest();
    const body = readBody(request, 10, 60_000);
    request.write('01234567890');
    assert.equal(await body, 'too-large');
  });

  it('is not waited for without end', async () => {
    const request = aRequest();
    request.write('a');
    assert.equal(await readBody(request, 10, 5), 'too-late');
    request.destroy();
  });

  it('fails when the caller goes away', async () => {
    const request = aRequest();
    const body = readBody(request, 10, 60_000);
    request.destroy(new Error('gone'));
    await assert.rejects(body, /gone/);
  });
});
