/**
 * Where TLS of clients that mount file systems ends. They are asked for a certificate, which amazon-efs-utils makes
 * itself: whose it is nobody checks, what it says is read.
 */
import type { Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { ServerCertificate } from '../../domain/server-certificate.ts';

const HANDSHAKE_MS = 10_000;

/** The client has its key. */
export interface PresentedCertificate {
  readonly der: Uint8Array;
  /** SHA-256, as `X509Certificate.fingerprint256` has it. */
  readonly fingerprint: string;
}

export interface SecureClient {
  /** What the client says and is told. */
  readonly content: TLSSocket;
  /** Undefined for a client without one. */
  readonly certificate: PresentedCertificate | undefined;
}

/** Resolves after the handshake; undefined when there is none, the connection is ended then. */
export function endTls(
  socket: Socket,
  { cert, key }: Pick<ServerCertificate, 'cert' | 'key'>,
): Promise<SecureClient | undefined> {
  return new Promise((resolve) => {
    const server = createServer({
      ...{ cert, key, handshakeTimeout: HANDSHAKE_MS },
      ...{ requestCert: true, rejectUnauthorized: false },
    });
    const fail = (): void => {
      socket.destroy();
      resolve(undefined);
    };
    socket.once('close', fail);
    server.on('tlsClientError', fail);
    server.once('secureConnection', (content) => {
      socket.off('close', fail);
      content.on('error', () => undefined);
      resolve({ content, certificate: presentedBy(content) });
    });
    server.emit('connection', socket);
  });
}

function presentedBy(content: TLSSocket): PresentedCertificate | undefined {
  const { raw, fingerprint256 } = content.getPeerCertificate() as {
    readonly raw?: Buffer;
    readonly fingerprint256: string;
  };
  return raw === undefined ? undefined : { der: raw, fingerprint: fingerprint256 };
}
