/** What listens inside tasks' namespaces for us, on addresses that lie on their `lo`. */
import type { Server, Socket } from 'node:net';
import { hasKind } from '../../domain/errors.ts';
import { parseIpv4 } from '../../linux/netlink/ipv4.ts';
import { RouteSocket } from '../../linux/netlink/route-socket.ts';
import { addAddress } from '../../linux/netlink/routes.ts';
import { listenTcp, type Within } from '../../linux/sockets.ts';

const LOOPBACK_INDEX = 1;
const HOST_PREFIX = 32;

export interface TaskPlace {
  readonly taskId: string;
  readonly address: string;
  readonly port: number;
  readonly within: Within;
}

export class TaskListeners {
  /** By task, then by place. */
  readonly #open = new Map<string, Map<string, Server>>();

  /** Listens for TCP connections until the signal fires; takes the place of an earlier listener. */
  async serve(place: TaskPlace, onConnection: (socket: Socket) => void, signal: AbortSignal): Promise<void> {
    const { taskId, address, port, within } = place;
    const key = `${address}:${port}`;
    this.#close(taskId, key);
    addToLoopback(within, address);
    const server = await listenTcp(within, address, port, onConnection);
    if (signal.aborted) {
      server.close();
      return;
    }
    const ofTask = this.#open.get(taskId) ?? new Map<string, Server>();
    this.#open.set(taskId, ofTask.set(key, server));
    const end = (): void => this.#close(taskId, key, server);
    signal.addEventListener('abort', end, { once: true });
    server.once('close', () => signal.removeEventListener('abort', end));
  }

  /** Ends the listeners of a task, or of all. */
  closeAll(taskId?: string): void {
    const tasks = taskId === undefined ? [...this.#open.keys()] : [taskId];
    for (const each of tasks) {
      for (const server of this.#open.get(each)?.values() ?? []) server.close();
      this.#open.delete(each);
    }
  }

  #close(taskId: string, key: string, only?: Server): void {
    const ofTask = this.#open.get(taskId);
    const server = ofTask?.get(key);
    if (server === undefined || (only !== undefined && server !== only)) return;
    server.close();
    ofTask?.delete(key);
    if (ofTask?.size === 0) this.#open.delete(taskId);
  }
}

function addToLoopback(within: Within, address: string): void {
  const socket = within(() => new RouteSocket());
  try {
    socket.request(addAddress(LOOPBACK_INDEX, parseIpv4(address), HOST_PREFIX));
  } catch (error) {
    if (!hasKind(error, 'already-exists')) throw error;
  } finally {
    socket.close();
  }
}
