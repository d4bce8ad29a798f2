/**
 * How an agent hands over the connections of tasks: by a unix socket that only Neargate's user can open. The first line
 * of each names the service that the task has connected to; what follows is the task's own, which so cannot say it.
 */
import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';

export interface ServiceSocket {
  /** Takes no more connections. */
  close(): Promise<void>;
}

const FIRST_LINE = /^(?:\*|[a-z][a-z0-9.-]{1,40})\n/;
const LONGEST_LINE = 48;
const LINE_TIMEOUT_MS = 5_000;
const BACKLOG = 1024;

/** The line that begins a connection. */
export const serviceLine = (service: string): string => `${service}\n`;

/** Resolves when agents can connect. */
export async function listenForTasks(
  path: string,
  accept: (socket: Socket, service: string) => void,
): Promise<ServiceSocket> {
  await rm(path, { force: true });
  const waiting = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    waiting.add(socket);
    void readService(socket).then((service) => {
      waiting.delete(socket);
      if (service === undefined) socket.destroy();
      else accept(socket, service);
    });
  });
  server.listen({ path, backlog: BACKLOG });
  await once(server, 'listening');
  await chmod(path, 0o600);
  return {
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of waiting) socket.destroy();
      await closed;
    },
  };
}

/** The service of the first line; undefined when there is none in time. What follows stays unread. */
function readService(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    let read = Buffer.alloc(0);
    const timer = setTimeout(() => settle(undefined), LINE_TIMEOUT_MS);
    const settle = (service: string | undefined): void => {
      clearTimeout(timer);
      socket.off('readable', look).off('end', stop).off('close', stop);
      resolve(service);
    };
    const stop = (): void => settle(undefined);
    const look = (): void => {
      for (let piece: Buffer | null; (piece = socket.read() as Buffer | null) !== null; ) {
        read = Buffer.concat([read, piece]);
      }
      const line = FIRST_LINE.exec(read.toString('latin1', 0, LONGEST_LINE))?.[0];
      if (line === undefined) {
        if (read.length >= LONGEST_LINE || read.includes(0x0a)) stop();
        return;
      }
      const rest = read.subarray(line.length);
      settle(line.slice(0, -1));
      if (rest.length > 0) socket.unshift(rest);
    };
    socket.on('error', () => undefined);
    socket.on('readable', look).once('end', stop).once('close', stop);
  });
}
