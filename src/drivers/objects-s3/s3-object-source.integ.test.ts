import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { AppError, type ErrorKind } from '../../domain/errors.ts';
import type { ObjectQuery } from '../../ports/object-source.ts';
import { describeObjectSource } from '../../ports/testing/object-source-suite.ts';
import { signRequest } from '../../wire/sigv4/sign.ts';
import { HostDialer } from '../../../test/support/registry/host-dialer.ts';
import {
  S3_ACCESS_KEY,
  type S3Server,
  type S3ServerOptions,
  startS3Server,
} from '../../../test/support/s3/s3-server.ts';
import { S3ObjectSource, type S3ObjectSourceOptions, type SignRequest } from './s3-object-source.ts';

const QUERY: ObjectQuery = { bucket: 'b', key: 'a.env', region: 'eu-west-1', maxBytes: 1000 };
const BUCKETS = { b: { 'a.env': 'A=1' } };
const NEVER = new AbortController().signal;

const sign: SignRequest = ({ path, host, region }, credentials) =>
  signRequest(
    { method: 'GET', url: path, headers: { host }, body: Buffer.alloc(0) },
    { credentials, region, service: 's3', nowMs: Date.now() },
  );

function keysFile({ accessKeyId, secretAccessKey } = S3_ACCESS_KEY): string {
  return `# keys\n[other]\naws_access_key_id = no\naws_secret_access_key = no\n\n[default]\nregion = x\naws_access_key_id=${accessKeyId}\n aws_secret_access_key = ${secretAccessKey} \n`;
}

async function withKeys(text: string): Promise<{ path: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'neargate-s3-'));
  const path = join(directory, 'credentials');
  await writeFile(path, text, { mode: 0o600 });
  return { path, remove: () => rm(directory, { recursive: true }) };
}

describeObjectSource('ObjectSource: S3ObjectSource', async (buckets) => {
  const [server, keys] = await Promise.all([startS3Server({ buckets }), withKeys(keysFile())]);
  return {
    source: new S3ObjectSource({ endpoint: server.url, credentialsFile: keys.path, sign }),
    access: { dialer: new HostDialer(), signal: NEVER },
    async close() {
      await Promise.all([server.close(), keys.remove()]);
    },
  };
});

