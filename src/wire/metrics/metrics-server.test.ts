import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { MetricGroup } from '../../domain/telemetry/metrics.ts';
import { MetricsServer } from './metrics-server.ts';

const TASKS: MetricGroup[] = Array.from({ length: 40 }, (_, task) => ({
  resource: {},
  labels: { task_id: `t${task}` },
  since: 0,
  families: [{ name: 'neargate_task_cpu_used_units', points: [{ labels: {}, value: task }] }],
}));

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

describe('MetricsServer', () => {
  let groups: () => Promise<MetricGroup[]> = async () => TASKS;
  const errors: string[] = [];
  const logger = { error: (message: string) => void errors.push(message) };
  const server = new MetricsServer({ collect: () => groups(), allowedHosts: ['metrics.test'], logger });
  let port = 0;
  before(async () => {
    ({ port } = await server.listen('127.0.0.1', 0));
  });
  after(() => server.close());

  async function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const pieces: Buffer[] = [];
    for await (const piece of answer) pieces.push(piece as Buffer);
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(pieces) };
  }

  it('answers with the text format, and with OpenMetrics to those who prefer it', async () => {
    const text = 'text/plain; version=0.0.4; charset=utf-8';
    const openMetrics = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
    const accepted: readonly [string, string][] = [
      ['', text],
      ['*/*', text],
      ['text/plain;version=0.0.4;q=0.5', text],
      ['application/openmetrics-text; version=0.0.1', text],
      ['application/openmetrics-text;q=0.2,text/plain;q=0.9', text],
      ['application/openmetrics-text;q=0', text],
      ['application/openmetrics-text', openMetrics],
      // Prometheus 2 and 3.
      [
        'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
        openMetrics,
      ],
      [
        'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;q=0.7,text/plain;version=0.0.4;q=0.5,*/*;q=0.2',
        openMetrics,
      ],
    ];
    for (const [accept, expected] of accepted) {
      const { status, headers, body } = await ask('/metrics', { accept });
      assert.equal(status, 200);
      assert.equal(headers['content-type'], expected, accept);
      assert.equal(body.toString().endsWith('\n# EOF\n'), expected === openMetrics);
      assert.match(body.toString(), /^neargate_task_cpu_used_units\{task_id="t7"\} 7$/m);
    }
  });

  it('packs the answer for those who can unpack it', async () => {
    const plain = await ask('/metrics');
    const { headers, body } = await ask('/metrics', { 'accept-encoding': 'deflate, gzip' });
    assert.equal(headers['content-encoding'], 'gzip');
    assert.deepEqual(gunzipSync(body), plain.body);
    assert.equal(
      (await ask('/metrics', { 'accept-encoding': 'gzip;q=0' })).headers['content-encoding'],
      undefined,
    );
  });

  it('has nothing else, and keeps web pages away', async () => {
    const cases: readonly [number, string, Record<string, string>, string?][] = [
      [404, '/', {}],
      [404, '/metrics/x', {}],
      [200, '/metrics?x=1', {}],
      [200, '/metrics', {}, 'HEAD'],
      [405, '/metrics', {}, 'POST'],
      [403, '/metrics', { host: 'evil.example' }],
      [403, '/metrics', { origin: 'https://evil.example' }],
      [200, '/metrics', { host: 'metrics.test:9100' }],
      [200, '/metrics', { host: 'localhost' }],
    ];
    for (const [status, path, headers, method] of cases) {
      assert.equal(
        (await ask(path, headers, method)).status,
        status,
        `${method} ${path} ${JSON.stringify(headers)}`,
      );
    }
    assert.equal((await ask('/metrics', {}, 'HEAD')).body.length, 0);
  });

  it('answers 500 when the figures cannot be had, and goes on', async () => {
    groups = () => Promise.reject(new Error('the store is closed'));
    const { status, body } = await ask('/metrics');
    assert.equal(status, 500);
    assert.ok(!body.includes('store'));
    assert.deepEqual(errors, ['metrics: a scrape failed']);
    groups = async () => TASKS;
    assert.equal((await ask('/metrics')).status, 200);
  });
});
