/** The open connections of each task's dialers. An open one would hold the namespace that it belongs to. */
import type { Socket } from 'node:net';

export class Connections {
  readonly #byTask = new Map<string, Set<Socket>>();

  add(taskId: string, socket: Socket): void {
    const sockets = this.#byTask.get(taskId) ?? new Set();
    this.#byTask.set(taskId, sockets.add(socket));
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0 && this.#byTask.get(taskId) === sockets) this.#byTask.delete(taskId);
    });
  }

  /** Ends those of a task, or all there are. */
  end(taskId?: string): void {
    for (const [key, sockets] of this.#byTask) {
      if (taskId !== undefined && key !== taskId) continue;
      for (const socket of sockets) socket.destroy();
    }
  }
}
