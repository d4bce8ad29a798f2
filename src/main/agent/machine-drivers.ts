/** The drivers of this machine, and the ways to what Neargate runs beside it. Decides nothing about tasks. */
import type { ServiceAccess } from '../../agent/aws/service-client.ts';
import { ImageUse } from '../../agent/images/image-use.ts';
import type { ImagePuller } from '../../agent/images/image-puller.ts';
import { createImagePuller } from '../../agent/images/puller.ts';
import { MemoryMountGrants } from '../../agent/file-systems/mount-grants.ts';
import type { MountTargets } from '../../agent/file-systems/mount-targets.ts';
import type { ImagePull } from '../../domain/task/pull-progress.ts';
import { LinuxTaskCgroups } from '../../drivers/cgroups-linux/linux-task-cgroups.ts';
import { ContainerdClient } from '../../drivers/containerd/grpc/containerd-client.ts';
import { containerdPaths } from '../../drivers/containerd/containerd-config.ts';
import { ContainerdImageStore } from '../../drivers/containerd/images/containerd-image-store.ts';
import { ContainerdRuntime } from '../../drivers/containerd/containerd-runtime.ts';
import { ImageViews } from '../../drivers/containerd/images/image-views.ts';
import { ManagedContainerd } from '../../drivers/containerd/managed-containerd.ts';
import { RuntimeHandlers } from '../../drivers/containerd/runtime-handlers.ts';
import { killOrphanShims } from '../../drivers/containerd/shim-process.ts';
import { LoopTaskDisks } from '../../drivers/disk-loop/loop-task-disks.ts';
import { LocalFileSystemViews } from '../../drivers/file-systems-local/local-file-system-views.ts';
import { GaneshaNfsServers } from '../../drivers/nfs-ganesha/ganesha-nfs-servers.ts';
import { LinuxNetworkFaults } from '../../drivers/network-linux/linux-network-faults.ts';
import { OciRegistry } from '../../drivers/registry-oci/oci-registry.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { ContainerRuntime } from '../../ports/container-runtime.ts';
import type { FileSystemMounts } from '../../ports/file-system-mounts.ts';
import type { FileSystemViews } from '../../ports/file-system-views.ts';
import type { ImageStore } from '../../ports/image-store.ts';
import type { Logger } from '../../ports/logger.ts';
import type { TaskCgroups } from '../../ports/task-cgroups.ts';
import type { TaskDisks } from '../../ports/task-disks.ts';
import type { NetworkFaults } from '../../ports/network-faults.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';
import type { AgentConfig } from './agent-config.ts';
import type { DataDir } from '../data-dir.ts';
import {
  createFileSystemMounts,
  createMountTargets,
  type FileSystemCertificates,
} from './machine-file-systems.ts';
import { mountProgram } from './mount-program.ts';
import { createMachineNetwork, serviceAccess } from './machine-network.ts';
import { createTaskSources, type TaskSources } from './task-sources.ts';

const CONTAINERD_NAMESPACE = 'neargate';
const SNAPSHOTTER = 'overlayfs';
/** The directories of a containerd that was not told otherwise. */
const HOSTS_PATHS = { state: '/run/containerd', root: '/var/lib/containerd' };

export interface MachineDrivers extends TaskSources {
  readonly runtime: ContainerRuntime;
  readonly puller: ImagePuller;
  readonly imageStore: ImageStore;
  readonly imageUse: ImageUse;
  readonly network: TaskNetwork;
  readonly networkFaults: NetworkFaults;
  readonly disks: TaskDisks;
  readonly cgroups: TaskCgroups;
  readonly fileSystemViews: FileSystemViews;
  /** Of file systems that lie on this machine. */
  readonly fileSystemMounts: FileSystemMounts;
  readonly mountTargets: MountTargets;
  /** How AWS's services are asked for tasks. */
  readonly serviceAccess: ServiceAccess;
  /** Lets go of handles; what tasks have stays. */
  close(): Promise<void>;
}

export interface MachineSurroundings {
  readonly logger: Logger;
  /** Told now and then how far pulls are. */
  readonly onPull: (pull: ImagePull) => void;
  readonly certificates: FileSystemCertificates;
  /** Ends listeners inside VPCs. */
  readonly signal: AbortSignal;
}