describe('S3ObjectSource', () => {
  let keys: Awaited<ReturnType<typeof withKeys>>;
  before(async () => {
    keys = await withKeys(keysFile());
  });
  after(() => keys.remove());

  async function serverFor(test: TestContext, options: Partial<S3ServerOptions> = {}): Promise<S3Server> {
    const server = await startS3Server({ buckets: BUCKETS, ...options });
    test.after(() => server.close());
    return server;
  }

  function sourceOf(server: S3Server, options: Partial<S3ObjectSourceOptions> = {}): S3ObjectSource {
    return new S3ObjectSource({ endpoint: server.url, credentialsFile: keys.path, sign, ...options });
  }

  async function get(source: S3ObjectSource, dialer = new HostDialer(), signal = NEVER): Promise<string> {
    return (await source.get(QUERY, { dialer, signal })).toString('utf8');
  }

  it("connects by the task's dialer, to where that finds the service, under the service's own name", async (test) => {
    const server = await serverFor(test);
    const dialer = new HostDialer({ 'service.test': { host: '127.0.0.1', port: server.port } });
    const there = { host: 'service.test', port: 99 };
    const source = sourceOf(server, {
      through: (way) => ({ connect: (_target, signal) => way.connect(there, signal) }),
    });
    assert.equal(await get(source, dialer), 'A=1');
    assert.equal(await get(source, dialer), 'A=1');
    assert.deepEqual(dialer.dialled, [{ host: 'service.test', port: 99 }]);
    assert.equal(server.requests[0]?.host, `127.0.0.1:${server.port}`);
  });

  it('signs for the region that the service names', async (test) => {
    const server = await serverFor(test, { region: 'us-east-1' });
    assert.equal(await get(sourceOf(server)), 'A=1');
    assert.equal(server.requests.length, 2);
  });

  it('asks anonymously without a credentials file', async (test) => {
    const server = await serverFor(test, { open: ['b'] });

    assert.equal(await get(new S3ObjectSource({ endpoint: server.url, sign })), 'A=1');
    assert.deepEqual(
      server.requests.map(({ isSigned }) => isSigned),
      [false],
    );
  });

  it("says denied, in the service's words", async (test) => {
    const server = await serverFor(test);
    const anonymous = new S3ObjectSource({ endpoint: server.url, sign });
    const first = await failure(get(anonymous), 'failed-precondition');
    assert.deepEqual([first.message, first.details['awsCode']], ['Access Denied.', 'AccessDenied']);
    const wrong = await withKeys(keysFile({ ...S3_ACCESS_KEY, secretAccessKey: 'another secret' }));
    test.after(() => wrong.remove());
    const second = await failure(
      get(sourceOf(server, { credentialsFile: wrong.path })),
      'failed-precondition',
    );
    assert.equal(second.details['awsCode'], 'SignatureDoesNotMatch');
    assert.equal(second.details['denied'], true);
    assert.equal(second.message, 'The signature & the key do not match.');
    assert.doesNotMatch(JSON.stringify(second.details) + second.stack, /another secret|Signature=/);
  });

  it('refuses a credentials file that is open to others, is not there, or has no keys', async (test) => {
    const server = await serverFor(test);
    const open = await withKeys(keysFile());
    const empty = await withKeys('[other]\naws_access_key_id = a\naws_secret_access_key = b\n');
    test.after(() => Promise.all([open.remove(), empty.remove()]));
    await chmod(open.path, 0o640);
    const found = await Promise.all(
      [open.path, empty.path, '/nowhere/credentials'].map(async (credentialsFile) => {
        return (await failure(get(sourceOf(server, { credentialsFile })), 'failed-precondition')).message;
      }),
    );
    assert.deepEqual(found, [
      `${open.path} is open to others (mode 0640): run chmod 600 ${open.path}`,
      `the profile default in ${empty.path} has no access key`,
      'the credentials file /nowhere/credentials is not there',
    ]);
    assert.deepEqual(server.requests.length, 0);
  });

  it('says unavailable when nobody listens, with the address', async () => {
    const server = await startS3Server({ buckets: BUCKETS });
    await server.close();
    const { details } = await failure(get(sourceOf(server)), 'unavailable');
    assert.equal(details['syscallCode'], 'ECONNREFUSED');
    assert.deepEqual([details['host'], details['port']], ['127.0.0.1', server.port]);
  });

  it('says unavailable when the service is not well', async (test) => {
    const server = await serverFor(test, {
      instead: (_request, response) => Boolean(response.writeHead(503).end('<html>later</html>')),
    });
    const error = await failure(get(sourceOf(server)), 'unavailable');
    assert.deepEqual([error.message, error.details['status']], ['HTTP status 503', 503]);
  });

  it('follows no redirect', async (test) => {
    const server = await serverFor(test, {
      instead: (_request, response) =>
        Boolean(response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end()),
    });
    await failure(get(sourceOf(server)), 'invalid');
  });

  for (const { name, head } of [
    { name: 'at all', head: false },
    { name: 'to the end', head: true },
  ]) {
    it(`says deadline when the service does not answer ${name}`, async (test) => {
      const server = await serverFor(test, {
        instead: (_request, response) => {
          if (head) response.writeHead(200, { 'content-length': '100' }).write('A');
          return true;
        },
      });
      const timeouts = { connectMs: 20, headMs: 20, firstByteMs: 20, inactivityMs: 20 };
      await failure(get(sourceOf(server, { timeouts })), 'deadline');
    });
  }

  it('gives up when the signal fires while it waits', async (test) => {
    const controller = new AbortController();
    const server = await serverFor(test, {
      instead: () => {
        controller.abort();
        return true;
      },
    });
    await failure(get(sourceOf(server), new HostDialer(), controller.signal), 'aborted');
  });
});

async function failure(work: Promise<unknown>, kind: ErrorKind): Promise<AppError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.kind, kind, error.message);
    return error;
  }
  return assert.fail('it gave an object');
}
