/**
 * NfsServers that speak no NFS: a connection first says in a line of JSON which export it is of and where its view lies,
 * then sends back what it gets.
 */
import { Duplex } from 'node:stream';
import { type FileSystemView, viewKey } from '../../domain/efs/view.ts';
import { AppError } from '../../domain/errors.ts';
import type { FileSystemViews } from '../../ports/file-system-views.ts';
import type { NfsExport, NfsServers } from '../../ports/nfs-servers.ts';

/** What a connection says first. */
export interface FakeNfsGreeting {
  readonly view: string;
  readonly path: string;
  readonly readOnly: boolean;
  readonly squashRoot: boolean;
}

interface FakeServer {
  readonly view: FileSystemView;
  readonly connections: Set<Duplex>;
}

/** What outlives a FakeNfsServers: give it to the next one. By `viewKey`. */
export type FakeNfsMachine = Map<string, FakeServer>;

export class FakeNfsServers implements NfsServers {
  readonly #views: Pick<FileSystemViews, 'open'>;
  readonly #machine: FakeNfsMachine;

  constructor(views: Pick<FileSystemViews, 'open'>, machine: FakeNfsMachine = new Map()) {
    this.#views = views;
    this.#machine = machine;
  }

  async connect({ view, readOnly, squashRoot }: NfsExport): Promise<Duplex> {
    if (!view.fileSystemId.startsWith('fs-')) {
      throw new AppError('invalid', `not a file system: ${view.fileSystemId}`);
    }
    const { path } = await this.#views.open(view);
    const server = this.#machine.get(viewKey(view)) ?? { view, connections: new Set<Duplex>() };
    this.#machine.set(viewKey(view), server);
    const connection = echo();
    const greeting: FakeNfsGreeting = { view: viewKey(view), path, readOnly, squashRoot };
    connection.push(`${JSON.stringify(greeting)}\n`);
    server.connections.add(connection);
    connection.once('close', () => server.connections.delete(connection));
    return connection;
  }

  async keepOnly(fileSystemId: string, views: readonly FileSystemView[]): Promise<void> {
    const kept = new Set(views.map(viewKey));
    for (const [key, { view, connections }] of this.#machine) {
      if (view.fileSystemId !== fileSystemId || kept.has(key)) continue;
      this.#machine.delete(key);
      for (const connection of connections) connection.destroy();
    }
  }

  async list(): Promise<string[]> {
    return [...new Set([...this.#machine.values()].map(({ view }) => view.fileSystemId))];
  }

  async close(): Promise<void> {
    for (const { connections } of this.#machine.values()) {
      for (const connection of connections) connection.destroy();
    }
  }
}

function echo(): Duplex {
  return new Duplex({
    read: () => undefined,
    write(piece, _encoding, done) {
      this.push(piece);
      done();
    },
    final(done) {
      this.push(null);
      done();
    },
  });
}
