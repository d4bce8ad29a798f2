/**
 * FileSystemMounts by the kernel's NFSv4.1 client. A plain mount is one of the task's network namespace, so that its
 * traffic leaves by the task's interface. One with TLS is of a namespace of its own, in which only its tunnel listens;
 * the tunnel connects from the task's. That namespace is pinned beside the mount: a tunnel comes back at the same place
 * when this process does, and the kernel, which waits for it, goes on.
 */
import { AppError } from '../../domain/errors.ts';
import { KeyedSerial } from '../../domain/keyed-serial.ts';
import type { FileSystemMountRequest, FileSystemMounts } from '../../ports/file-system-mounts.ts';
import { type MountPlace, MountPlaces } from '../file-system-places/mount-places.ts';
import { KernelMounts, type KernelMountsOptions, type WantedMount } from './kernel-mounts.ts';
import { mountSource, type ServerAddress } from './mount-options.ts';
import { MountProcess } from './mount-process.ts';
import { type MountRecord, NFS_PORT, recordOf } from './mount-record.ts';
import { Tunnels, type TunnelsOptions } from './tunnels.ts';

const LOOPBACK = '127.0.0.1';
const LONGEST_TASK_ID = 50;

export interface NfsFileSystemMountsOptions
  extends TunnelsOptions,
    Pick<KernelMountsOptions, 'attemptMs' | 'retryPauseMs' | 'unmountMs'> {
  /** For the places of mounts; made 0700 when it is needed. */
  readonly directory: string;
  /** Starts the mount program (mount-program.ts): an executable and its first arguments. */
  readonly mountProgram: readonly string[];
}

export class NfsFileSystemMounts implements FileSystemMounts {
  readonly #options: NfsFileSystemMountsOptions;
  readonly #places: MountPlaces;
  readonly #tunnels: Tunnels;
  readonly #kernel: KernelMounts;
  readonly #turns = new KeyedSerial();

  constructor(options: NfsFileSystemMountsOptions) {
    this.#options = options;
    this.#places = new MountPlaces(options.directory);
    this.#tunnels = new Tunnels(options);
    const process = new MountProcess(options.mountProgram);
    this.#kernel = new KernelMounts({ ...options, process, places: this.#places });
  }

  /** Brings back the tunnels of the mounts that another process has made. */
  async start(): Promise<void> {
    for (const taskId of await this.#places.list()) {
      for (const place of await this.#places.ofTask(taskId)) {
        await this.#turns
          .run(taskId, () => this.#recover(place))
          .catch((error: unknown) => {
            this.#options.logger.error('efs: the tunnel of a mount does not come back', { taskId, error });
          });
      }
    }
  }

  async mount(request: FileSystemMountRequest, signal: AbortSignal): Promise<{ readonly path: string }> {
    const place = this.#places.of(request.taskId, request.volume);
    const record = recordOf(request);
    return await this.#turns.run(request.taskId, async () => {
      if (await this.#places.isMounted(place)) await this.#recover(place);
      else await this.#make(place, record, signal);
      return { path: place.path };
    });
  }

  async unmount(taskId: string): Promise<void> {
    await this.#turns.run(taskId, async () => {
      for (const place of await this.#places.ofTask(taskId)) await this.#remove(place);
      await this.#places.removeTask(taskId);
    });
  }

  list(): Promise<string[]> {
    return this.#places.list();
  }

  /** Ends the tunnels; the kernel waits for their return. */
  async close(): Promise<void> {
    await this.#turns.idle();
    this.#tunnels.close();
  }

  async #make(place: MountPlace, record: MountRecord, signal: AbortSignal): Promise<void> {
    try {
      await this.#places.make(place, record);
      await this.#kernel.mount(await this.#wanted(place, record), signal);
    } catch (error) {
      await this.#remove(place).catch((failure: unknown) => {
        this.#options.logger.warn('efs: a mount that failed is still there', { error: failure });
      });
      throw error;
    }
  }

  async #remove(place: MountPlace): Promise<void> {
    await this.#kernel.unmount(place);
    this.#tunnels.remove(place);
    await this.#places.remove(place);
  }

  async #recover(place: MountPlace): Promise<void> {
    const record = (await this.#places.record(place)) as MountRecord | undefined;
    if (record?.tunnelPort === undefined || !(await this.#places.isMounted(place))) return;
    await this.#tunnels.open(place, record, record.tunnelPort);
  }

  async #wanted(place: MountPlace, record: MountRecord): Promise<WantedMount> {
    const { taskId, host, serverName, directories, namespacePath, tunnelPort } = record;
    const common = { place, hostname: `${taskId.slice(0, LONGEST_TASK_ID)}-${place.key}`, serverName: host };
    if (tunnelPort === undefined) {
      return {
        ...common,
        source: mountSource(serverName, ...directories),
        within: this.#tunnels.withinOther(namespacePath),
        encrypted: false,
        reach: (signal) => this.#reachPlain(taskId, host, signal),
      };
    }
    const tunnel = await this.#tunnels.open(place, record, tunnelPort);
    return {
      ...common,
      source: mountSource(LOOPBACK, ...directories),
      within: this.#tunnels.within(place),
      encrypted: true,
      async reach(signal) {
        await tunnel.reach(signal);
        return { address: LOOPBACK, port: tunnelPort };
      },
    };
  }

  /** The address at which the server answers, which the kernel cannot look up. */
  async #reachPlain(taskId: string, host: string, signal: AbortSignal): Promise<ServerAddress> {
    const socket = await this.#options.dialer(taskId).connect({ host, port: NFS_PORT }, signal);
    const { remoteAddress: address } = socket;
    socket.destroy();
    if (address === undefined) throw new AppError('unavailable', `${host} hung up`);
    return { address, port: NFS_PORT };
  }
}
