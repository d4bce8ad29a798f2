/**
 * What answers at the mount targets of file systems, by the newest picture of each VPC: clients that speak plain NFS get
 * the whole file system, those that come by TLS the access point that their certificate names. The file system's
 * policy says what they may do; who may do nothing is sent away. This machine's own mounts come by TLS, too: what they
 * may do was found out before. NFS itself is spoken by the servers.
 *
 * Connections stay open as long as both ends are there: a mount may be silent for days. As on AWS, they outlive their
 * access point, and end with their mount target.
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { accessPointArn, fileSystemArn } from '../../domain/arn.ts';
import { AppError } from '../../domain/errors.ts';
import { clientAccess } from '../../domain/efs/client-access.ts';
import { readClientCertificate } from '../../domain/efs/client-certificate.ts';
import { fileSystemName, mountTargetAddresses } from '../../domain/efs/mount-target-names.ts';
import type { FileSystemView } from '../../domain/efs/view.ts';
import type { FileSystemPicture, VpcPicture } from '../../domain/network/vpc.ts';
import type { ServerCertificate } from '../../domain/server-certificate.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MountGrants } from '../../ports/mount-grants.ts';
import type { NfsExport, NfsServers } from '../../ports/nfs-servers.ts';
import { joinStreams } from '../joined-streams.ts';
import { withDeadline } from '../waiting.ts';
import { speaksTls } from './first-bytes.ts';
import { OpenConnections } from './open-connections.ts';
import { ServedViews, type ServedViewsDeps } from './served-views.ts';
import { endTls, type PresentedCertificate } from './tls-ending.ts';

/** A client that has said nothing by then says nothing. */
const FIRST_BYTES_MS = 30_000;
/** After so much silence the kernel asks whether the client is still there. */
const KEEP_ALIVE_MS = 60_000;
/** When one side has said all, the other has so long to do so. */
const HALF_OPEN_MS = 30_000;

export interface MountTargetsDeps extends ServedViewsDeps {
  readonly servers: Pick<NfsServers, 'connect' | 'keepOnly' | 'list'>;
  readonly grants: Pick<MountGrants, 'find'>;
  /** For the name of a file system. */
  readonly certificate: (name: string, signal: AbortSignal) => Promise<ServerCertificate>;
  /** The setting, e.g. `amazonaws.com`. */
  readonly dnsSuffix: string;
  readonly clock: Clock;
}

/** What a client has connected to. */
export interface MountTarget {
  readonly vpcId: string;
  readonly fileSystemId: string;
}

interface Served {
  readonly picture: VpcPicture;
  readonly fileSystem: FileSystemPicture;
}

/** A client and what it gets. */
interface Joined {
  readonly content: Duplex;
  readonly upstream: Duplex;
  readonly view: FileSystemView;
}

/** What a client is found to be. */
interface Client {
  readonly content: Duplex;
  readonly secure: boolean;
  readonly certificate?: PresentedCertificate;
}

export class MountTargets {
  readonly #deps: MountTargetsDeps;
  readonly #signal: AbortSignal;
  readonly #pictures = new Map<string, VpcPicture>();
  readonly #served: ServedViews;
  readonly #open = new OpenConnections();

  /** Serves until the signal fires. */
  constructor(deps: MountTargetsDeps, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
    this.#served = new ServedViews(deps, (fileSystemId) => this.#neededViews(fileSystemId));
  }

