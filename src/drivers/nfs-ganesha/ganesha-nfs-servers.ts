/**
 * NfsServers by NFS-Ganesha: a server for each view and access, in `<directory>/<name>` with its settings, its log and
 * what it knows of its clients, by which they get their locks back after it was killed.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { actingUser } from '../../domain/efs/acting-user.ts';
import type { FileSystemView } from '../../domain/efs/view.ts';
import { AppError } from '../../domain/errors.ts';
import { KeyedSerial } from '../../domain/keyed-serial.ts';
import { Namespaces } from '../../linux/namespace.ts';
import type { ProcessIdentity } from '../../linux/process-identity.ts';
import type { FileSystemViews } from '../../ports/file-system-views.ts';
import type { Logger } from '../../ports/logger.ts';
import type { NfsExport, NfsServers } from '../../ports/nfs-servers.ts';
import { ActingConnection } from './acting-connection.ts';
import { ganeshaConfig } from './ganesha-config.ts';
import {
  confineGanesha,
  connectGanesha,
  endGanesha,
  findGanesha,
  serves,
  startGanesha,
} from './ganesha-process.ts';
import { callNull } from './null-call.ts';
import { logTail, makeHome, removeHome, trimLog } from './server-home.ts';
import { fileSystemOf, isServerName, serverName, shows } from './server-name.ts';

export interface GaneshaNfsServersOptions {
  /** Absolute; made when missing, 0700. */
  readonly directory: string;
  readonly views: Pick<FileSystemViews, 'openUnmapped'>;
  /** Default: `ganesha.nfsd` where systems have programs. */
  readonly program?: string;
  /** How long clients that say nothing keep their locks, and how long they may claim them after a crash. */
  readonly leaseSeconds?: number;
  /** A server without connections is ended after so long, which should be many leases. */
  readonly idleMs?: number;
  readonly logger: Logger;
}

interface Server {
  readonly name: string;
  readonly identity: ProcessIdentity;
  readonly connections: Set<Socket>;
  idle: NodeJS.Timeout | undefined;
}

const PROGRAM = 'ganesha.nfsd';
const PROGRAM_PLACES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin'];
const LEASE_SECONDS = 20;
const IDLE_MS = 10 * 60_000;
const READY_MS = 20_000;
const LONGEST_PAUSE_MS = 50;
const LOG_INTERVAL_MS = 10_000;

export class GaneshaNfsServers implements NfsServers {
  readonly #options: GaneshaNfsServersOptions;
  readonly #namespaces = new Namespaces();
  readonly #serial = new KeyedSerial();
  readonly #servers = new Map<string, Server>();
  readonly #logTimer: NodeJS.Timeout;
  #isClosed = false;

  constructor(options: GaneshaNfsServersOptions) {
    this.#options = options;
    this.#logTimer = setInterval(() => void this.#trimLogs(), LOG_INTERVAL_MS).unref();
  }

