/**
 * How an agent hands over the connections of tasks: by a unix socket that only Neargate's user can open. The first line
 * of each names the service that the task has connected to, the address where that is one for TLS, the address that the
 * task has in the internet, or the VPC endpoint where it came by one; what follows is the task's own, which so cannot say it.
 */
import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import type { Arrival } from '../authorization.ts';

export interface ServiceSocket {
  /** Takes no more connections. */
  close(): Promise<void>;
}

/** What a task has connected to. */
export interface ServiceConnection {
  /** AWS's short name, or `*` where every service answers. */
  readonly service: string;
  /** The address, where the task speaks TLS. */
  readonly secureAt?: string;
  /** Where it came by the internet. */
  readonly sourceIp?: string;
  readonly by?: NonNullable<Arrival['by']>;
}

const FIRST_LINE =
  /^(\*|[a-z][a-z0-9.-]{1,40})(?: tls (\d{1,3}(?:\.\d{1,3}){3}))?(?: from (\d{1,3}(?:\.\d{1,3}){3}))?(?: by (vpce-[0-9a-f]{1,17}) (vpc-[0-9a-f]{1,17}) (\d{1,3}(?:\.\d{1,3}){3}))?\n/;
const LONGEST_LINE = 192;
const LINE_TIMEOUT_MS = 5_000;
const BACKLOG = 1024;

/** The line that begins a connection. */
export function serviceLine({ service, secureAt, sourceIp, by }: ServiceConnection): string {
  const tls = secureAt === undefined ? '' : ` tls ${secureAt}`;
  const from = sourceIp === undefined ? '' : ` from ${sourceIp}`;
  const endpoint = by === undefined ? '' : ` by ${by.endpointId} ${by.vpcId} ${by.address}`;
  return `${service}${tls}${from}${endpoint}\n`;
}

/** Resolves when agents can connect. Beyond `most`, connections are cut off. */
export async function listenForTasks(
  path: string,
  accept: (socket: Socket, connection: ServiceConnection) => void,
  most?: number,
): Promise<ServiceSocket> {
  await rm(path, { force: true });
  const waiting = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    waiting.add(socket);
    void readConnection(socket).then((connection) => {
      waiting.delete(socket);
      if (connection === undefined) socket.destroy();
      else accept(socket, connection);
    });
  });
  if (most !== undefined) server.maxConnections = most;
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

/** What the first line says; undefined when there is none in time. What follows stays unread. */
function readConnection(socket: Socket): Promise<ServiceConnection | undefined> {
  return new Promise((resolve) => {
    let read = Buffer.alloc(0);
    const timer = setTimeout(() => settle(undefined), LINE_TIMEOUT_MS);
    const settle = (connection: ServiceConnection | undefined): void => {
      clearTimeout(timer);
      socket.off('readable', look).off('end', stop).off('close', stop);
      resolve(connection);
    };
    const stop = (): void => settle(undefined);
    const look = (): void => {
      for (let piece: Buffer | null; (piece = socket.read() as Buffer | null) !== null; ) {
        read = Buffer.concat([read, piece]);
      }
      const match = FIRST_LINE.exec(read.toString('latin1', 0, LONGEST_LINE));
      const [line, service = '', secureAt, sourceIp, endpointId, vpcId = '', address = ''] = match ?? [];
      if (line === undefined) {
        if (read.length >= LONGEST_LINE || read.includes(0x0a)) stop();
        return;
      }
      const rest = read.subarray(line.length);
      settle({
        service,
        ...(secureAt !== undefined && { secureAt }),
        ...(sourceIp !== undefined && { sourceIp }),
        ...(endpointId !== undefined && { by: { endpointId, vpcId, address } }),
      });
      if (rest.length > 0) socket.unshift(rest);
    };
    socket.on('error', () => undefined);
    socket.on('readable', look).once('end', stop).once('close', stop);
  });
}
