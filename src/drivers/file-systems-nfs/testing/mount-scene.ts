/** A task's namespace with an NFS server's port in it, and the driver beside it, for tests of mounts. */
import { closeSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createSecureContext, TLSSocket } from 'node:tls';
import { silentLogger } from '../../../../test/support/agent/silent-logger.ts';
import { MemoryMountGrants } from '../../../agent/file-systems/mount-grants.ts';
import { Namespaces } from '../../../linux/namespace.ts';
import { setLinkUp } from '../../../linux/netlink/links.ts';
import { RouteSocket } from '../../../linux/netlink/route-socket.ts';
import { connectTcp, listenTcp, type Within } from '../../../linux/sockets.ts';
import type { FileSystemMountRequest } from '../../../ports/file-system-mounts.ts';
import { CertificateAuthority, makeAuthority } from '../../certificates-private/certificate-authority.ts';
import { NfsFileSystemMounts, type NfsFileSystemMountsOptions } from '../nfs-file-system-mounts.ts';

export const DNS_NAME = 'fs-0123456789abcdef0.efs.us-east-1.amazonaws.com';
const SERVER = '127.0.0.1';
const PORT = 2049;
const LOOPBACK_INDEX = 1;

export class MountScene {
  readonly directory: string;
  readonly grants = new MemoryMountGrants();
  readonly namespaces: Namespaces;
  readonly authority = new CertificateAuthority(makeAuthority({ now: Date.now() }), { now: Date.now });
  readonly #drivers = new Set<NfsFileSystemMounts>();
  readonly #servers: Server[] = [];

  private constructor(directory: string) {
    this.directory = directory;
    this.namespaces = new Namespaces(directory);
  }

  /** All of it is gone after the test. */
  static async open(t: Pick<TestContext, 'after'>): Promise<MountScene> {
    const scene = await MountScene.make();
    t.after(() => scene.close());
    return scene;
  }

  /** To be closed. */
  static async make(): Promise<MountScene> {
    const scene = new MountScene(await mkdtemp(join(tmpdir(), 'ng-nfs-')));
    const namespace = scene.namespaces.create();
    scene.namespaces.pin(namespace, 'task');
    closeSync(namespace);
    const socket = scene.inTask(() => new RouteSocket());
    socket.request(setLinkUp(LOOPBACK_INDEX));
    socket.close();
    return scene;
  }

  /** Within the task's namespace. */
  readonly inTask: Within = (action) => this.namespaces.insideNamed('task', action);

  /** The driver of one process: another call is another process, which the earlier one may still be beside. */
  driver(changes: Partial<NfsFileSystemMountsOptions> = {}): NfsFileSystemMounts {
    const driver = new NfsFileSystemMounts({
      directory: join(this.directory, 'mounts'),
      mountProgram: [process.execPath, join(import.meta.dirname, 'stand-in-mount-program.js')],
      dialer: () => ({
        connect: ({ port }, signal = new AbortController().signal) =>
          connectTcp(this.inTask, SERVER, port, signal),
      }),
      authorities: [this.authority.authority],
      grants: this.grants,
      logger: silentLogger,
      retryPauseMs: 1,
      ...changes,
    });
    this.#drivers.add(driver);
    return driver;
  }

  /** As the process of a driver ends. */
  async end(driver: NfsFileSystemMounts): Promise<void> {
    this.#drivers.delete(driver);
    await driver.close();
  }

  request(
    changes: Partial<FileSystemMountRequest> & { readonly tls?: boolean } = {},
  ): FileSystemMountRequest {
    const { tls = true, ...others } = changes;
    return {
      taskId: 'task1',
      volume: 'data',
      view: { fileSystemId: 'fs-0123456789abcdef0', rootDirectory: '/' },
      dnsName: DNS_NAME,
      ...{ readOnly: false, squashRoot: false },
      network: { address: SERVER, namespacePath: this.namespaces.path('task'), tls },
      ...others,
    };
  }

  /** Something that listens at the server's port. */
  async serve(onConnection: (socket: Socket) => void): Promise<Server> {
    const sockets = new Set<Socket>();
    const server = await listenTcp(this.inTask, SERVER, PORT, (socket) => {
      sockets.add(socket.on('error', () => undefined));
      onConnection(socket);
    });
    server.on('close', () => sockets.forEach((socket) => socket.destroy()));
    this.#servers.push(server);
    return server;
  }

  /** A server with TLS that sends back what it gets; it tells of every client. */
  async serveTls(onClient: (socket: TLSSocket) => void): Promise<Server> {
    const secureContext = createSecureContext(this.authority.forName(DNS_NAME));
    return await this.serve((raw) => {
      const socket = new TLSSocket(raw, {
        ...{ isServer: true, secureContext, requestCert: true, rejectUnauthorized: false },
      });
      socket.on('error', () => undefined).once('secure', () => onClient(socket));
      socket.pipe(socket);
    });
  }

  get taskNamespace(): string {
    return this.inTask(() => readlinkSync('/proc/thread-self/ns/net'));
  }

  /** `changes`: of the driver that takes away what is left. */
  async close(changes: Partial<NfsFileSystemMountsOptions> = {}): Promise<void> {
    for (const driver of this.#drivers) await this.end(driver);
    const last = this.driver(changes);
    for (const taskId of await last.list()) await last.unmount(taskId);
    await this.end(last);
    for (const server of this.#servers) server.close();
    this.namespaces.unpin('task');
    this.namespaces.close();
    await rm(this.directory, { recursive: true });
  }
}
