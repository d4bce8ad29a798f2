/** A socket before another one, whose connections it carries, breaks, holds up or refuses, as it is told. */
import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net';

export type Fault = 'none' | 'refuse' | 'hang' | { readonly delayMs: number };

export class FaultyWay {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  readonly #target: () => Socket;
  #fault: Fault = 'none';

  private constructor(target: () => Socket) {
    this.#target = target;
    // The other side may still speak when this one has said all.
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  /** On a port of loopback, before another one. */
  static async beforePort(port: number): Promise<FaultyWay> {
    const way = new FaultyWay(() => connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
    way.#server.listen(0, '127.0.0.1');
    await once(way.#server, 'listening');
    return way;
  }

  /** In the place of a unix socket, until `leave`. Connections that are open go on without it. */
  static async inPlaceOf(path: string): Promise<FaultyWay> {
    const real = `${path}.real`;
    await rename(path, real);
    const way = new FaultyWay(() => connect({ path: real, allowHalfOpen: true }));
    way.#server.listen(path);
    await once(way.#server, 'listening');
    return way;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What is done to connections from now on. Those that are open are cut. */
  set fault(fault: Fault) {
    this.#fault = fault;
    this.cut();
  }

  /** Breaks all connections. */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  /** Gives the unix socket back, unless somebody has made a new one meanwhile, and ends. */
  async leave(path: string): Promise<void> {
    await this.close();
    await rename(`${path}.real`, path).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.cut();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    this.#note(client);
    if (this.#fault === 'refuse') client.destroy();
    else if (this.#fault !== 'hang') {
      const other = this.#note(this.#target());
      this.#carry(client, other);
      this.#carry(other, client);
    }
  }

  #carry(from: Socket, to: Socket): void {
    from.on('data', (bytes: Buffer) => this.#later(() => to.write(bytes)));
    from.on('end', () => this.#later(() => to.end()));
    from.on('close', () => this.#later(() => to.destroy()));
  }

  /** In order, since all wait alike. */
  #later(act: () => void): void {
    if (typeof this.#fault === 'object') setTimeout(act, this.#fault.delayMs);
    else act();
  }

  #note(socket: Socket): Socket {
    this.#open.add(socket);
    socket.on('error', () => undefined).once('close', () => this.#open.delete(socket));
    return socket;
  }
}
