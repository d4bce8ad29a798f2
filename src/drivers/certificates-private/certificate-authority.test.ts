import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { connect, createServer } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { CertificateAuthority, makeAuthority } from './certificate-authority.ts';

const clock = { now: () => Date.now() };
const DAY_MS = 86_400_000;

async function handshake(server: { cert: string; key: string }, name: string, ca: string): Promise<void> {
  const listener = createServer(server).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const isAddress = /^[\d.]+$/.test(name);
  const socket = connect({ host: '127.0.0.1', port, ca, ...(isAddress ? {} : { servername: name }) });
  try {
    await once(socket, 'secureConnect');
  } finally {
    socket.destroy();
    listener.close();
  }
}

describe('a private authority', () => {
  it('makes certificates that those who know it believe, for their name only', async () => {
    const files = makeAuthority({ now: Date.now() });
    const authority = new CertificateAuthority(files, clock);
    const name = '000000000000.dkr.ecr.us-east-1.amazonaws.com';
    const made = authority.forName(name);
    await handshake(made, name, files.cert);
    await assert.rejects(handshake(made, 'ecs.us-east-1.amazonaws.com', files.cert), /altnames/);
    await assert.rejects(handshake(made, name, makeAuthority({ now: Date.now() }).cert));
    await handshake(authority.forName('127.0.0.1'), '127.0.0.1', files.cert);
  });

  it('lasts ten years, and may sign nothing but servers', async () => {
    const { cert } = makeAuthority({ now: Date.now() });
    const read = new X509Certificate(cert);
    assert.equal(read.ca, true);
    const days = (Date.parse(read.validTo) - Date.now()) / DAY_MS;
    assert.ok(days > 3649 && days < 3651);
  });

  it('makes a certificate once, and again before it ends', async () => {
    const manual = new ManualClock(Date.now());
    const authority = new CertificateAuthority(makeAuthority({ now: manual.now() }), manual);
    const first = authority.forName('x.example');
    assert.equal(authority.forName('x.example'), first);
    manual.advance(24 * DAY_MS);
    const second = authority.forName('x.example');
    assert.notEqual(second.cert, first.cert);
  });
});
