/** TLS over a connection that somebody else opened, the other side's certificate checked against a name. */
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';

export interface TlsName {
  /** The name, or the address, that the certificate must have. */
  readonly servername: string;
  /** PEM of the only authorities that are believed. Absent: those that Node comes with. */
  readonly ca?: string | undefined;
  /** Made of the same; then it is taken in its place. */
  readonly trust?: SecureContext | undefined;
  /** Takes any certificate. */
  readonly insecure?: boolean;
}

/** Resolves when the handshake is done. Rejects with Node's error, the socket destroyed; with the reason when the signal fires. */
export function secured(
  socket: Duplex,
  { servername, ca, trust, insecure = false }: TlsName,
  signal: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = connect({
      socket,
      host: servername,
      // An address is no name that a server could choose by.
      ...(isIP(servername) === 0 && { servername }),
      ...(ca !== undefined && { ca }),
      ...(trust !== undefined && { secureContext: trust }),
      rejectUnauthorized: !insecure,
      ALPNProtocols: ['http/1.1'],
    });
    const abort = (): void => void secure.destroy(signal.reason as Error);
    const settle = (): void => signal.removeEventListener('abort', abort);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    secure.once('secureConnect', () => {
      settle();
      secure.off('error', reject);
      // Whoever uses the connection learns of its end by what he does with it.
      secure.on('error', () => undefined);
      resolve(secure);
    });
    secure.once('error', reject).once('close', () => {
      settle();
      socket.destroy();
      reject(new Error('the connection ended during the TLS handshake'));
    });
  });
}
