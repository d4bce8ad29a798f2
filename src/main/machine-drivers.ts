/** The drivers of this machine, and the ways to what Neargate runs beside it. Decides nothing about tasks. */
import type { ServiceAccess } from '../agent/aws/service-client.ts';
import { ImageUse } from '../agent/images/image-use.ts';
import type { ImagePuller } from '../agent/images/image-puller.ts';
import { createImagePuller } from '../agent/images/puller.ts';
import type { ImagePull } from '../domain/task/pull-progress.ts';
import { LinuxTaskCgroups } from '../drivers/cgroups-linux/linux-task-cgroups.ts';
import { ContainerdClient } from '../drivers/containerd/containerd-client.ts';
import { containerdPaths } from '../drivers/containerd/containerd-config.ts';
import { ContainerdImageStore } from '../drivers/containerd/containerd-image-store.ts';
import { ContainerdRuntime } from '../drivers/containerd/containerd-runtime.ts';
import { ImageViews } from '../drivers/containerd/image-views.ts';
import { ManagedContainerd } from '../drivers/containerd/managed-containerd.ts';
import { RuntimeHandlers } from '../drivers/containerd/runtime-handlers.ts';
import { LoopTaskDisks } from '../drivers/disk-loop/loop-task-disks.ts';
import { OciRegistry } from '../drivers/registry-oci/oci-registry.ts';
import { systemClock } from '../drivers/system/system-clock.ts';
import type { ContainerRuntime } from '../ports/container-runtime.ts';
import type { ImageStore } from '../ports/image-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { TaskCgroups } from '../ports/task-cgroups.ts';
import type { TaskDisks } from '../ports/task-disks.ts';
import type { TaskNetwork } from '../ports/task-network.ts';
import type { AgentConfig } from './agent-config.ts';
import type { DataDir } from './data-dir.ts';
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
  readonly disks: TaskDisks;
  readonly cgroups: TaskCgroups;
  /** How AWS's services are asked for tasks. */
  readonly serviceAccess: ServiceAccess;
  /** Lets go of handles; what tasks have stays. */
  close(): Promise<void>;
}

export interface MachineSurroundings {
  readonly logger: Logger;
  /** Told now and then how far pulls are. */
  readonly onPull: (pull: ImagePull) => void;
  /** Ends listeners inside VPCs. */
  readonly signal: AbortSignal;
}

/** The machine's own. */
export async function linuxDrivers(
  config: AgentConfig,
  dir: DataDir,
  { logger, onPull, signal }: MachineSurroundings,
): Promise<MachineDrivers> {
  const [client, disks] = await Promise.all([
    connectContainerd(config, dir, logger, signal),
    prepareDisks(config, dir),
  ]);
  const network = createMachineNetwork(config, dir, logger, signal);
  const access = serviceAccess(config);
  const views = new ImageViews(client, SNAPSHOTTER);
  const handlers = new RuntimeHandlers({ directory: dir.containerd });
  const paths = config.containerdSocket === undefined ? containerdPaths(dir.containerd) : HOSTS_PATHS;
  const { state, root } = paths;
  const runtime = new ContainerdRuntime({ client, views, handlers, state, log: logger });
  const imageStore = new ContainerdImageStore({ client, views, root });
  const imageUse = new ImageUse(systemClock);
  return {
    runtime,
    imageStore,
    imageUse,
    puller: createPuller(config, imageStore, { logger, onPull, use: imageUse }),
    network,
    serviceAccess: access,
    ...createTaskSources(config, access.names),
    disks,
    cgroups: new LinuxTaskCgroups({ instance: dir.root }),
    async close() {
      await Promise.all([network.close(), disks.close(), runtime.close()]);
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
