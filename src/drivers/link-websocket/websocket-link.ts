/** The link as WebSocket over a unix socket (0600, root). */
import { chmod, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { WebSocket, WebSocketServer } from 'ws';
import { AppError } from '../../domain/errors.ts';
import type { LinkConnection, LinkListener, LinkTransport } from '../../ports/link.ts';

/** A machine's whole state fits; anything larger is no message of ours. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** A peer that is alive answers a ping; one that hangs is let go. */
const PING_EVERY_MS = 10_000;
/** How long the closing handshake may take. */
const CLOSE_GRACE_MS = 500;

export class WebSocketLink implements LinkTransport {
  readonly #path: string;

  /** `path` of the unix socket, at most 107 bytes. */
  constructor(path: string) {
    if (Buffer.byteLength(path) > 107) {
      throw new AppError('invalid', `socket path is longer than 107 bytes: ${path}`);
    }
    this.#path = path;
  }

  async listen(onConnection: (connection: LinkConnection) => void): Promise<LinkListener> {
    // Whoever holds the store's lock owns the socket: a file left by a killed process is in the way.
    await rm(this.#path, { force: true });
    const http = createServer((_request, response) => response.writeHead(426).end());
    const sockets = new WebSocketServer({ server: http, maxPayload: MAX_MESSAGE_BYTES });
    sockets.on('connection', (socket) => onConnection(wrap(socket)));
    http.listen(this.#path);
    await once(http, 'listening');
    await chmod(this.#path, 0o600);
    return {
      async close() {
        for (const socket of sockets.clients) socket.terminate();
        sockets.close();
        http.closeAllConnections();
        await new Promise<void>((resolve) => http.close(() => resolve()));
      },
    };
  }

  async connect(signal: AbortSignal): Promise<LinkConnection> {
    const socket = new WebSocket(`ws+unix:${this.#path}:/`, { maxPayload: MAX_MESSAGE_BYTES });
    const abort = (): void => socket.terminate();
    signal.addEventListener('abort', abort, { once: true });
    try {
      await once(socket, 'open');
    } catch (cause) {
      socket.terminate();
      throw new AppError('unavailable', `no control plane at ${this.#path}`, { cause });
    } finally {
      signal.removeEventListener('abort', abort);
    }
    return wrap(socket);
  }
}

function wrap(socket: WebSocket): LinkConnection {
  let handler: ((message: string) => void) | undefined;
  const early: string[] = [];
  let alive = true;
  socket.on('error', () => socket.terminate());
  socket.on('pong', () => {
    alive = true;
  });
  socket.on('message', (data) => {
    const text = Buffer.isBuffer(data)
      ? data.toString('utf8')
      : Buffer.from(data as ArrayBuffer).toString('utf8');
    if (handler === undefined) early.push(text);
    else handler(text);
  });
  const ping = setInterval(() => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  }, PING_EVERY_MS);
  ping.unref();
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      clearInterval(ping);
      resolve();
    });
  });
  return {
    send(message) {
      if (socket.readyState === WebSocket.OPEN) socket.send(message);
    },
    onMessage(newHandler) {
      handler = newHandler;
      for (const text of early.splice(0)) newHandler(text);
    },
    closed,
    close() {
      socket.close();
      setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
    },
  };
}
