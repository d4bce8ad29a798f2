/**
 * A place from which a test serves and connects: inside a task, on the machine, or on the internet. What a task sees is
 * seen by sockets in its own namespace, as its containers' are.
 */
import { execFile } from 'node:child_process';
import type { Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { promisify } from 'node:util';
import { Names } from '../../../src/drivers/network-linux/names.ts';
import { hasErrno } from '../../../src/linux/errno.ts';
import { Namespaces } from '../../../src/linux/namespace.ts';
import { type Within, bindUdp, connectTcp, listenTcp } from '../../../src/linux/sockets.ts';
import { taskIdOf } from './arn.ts';
import { patient } from '../../../src/ports/testing/patience.ts';

const run = promisify(execFile);
/** For an answer that is to come. */
const PATIENCE_MS = patient(10_000);
/** For one that is not to come: longer than any takes on one machine. */
export const IN_VAIN_MS = 700;

export interface Place {
  readonly within: Within;
  /** As `ip netns exec` takes it; none on the machine itself. */
  readonly namespace?: string;
}

export class Vantage {
  readonly within: Within;
  readonly namespace: string | undefined;
  readonly #open: (() => void)[] = [];

  constructor({ within, namespace }: Place) {
    this.within = within;
    this.namespace = namespace;
  }

  /** On the machine itself. */
  static onHost(): Vantage {
    return new Vantage({ within: (action) => action() });
  }

  /** Where the containers of a running task are. */
  static inTask(dataDir: string, taskArn: string): Vantage {
    const namespaces = new Namespaces();
    const namespace = new Names(dataDir).taskNamespace(taskIdOf(taskArn));
    const place = new Vantage({
      within: (action) => namespaces.insideNamed(namespace, action),
      namespace,
    });
    place.#open.push(() => namespaces.close());
    return place;
  }

  /** Serves TCP: each client is told which address it comes from. */
  async serve(port: number, address = '0.0.0.0'): Promise<Server> {
    return await this.listen(port, (socket) => socket.end(`seen as ${socket.remoteAddress}`), address);
  }

  /** Serves TCP until `close`. */
  async listen(port: number, onConnection: (socket: Socket) => void, address = '0.0.0.0'): Promise<Server> {
    const sockets = new Set<Socket>();
    const server = await listenTcp(this.within, address, port, (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
      onConnection(socket);
    });
    this.#open.push(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return server;
  }

  /** Serves UDP in the same way. */
  async serveUdp(port: number, address = '0.0.0.0'): Promise<DatagramSocket> {
    const socket = await this.bind(port, address);
    socket.on('message', (_, from) => socket.send(`seen as ${from.address}`, from.port, from.address));
    return socket;
  }

  /** A UDP socket until `close`. */
  async bind(port = 0, address = '0.0.0.0'): Promise<DatagramSocket> {
    const socket = await bindUdp(this.within, address, port);
    socket.on('error', () => undefined);
    this.#open.push(() => socket.close());
    return socket;
  }

  /** What a TCP server there says first (`seen as <address>`), `refused` by a reset, or `no answer` within the time. */
  async ask(address: string, port: number, patienceMs = PATIENCE_MS): Promise<string> {
    const signal = AbortSignal.timeout(patienceMs);
    try {
      const socket = await connectTcp(this.within, address, port, signal);
      try {
        const [said] = (await once(socket, 'data', { signal })) as [Buffer];
        return said.toString();
      } finally {
        socket.destroy();
      }
    } catch (error) {
      return whyNot(error, signal);
    }
  }

  /** Whether a TCP connection comes about: `connected`, or as `ask` says it. */
  async reach(address: string, port: number, patienceMs = PATIENCE_MS): Promise<string> {
    const signal = AbortSignal.timeout(patienceMs);
    try {
      (await connectTcp(this.within, address, port, signal)).destroy();
      return 'connected';
    } catch (error) {
      return whyNot(error, signal);
    }
  }

  /** A TCP connection that is open until `close`; rejects when none comes about. */
  async connect(address: string, port: number): Promise<Socket> {
    const socket = await connectTcp(this.within, address, port, AbortSignal.timeout(PATIENCE_MS));
    socket.on('error', () => undefined);
    this.#open.push(() => socket.destroy());
    return socket;
  }

  /** The same of a UDP server; the datagram is sent again and again. */
  async askUdp(address: string, port: number, patienceMs = PATIENCE_MS): Promise<string> {
    const socket = await bindUdp(this.within, '0.0.0.0', 0);
    const send = (): void => socket.send('?', port, address, () => undefined);
    const again = setInterval(send, 100);
    try {
      return await new Promise((resolve) => {
        socket.on('message', (message) => resolve(message.toString()));
        socket.on('error', () => undefined);
        AbortSignal.timeout(patienceMs).addEventListener('abort', () => resolve('no answer'));
        send();
      });
    } finally {
      clearInterval(again);
      socket.close();
    }
  }

  /** Whether an ICMP echo is answered: `answered` or `no answer`. */
  async ping(address: string, patienceMs = PATIENCE_MS): Promise<string> {
    const seconds = String(Math.ceil(patienceMs / 1000));
    const found = await this.#busybox('ping', '-c', '1', '-W', seconds, address).catch(() => '');
    return found.includes(' 1 packets received') ? 'answered' : 'no answer';
  }

  /** The addresses that a resolver has for a name; none when it has no answer. */
  async resolve(name: string, resolver: string, patienceMs = PATIENCE_MS): Promise<string[]> {
    const seconds = Math.ceil(patienceMs / 1000);
    const waiting = [`-timeout=${seconds}`, '-retry=1', '-type=a'];
    const stdout = await this.#busybox('nslookup', ...waiting, name, resolver).catch(() => '');
    const [, answer = ''] = stdout.split(/\n\n/);
    return [...answer.matchAll(/^Address: ([\d.]+)$/gm)].map(([, address = '']) => address);
  }

  async #busybox(...words: string[]): Promise<string> {
    const command = ['/bin/busybox', ...words];
    const [program = '', ...parameters] =
      this.namespace === undefined ? command : ['ip', 'netns', 'exec', this.namespace, ...command];
    return (await run(program, parameters)).stdout;
  }

  /** Ends all that it serves and all its connections. */
  close(): void {
    for (const end of this.#open.splice(0).reverse()) end();
  }
}

function whyNot(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'no answer';
  return hasErrno(error, 'ECONNREFUSED') ? 'refused' : String(error);
}
