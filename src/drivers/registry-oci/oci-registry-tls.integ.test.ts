import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { anImage } from '../../../test/support/images/oci-image.ts';
import { FakeRegistry } from '../../../test/support/registry/fake-registry.ts';
import { HostDialer } from '../../../test/support/registry/host-dialer.ts';
import { AppError } from '../../domain/errors.ts';
import { parseReference } from '../../domain/oci/reference.ts';
import { OciRegistry } from './oci-registry.ts';

const run = promisify(execFile);
const missing = await run('openssl', ['version']).then(
  () => false as const,
  () => 'openssl is missing',
);

describe('OciRegistry over TLS', { skip: missing }, () => {
  let server: FakeRegistry;
  let plain: FakeRegistry;
  let cert = '';

  before(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'neargate-tls-'));
    try {
      const [keyFile, certFile] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
      const subject = ['-subj', '/CN=registry.test', '-addext', 'subjectAltName=DNS:registry.test'];
      const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
      await run('openssl', [...kind, '-days', '1', '-keyout', keyFile, '-out', certFile, ...subject]);
      cert = await readFile(certFile, 'utf8');
      server = await FakeRegistry.start({ tls: { key: await readFile(keyFile, 'utf8'), cert } });
    } finally {
      await rm(directory, { recursive: true });
    }
    plain = await FakeRegistry.start();
    server.add(anImage());
  });
  after(async () => {
    await server.close();
    await plain.close();
  });

  const at = (port: number): { host: string; port: number } => ({ host: '127.0.0.1', port });
  const resolve = (registry: OciRegistry, name: string, dialer: HostDialer): Promise<unknown> =>
    registry.resolve(parseReference(`${name}/app`), { dialer });
  const hasTlsCode = (pattern: RegExp) => (error: unknown) =>
    error instanceof AppError && error.kind === 'invalid' && pattern.test(String(error.details['tlsCode']));

  it('trusts a certificate that a setting names, for the name it was made for', async () => {
    const dialer = new HostDialer({ 'registry.test': at(server.port) });
    const registry = new OciRegistry({ hosts: { 'registry.test': { ca: cert } } });
    await resolve(registry, 'registry.test', dialer);
    assert.equal(server.requests.at(-1)?.host, 'registry.test');
  });

  it('trusts an authority for the names of its domain, and for no others', async () => {
    const dialer = new HostDialer({ 'registry.test': at(server.port) });
    await resolve(new OciRegistry({ authority: { domain: 'test', ca: cert } }), 'registry.test', dialer);
    for (const domain of ['other.test', 'y.test', 'registry.test']) {
      const registry = new OciRegistry({ authority: { domain, ca: cert } });
      await assert.rejects(resolve(registry, 'registry.test', dialer), hasTlsCode(/SELF_SIGNED/));
    }
  });

  it('trusts no unknown certificate, and sends nothing', async () => {
    const dialer = new HostDialer({ 'registry.test': at(server.port) });
    const before = server.requests.length;
    await assert.rejects(resolve(new OciRegistry(), 'registry.test', dialer), hasTlsCode(/SELF_SIGNED/));
    assert.equal(server.requests.length, before);
  });

  it('accepts no certificate that is made for another name', async () => {
    const dialer = new HostDialer({ 'other.test': at(server.port) });
    const registry = new OciRegistry({ hosts: { 'other.test': { ca: cert } } });
    await assert.rejects(resolve(registry, 'other.test', dialer), hasTlsCode(/ALTNAME/));
  });

  it('says so of a server that speaks plain HTTP', async () => {
    const dialer = new HostDialer({ 'registry.test': at(plain.port) });
    await assert.rejects(resolve(new OciRegistry(), 'registry.test', dialer), hasTlsCode(/EPROTO|SSL/));
  });
});
