/** File systems of a test, shown by bindfs and served by NFS-Ganesha; all of it is gone when the test is over. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccessPointPicture } from '../../../src/domain/network/vpc.ts';
import type { FileSystemView } from '../../../src/domain/efs/view.ts';
import { LocalFileSystemViews } from '../../../src/drivers/file-systems-local/local-file-system-views.ts';
import { findGanesha } from '../../../src/drivers/nfs-ganesha/ganesha-process.ts';
import { serverName } from '../../../src/drivers/nfs-ganesha/server-name.ts';
import type { ProcessIdentity } from '../../../src/linux/process-identity.ts';
import { GaneshaNfsServers } from '../../../src/drivers/nfs-ganesha/ganesha-nfs-servers.ts';
import type { NfsExport } from '../../../src/ports/nfs-servers.ts';
import { silentLogger } from '../agent/silent-logger.ts';
import { NfsClient } from './nfs-client.ts';
import type { Credentials } from './rpc-connection.ts';

export const FILE_SYSTEM = 'fs-0123456789abcdef0';
export const WHOLE: FileSystemView = { fileSystemId: FILE_SYSTEM, rootDirectory: '/' };

/** Of the file system: as a user, in a directory that is made for that user. */
export function accessPointView(
  digit: number,
  point: Omit<AccessPointPicture, 'accessPointId'>,
): FileSystemView {
  return { ...WHOLE, accessPoint: { accessPointId: `fsap-0123456789abcde${digit}`, ...point } };
}

/** Why NFS cannot be served here; false when it can. */
export function nfsMissing(): string | false {
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = ['/usr/bin/ganesha.nfsd', '/usr/bin/bindfs'].filter((path) => !existsSync(path));
  if (missing.length > 0) return `${missing.join(', ')} missing`;
  return existsSync('/dev/fuse') ? false : 'kernel: no FUSE';
}

export class NfsScene {
  readonly directory: string;
  readonly fileSystems: string;
  readonly views: LocalFileSystemViews;
  servers: GaneshaNfsServers;
  readonly #clients: NfsClient[] = [];
  readonly #leaseSeconds: number;
  readonly #all: GaneshaNfsServers[] = [];

  private constructor(directory: string, leaseSeconds: number) {
    this.directory = directory;
    this.#leaseSeconds = leaseSeconds;
    this.fileSystems = join(directory, 'file-systems');
    this.views = new LocalFileSystemViews({ fileSystems: this.fileSystems, dir: join(directory, 'views') });
    this.servers = this.restart();
  }

  static async start({ leaseSeconds = 10 } = {}): Promise<NfsScene> {
    const scene = new NfsScene(await mkdtemp(join(tmpdir(), 'neargate-nfs-')), leaseSeconds);
    await scene.makeFileSystem(FILE_SYSTEM);
    return scene;
  }

  /** The file system as it is on disk. */
  get files(): string {
    return join(this.fileSystems, FILE_SYSTEM);
  }

  /** Where servers are kept. */
  get serverDirectory(): string {
    return join(this.directory, 'nfs');
  }

  async makeFileSystem(fileSystemId: string): Promise<void> {
    await mkdir(join(this.fileSystems, fileSystemId), { recursive: true, mode: 0o755 });
  }

  /** Other NfsServers over what is there, as after a restart of the agent. */
  restart(options: { idleMs?: number; program?: string } = {}): GaneshaNfsServers {
    this.servers = new GaneshaNfsServers({
      directory: this.serverDirectory,
      views: this.views,
      leaseSeconds: this.#leaseSeconds,
      logger: silentLogger,
      ...options,
    });
    this.#all.push(this.servers);
    return this.servers;
  }

  /** The process that serves a view, with plain access. */
  async server(view: FileSystemView): Promise<ProcessIdentity> {
    const name = serverName({ view, readOnly: false, squashRoot: false });
    const found = await findGanesha(join(this.serverDirectory, name));
    if (found === undefined) throw new Error(`${name} does not run`);
    return found;
  }

  /** A client of a view; root, who may write and is not squashed, unless said otherwise. */
  async mount(
    view: FileSystemView,
    credentials: Credentials = { uid: 0, gid: 0 },
    access: Partial<Omit<NfsExport, 'view'>> = {},
  ): Promise<NfsClient> {
    const stream = await this.servers.connect({ view, readOnly: false, squashRoot: false, ...access });
    const client = await NfsClient.mount(stream, credentials);
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.close();
    const last = this.restart();
    for (const fileSystemId of await last.list()) await last.keepOnly(fileSystemId, []);
    for (const servers of this.#all) await servers.close();
    for (const key of await this.views.list()) await this.views.close(viewOf(key));
    await rm(this.directory, { recursive: true, force: true });
  }
}

function viewOf(key: string): FileSystemView {
  const [fileSystemId = '', accessPointId] = key.split('/');
  const view = { fileSystemId, rootDirectory: '/' };
  return accessPointId?.startsWith('fsap-') === true
    ? { ...view, accessPoint: { accessPointId, rootPath: '/' } }
    : view;
}