/** The machine's own. */
export async function linuxDrivers(
  config: AgentConfig,
  dir: DataDir,
  { logger, onPull, certificates, signal }: MachineSurroundings,
): Promise<MachineDrivers> {
  const [client, disks] = await Promise.all([
    connectContainerd(config, dir, logger, signal),
    prepareDisks(config, dir),
  ]);
  const views = new LocalFileSystemViews({ fileSystems: dir.fileSystems, dir: dir.fileSystemViews });
  const servers = new GaneshaNfsServers({ directory: dir.nfsServers, views, logger });
  const grants = new MemoryMountGrants();
  const mountTargets = createMountTargets({ config, servers, views, grants, certificates, logger }, signal);
  const network = createMachineNetwork(config, dir, { fileSystems: mountTargets, logger, signal });
  const networkFaults = new LinuxNetworkFaults({ instance: dir.root });
  const fileSystemMounts = await createFileSystemMounts(config, dir, { views, network, grants, logger });
  const access = serviceAccess(config);
  const imageViews = new ImageViews(client, SNAPSHOTTER);
  const handlers = new RuntimeHandlers({ directory: dir.containerd });
  const paths = config.containerdSocket === undefined ? containerdPaths(dir.containerd) : HOSTS_PATHS;
  const { state, root } = paths;
  const runtime = new ContainerdRuntime({
    ...{ client, views: imageViews, handlers, state, log: logger },
    mountProgram: mountProgram(config, 'nested-mount'),
  });
  const imageStore = new ContainerdImageStore({ client, views: imageViews, root });
  const imageUse = new ImageUse(systemClock);
  return {
    runtime,
    imageStore,
    imageUse,
    puller: createPuller(config, imageStore, { logger, onPull, use: imageUse }),
    network,
    networkFaults,
    mountTargets,
    serviceAccess: access,
    ...createTaskSources(config, access.names),
    disks,
    cgroups: new LinuxTaskCgroups({ instance: dir.root }),
    fileSystemViews: views,
    fileSystemMounts,
    async close() {
      const all = [network, networkFaults, servers, disks, runtime, fileSystemMounts];
      await Promise.all(all.map((driver) => driver.close()));
    },
  };
}

/** The private containerd of a data directory, running or not. */
export function managedContainerd(dir: DataDir, log: Logger): ManagedContainerd {
  return new ManagedContainerd({ directory: dir.containerd, log });
}

async function connectContainerd(
  config: AgentConfig,
  dir: DataDir,
  logger: Logger,
  signal: AbortSignal,
): Promise<ContainerdClient> {
  const socketPath = config.containerdSocket ?? (await startContainerd(dir, logger, signal));
  const client = new ContainerdClient({ socketPath, namespace: CONTAINERD_NAMESPACE });
  await client.ensureNamespace(signal);
  await killOrphanShims(client, logger);
  return client;
}

async function startContainerd(dir: DataDir, logger: Logger, signal: AbortSignal): Promise<string> {
  const containerd = managedContainerd(dir, logger);
  const { socketPath } = await containerd.start(signal);
  void containerd.supervise(signal);
  return socketPath;
}

function createPuller(
  config: AgentConfig,
  store: ImageStore,
  { onPull, ...parts }: Pick<MachineSurroundings, 'logger' | 'onPull'> & { readonly use: ImageUse },
): ImagePuller {
  const plain = config.registries.filter(({ tls }) => !tls).map(({ name }) => name);
  return createImagePuller({
    registry: new OciRegistry({
      insecureRegistries: [...config.insecureRegistries, ...plain],
      mirrors: config.registryMirrors,
      authority: { domain: config.dnsSuffix, ca: config.serviceAuthority },
    }),
    store,
    clock: systemClock,
    ...parts,
    layersPerPull: config.pullConcurrency,
    onProgress: ({ assignment: { taskArn }, reference: image }, progress) =>
      onPull({ taskArn, image, progress }),
  });
}

async function prepareDisks(config: AgentConfig, dir: DataDir): Promise<LoopTaskDisks> {
  const disks = new LoopTaskDisks({ dir: dir.disks, encrypted: config.diskEncryption === 'fscrypt' });
  await disks.start();
  return disks;
}
