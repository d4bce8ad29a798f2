import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BrowserGuard } from './browser-guard.ts';

const guard = new BrowserGuard(['192.0.2.7', 'Neargate.Test', '.amazonaws.com']);
const HOST = '127.0.0.1:4580';

describe('BrowserGuard', () => {
  it('refuses what a page of another site can send', () => {
    const refused: readonly Record<string, string>[] = [
      { origin: 'https://example.com' },
      { origin: 'null' },
      { origin: '' },
      { origin: 'http://127.0.0.1:1' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'content-type': 'text/plain;charset=UTF-8' },
      { 'content-type': 'Application/X-WWW-form-urlencoded' },
      { 'content-type': 'multipart/form-data; boundary=x' },
    ];
    for (const headers of refused) {
      assert.notEqual(guard.refusal({ host: HOST, ...headers }), undefined, JSON.stringify(headers));
    }
  });

  it('refuses names that are not its own', () => {
    const hosts = ['evil.example.com', '127.0.0.1.evil.com:4580', 'amazonaws.com.evil.com', 'xamazonaws.com'];
    for (const host of [...hosts, '', '[', ':', '10.0.0.1', 'localhost.evil.com', undefined]) {
      assert.notEqual(guard.refusal(host === undefined ? {} : { host }), undefined, host);
    }
  });

  it('lets clients in that name it by loopback or by a configured name', () => {
    const hosts = ['localhost:4580', 'ecs.localhost', '[::1]:1', '127.0.0.2', 'neargate.test'];
    for (const host of [...hosts, '192.0.2.7', 'ecs.us-east-1.amazonaws.com', 'LOCALHOST']) {
      assert.equal(guard.refusal({ host, 'content-type': 'application/x-amz-json-1.1' }), undefined, host);
    }
  });

  it('lets its own pages in', () => {
    const headers = { host: HOST, origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin' };
    assert.equal(guard.refusal(headers), undefined);
    assert.equal(guard.refusal({ host: HOST, 'sec-fetch-site': 'none' }), undefined);
  });
});
