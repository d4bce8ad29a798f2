/**
 * Where TLS of the connections that tasks make to services ends. A client that names its server gets a certificate for
 * that name, if services have such names; one that does not gets a certificate for the address.
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, createServer } from 'node:tls';

export interface TlsEndingOptions {
  /** Names below it may be asked for: the setting, e.g. `amazonaws.com`. */
  readonly domain: string;
  readonly certificates: { forName(name: string): { readonly cert: string; readonly key: string } };
}

const HANDSHAKE_MS = 10_000;
const LONGEST_NAME = 253;

export class TlsEnding {
  readonly #options: TlsEndingOptions;
  /** The same for all, so that clients resume sessions with the next connection. */
  readonly #ticketKeys = randomBytes(48);

  constructor(options: TlsEndingOptions) {
    this.#options = options;
  }

  /**
   * Calls `onContent` with the connection's content when the handshake is done; ends the connection when it fails.
   * `address` is the one that the client has connected to.
   */
  accept(socket: Socket, address: string, onContent: (content: Duplex) => void): void {
    const { certificates } = this.#options;
    const server = createServer({
      ...certificates.forName(address),
      SNICallback: (name, answer) => {
        try {
          const known = this.#known(name.toLowerCase());
          answer(null, createSecureContext(certificates.forName(known)));
        } catch (error) {
          answer(error as Error);
        }
      },
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: HANDSHAKE_MS,
      ticketKeys: this.#ticketKeys,
    });
    server.once('secureConnection', onContent);
    server.on('tlsClientError', () => socket.destroy());
    socket.on('error', () => undefined);
    server.emit('connection', socket);
  }

  #known(name: string): string {
    const isOurs = name.length <= LONGEST_NAME && name.endsWith(`.${this.#options.domain}`);
    if (isOurs && /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(name)) return name;
    throw new Error(`no service has the name ${name}`);
  }
}