  async connect(wanted: NfsExport): Promise<Duplex> {
    const name = serverName(wanted);
    return await this.#serial.run(name, async () => {
      const { path } = await this.#options.views.openUnmapped(wanted.view);
      const server = (await this.#running(name, path)) ?? (await this.#start(name, wanted, path));
      const socket = this.#noted(server, await connectGanesha(this.#namespaces, server.identity));
      const user = actingUser(wanted.view);
      return user === undefined ? socket : new ActingConnection(socket, user);
    });
  }

  async keepOnly(fileSystemId: string, views: readonly FileSystemView[]): Promise<void> {
    const names = (await this.#names()).filter(
      (name) => fileSystemOf(name) === fileSystemId && !views.some((view) => shows(name, view)),
    );
    for (const name of names) await this.#serial.run(name, () => this.#remove(name));
  }

  async list(): Promise<string[]> {
    return [...new Set((await this.#names()).map(fileSystemOf))];
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#logTimer);
    await this.#serial.idle();
    for (const server of this.#servers.values()) {
      clearTimeout(server.idle);
      for (const connection of server.connections) connection.destroy();
    }
    this.#namespaces.close();
  }

  #directory(name: string): string {
    return join(this.#options.directory, name);
  }

  async #names(): Promise<string[]> {
    const names = await readdir(this.#options.directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return names.filter(isServerName);
  }

  /** The server that runs, if it shows the view that is there now; one that shows an ended view is ended. */
  async #running(name: string, path: string): Promise<Server | undefined> {
    const known = this.#servers.get(name);
    if (known !== undefined && (await serves(known.identity, path))) return known;
    this.#forget(name);
    const identity = await findGanesha(this.#directory(name));
    if (identity === undefined) return undefined;
    if (await serves(identity, path)) return this.#know(name, await this.#whenReady(name));
    // What clients had open there they cannot reclaim: their handles ended with the view.
    await this.#remove(name);
    return undefined;
  }

  async #start(name: string, wanted: NfsExport, view: string): Promise<Server> {
    const { leaseSeconds = LEASE_SECONDS, logger } = this.#options;
    const program = this.#program();
    const directory = this.#directory(name);
    const startedAt = performance.now();
    await makeHome(directory, ganeshaConfig({ wanted, leaseSeconds }));
    await trimLog(directory);
    const child = startGanesha(this.#namespaces, { program, directory, view });
    const identity = await this.#whenReady(name, child);
    const durationMs = Math.round(performance.now() - startedAt);
    logger.info('an NFS server is ready', { server: name, pid: identity.pid, durationMs });
    return this.#know(name, identity);
  }

  /** `child`: what was started just now, which tells early that nothing comes of it. */
  async #whenReady(name: string, child?: ChildProcess): Promise<ProcessIdentity> {
    const deadline = AbortSignal.timeout(READY_MS);
    for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const identity = await findGanesha(this.#directory(name));
      if (identity !== undefined && (await this.#answers(identity, deadline))) {
        confineGanesha(identity);
        return identity;
      }
      if (identity === undefined && (child === undefined || hasEnded(child))) {
        throw await this.#notReady(name, 'has ended');
      }
      if (deadline.aborted) {
        child?.kill('SIGKILL');
        if (identity !== undefined) await endGanesha(identity);
        throw await this.#notReady(name, 'does not come up');
      }
      await sleep(pauseMs);
    }
  }

  async #answers(identity: ProcessIdentity, signal: AbortSignal): Promise<boolean> {
    return await connectGanesha(this.#namespaces, identity)
      .then((socket) => callNull(socket, signal))
      .then(
        () => true,
        () => false,
      );
  }

  async #notReady(name: string, what: string): Promise<AppError> {
    const tail = await logTail(this.#directory(name));
    return new AppError('unavailable', `the NFS server ${name} ${what}; the end of its log:\n${tail}`);
  }

  #program(): string {
    const { program } = this.#options;
    const found =
      program ?? PROGRAM_PLACES.map((place) => `${place}/${PROGRAM}`).find((path) => existsSync(path));
    if (found !== undefined && existsSync(found)) return found;
    throw new AppError(
      'unavailable',
      `${program ?? PROGRAM} is not installed (Debian packages nfs-ganesha, nfs-ganesha-vfs)`,
    );
  }

  #know(name: string, identity: ProcessIdentity): Server {
    const server: Server = { name, identity, connections: new Set(), idle: undefined };
    this.#servers.set(name, server);
    return server;
  }

  #forget(name: string): void {
    const server = this.#servers.get(name);
    if (server === undefined) return;
    this.#servers.delete(name);
    clearTimeout(server.idle);
    for (const connection of server.connections) connection.destroy();
  }

  /** Keeps count of connections: the last one that ends starts the server's time to be ended. */
  #noted(server: Server, socket: Socket): Socket {
    clearTimeout(server.idle);
    server.connections.add(socket);
    socket.once('close', () => {
      server.connections.delete(socket);
      if (server.connections.size > 0 || this.#servers.get(server.name) !== server) return;
      const { idleMs = IDLE_MS } = this.#options;
      server.idle = setTimeout(() => void this.#endIdle(server), idleMs).unref();
    });
    return socket;
  }

  async #endIdle(server: Server): Promise<void> {
    await this.#serial.run(server.name, async () => {
      if (server.connections.size > 0 || this.#servers.get(server.name) !== server) return;
      await this.#remove(server.name).catch((error: unknown) => {
        this.#options.logger.warn('an idle NFS server does not end', {
          server: server.name,
          error: String(error),
        });
      });
    });
  }

  async #remove(name: string): Promise<void> {
    this.#forget(name);
    const identity = await findGanesha(this.#directory(name));
    if (identity !== undefined) await endGanesha(identity);
    await removeHome(this.#directory(name));
  }

  async #trimLogs(): Promise<void> {
    for (const { name } of this.#servers.values()) {
      await trimLog(this.#directory(name)).catch(() => undefined);
    }
  }
}

function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}
