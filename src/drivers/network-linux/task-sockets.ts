/**
 * A netlink socket in each task's namespace, kept from its first use: what its interface counts is asked for again and
 * again, and the way into the namespace costs seven times as much as the question. A socket keeps its namespace alive.
 */
import type { Namespaces } from '../../linux/namespace.ts';
import { RouteSocket } from '../../linux/netlink/route-socket.ts';
import type { Names } from './names.ts';

export class TaskSockets {
  readonly #names: Names;
  readonly #namespaces: Namespaces;
  readonly #sockets = new Map<string, RouteSocket>();

  constructor(names: Names, namespaces: Namespaces) {
    this.#names = names;
    this.#namespaces = namespaces;
  }

  /** The caller does not close it. `not-found` when the task has no namespace. */
  of(taskId: string): RouteSocket {
    const known = this.#sockets.get(taskId);
    if (known !== undefined) return known;
    const name = this.#names.taskNamespace(taskId);
    const socket = this.#namespaces.insideNamed(name, () => new RouteSocket());
    this.#sockets.set(taskId, socket);
    return socket;
  }

  /** Before the task's namespace goes. May be repeated. */
  close(taskId: string): void {
    this.#sockets.get(taskId)?.close();
    this.#sockets.delete(taskId);
  }

  closeAll(): void {
    for (const taskId of [...this.#sockets.keys()]) this.close(taskId);
  }
}