  /** From now on the VPC is as the picture says; servers that nobody needs any more end. May be repeated. */
  know(picture: VpcPicture): void {
    const before = this.#pictures.get(picture.vpcId)?.fileSystems ?? [];
    this.#pictures.set(picture.vpcId, picture);
    this.#open.endUnless(picture.vpcId, ({ view, address }) =>
      mountTargetAddresses(picture, view.fileSystemId).includes(address),
    );
    for (const { fileSystemId } of picture.fileSystems) {
      // So that the first client need not wait for it. Who needs it hears of a failure.
      void this.#certificate(picture, fileSystemId).catch(() => undefined);
    }
    void this.#served.look([...before, ...picture.fileSystems].map(({ fileSystemId }) => fileSystemId));
  }

  forget(vpcId: string): void {
    const before = this.#pictures.get(vpcId)?.fileSystems ?? [];
    this.#pictures.delete(vpcId);
    this.#open.endUnless(vpcId, () => false);
    void this.#served.look(before.map(({ fileSystemId }) => fileSystemId));
  }

  /** Ends what serves file systems that no picture has. To be called when all pictures are known. */
  async sweep(): Promise<void> {
    await this.#served.lookAtAll();
  }

  /** Takes a connection over. */
  async serve(target: MountTarget, socket: Socket): Promise<void> {
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('error', () => undefined);
    try {
      const client = await this.#meet(target, socket);
      const wanted = client === undefined ? undefined : this.#exportFor(target, client);
      if (client === undefined || wanted === undefined) {
        socket.destroy();
        return;
      }
      const upstream = await this.#deps.servers.connect(wanted);
      if (socket.destroyed) upstream.destroy();
      else this.#join(target.vpcId, socket, { content: client.content, upstream, view: wanted.view });
    } catch (error) {
      this.#deps.logger.warn('mount target: a client cannot be served', { ...target, error });
      socket.destroy();
    }
  }

  /** Undefined for one that goes away, or is no client of this file system. */
  async #meet(target: MountTarget, socket: Socket): Promise<Client | undefined> {
    const secure = await withDeadline(this.#deps.clock, FIRST_BYTES_MS, this.#signal, (signal) =>
      speaksTls(socket, signal),
    ).catch(() => undefined);
    if (secure === undefined) return undefined;
    if (!secure) return { content: socket, secure };
    const { picture } = this.#find(target);
    const tls = await endTls(socket, await this.#certificate(picture, target.fileSystemId));
    if (tls === undefined) return undefined;
    const { content, certificate } = tls;
    return { content, secure, ...(certificate !== undefined && { certificate }) };
  }

  /** What the client gets; undefined when it may not mount, or means another file system. */
  #exportFor(target: MountTarget, { certificate, secure }: Client): NfsExport | undefined {
    const { picture, fileSystem } = this.#find(target);
    const grant = certificate === undefined ? undefined : this.#deps.grants.find(certificate.fingerprint);
    const said = grant ?? (certificate === undefined ? {} : readClientCertificate(certificate.der));
    if (said === undefined || (said.fileSystemId ?? target.fileSystemId) !== target.fileSystemId) {
      return undefined;
    }
    const { accessPointId } = said;
    const view = viewOf(fileSystem, accessPointId);
    if (view === undefined) return undefined;
    if (grant !== undefined) return { view, readOnly: grant.readOnly, squashRoot: grant.squashRoot };
    const access = clientAccess(fileSystem.policy, {
      fileSystemArn: fileSystemArn(picture, fileSystem.fileSystemId),
      ...(accessPointId !== undefined && { accessPointArn: accessPointArn(picture, accessPointId) }),
      ...{ secureTransport: secure, viaMountTarget: true },
    });
    return access.mount ? { view, readOnly: !access.write, squashRoot: !access.root } : undefined;
  }

  #join(vpcId: string, socket: Socket, { content, upstream, view }: Joined): void {
    const over = new AbortController();
    const end = (): void => {
      socket.destroy();
      upstream.destroy();
    };
    const connection = { vpcId, address: socket.localAddress ?? '', view, end };
    this.#open.add(connection);
    socket.once('close', () => {
      over.abort();
      if (this.#open.remove(connection)) void this.#served.look([view.fileSystemId]);
    });
    const halfOpen = (): void => {
      void this.#deps.clock.sleep(HALF_OPEN_MS, over.signal).then(end, () => undefined);
    };
    if (this.#signal.aborted) return end();
    this.#signal.addEventListener('abort', end, { once: true, signal: over.signal });
    content.once('end', halfOpen);
    upstream.once('end', halfOpen);
    joinStreams(content, upstream, end);
  }

  #find({ vpcId, fileSystemId }: MountTarget): Served {
    const picture = this.#pictures.get(vpcId);
    const fileSystem = picture?.fileSystems.find((each) => each.fileSystemId === fileSystemId);
    if (picture === undefined || fileSystem === undefined) {
      throw new AppError('not-found', `${vpcId} has no mount target of ${fileSystemId}`);
    }
    return { picture, fileSystem };
  }

  #certificate({ region }: VpcPicture, fileSystemId: string): Promise<ServerCertificate> {
    const { certificate, dnsSuffix } = this.#deps;
    return certificate(fileSystemName(fileSystemId, region, dnsSuffix), this.#signal);
  }

  /** Those that clients may come for, or have. */
  #neededViews(fileSystemId: string): FileSystemView[] | undefined {
    const known = [...this.#pictures.values()].flatMap(({ fileSystems }) => fileSystems);
    const fileSystem = known.find((each) => each.fileSystemId === fileSystemId);
    return fileSystem === undefined ? undefined : [...viewsOf(fileSystem), ...this.#open.views(fileSystemId)];
  }
}

function viewOf(fileSystem: FileSystemPicture, accessPointId?: string): FileSystemView | undefined {
  const whole = { fileSystemId: fileSystem.fileSystemId, rootDirectory: '/' };
  if (accessPointId === undefined) return whole;
  const accessPoint = fileSystem.accessPoints.find((each) => each.accessPointId === accessPointId);
  return accessPoint === undefined ? undefined : { ...whole, accessPoint };
}

function viewsOf({ fileSystemId, accessPoints }: FileSystemPicture): FileSystemView[] {
  const whole = { fileSystemId, rootDirectory: '/' };
  return [whole, ...accessPoints.map((accessPoint) => ({ ...whole, accessPoint }))];
}
