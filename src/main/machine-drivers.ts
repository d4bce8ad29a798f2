/** The drivers of this machine, and the ways to what Neargate runs beside it. Decides nothing about tasks. */
import { readFile } from 'node:fs/promises';
import type { ImagePuller } from '../agent/images/image-puller.ts';
import { createImagePuller } from '../agent/images/puller.ts';
import { createDnsForwarder, parseNameservers } from '../agent/vpc-services/dns-forwarder.ts';
import { type VpcService, withVpcServices } from '../agent/vpc-services/vpc-services.ts';
import { LinuxTaskCgroups } from '../drivers/cgroups-linux/linux-task-cgroups.ts';
import { ContainerdClient } from '../drivers/containerd/containerd-client.ts';
import { containerdPaths } from '../drivers/containerd/containerd-config.ts';
import { ContainerdImageStore } from '../drivers/containerd/containerd-image-store.ts';
import { ContainerdRuntime } from '../drivers/containerd/containerd-runtime.ts';
import { ImageViews } from '../drivers/containerd/image-views.ts';
import { ManagedContainerd } from '../drivers/containerd/managed-containerd.ts';
import { RuntimeHandlers } from '../drivers/containerd/runtime-handlers.ts';
import { LoopTaskDisks } from '../drivers/disk-loop/loop-task-disks.ts';
import { LinuxTaskNetwork } from '../drivers/network-linux/linux-task-network.ts';
import { OciRegistry } from '../drivers/registry-oci/oci-registry.ts';
import { systemClock } from '../drivers/system/system-clock.ts';
import type { ContainerRuntime } from '../ports/container-runtime.ts';
import type { DialTarget } from '../ports/dialer.ts';
import type { ImageStore } from '../ports/image-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { TaskCgroups } from '../ports/task-cgroups.ts';
import type { TaskDisks } from '../ports/task-disks.ts';
import type { TaskNetwork } from '../ports/task-network.ts';
import type { AgentConfig } from './agent-config.ts';
import { registryPort } from './config/kinds.ts';
import type { DataDir } from './data-dir.ts';
import { ENDPOINT_PORT, SERVICE_ADDRESS } from './service-address.ts';
import { createTaskSources, s3Service, type TaskSources } from './task-sources.ts';

const CONTAINERD_NAMESPACE = 'neargate';
const SNAPSHOTTER = 'overlayfs';
/** The state directory of a containerd that was not told otherwise. */
const HOSTS_STATE = '/run/containerd';
const RESOLV_CONF = '/etc/resolv.conf';

export interface MachineDrivers extends TaskSources {
  readonly runtime: ContainerRuntime;
  readonly puller: ImagePuller;
  readonly imageStore: ImageStore;
  readonly network: TaskNetwork;
  readonly disks: TaskDisks;
  readonly cgroups: TaskCgroups;
  /** The AWS endpoint, as a task's dialer reaches it. */
  readonly endpoint: DialTarget;
  /** Lets go of handles; what tasks have stays. */
  close(): Promise<void>;
}

/** The machine's own. `signal` ends listeners inside VPCs. */
export async function linuxDrivers(
  config: AgentConfig,
  dir: DataDir,
  logger: Logger,
  signal: AbortSignal,
): Promise<MachineDrivers> {
  const [client, disks] = await Promise.all([
    connectContainerd(config, dir, logger, signal),
    prepareDisks(dir),
  ]);
  const linuxNetwork = new LinuxTaskNetwork({
    instance: dir.root,
    uplinkPool: config.uplinkCidr,
    publicCidr: config.publicCidr,
    serviceAddresses: Object.fromEntries(
      config.registries.map(({ name }) => [name.split(':')[0] ?? name, SERVICE_ADDRESS]),
    ),
  });
  const network = withVpcServices(
    {
      network: linuxNetwork,
      services: vpcServices(config),
      resolve: createDnsForwarder({
        upstreams: async () => parseNameservers(await readFile(RESOLV_CONF, 'utf8').catch(() => '')),
        clock: systemClock,
      }),
      logger,
    },
    signal,
  );
  const views = new ImageViews(client, SNAPSHOTTER);
  const handlers = new RuntimeHandlers({ directory: dir.containerd });
  const state = config.containerdSocket === undefined ? containerdPaths(dir.containerd).state : HOSTS_STATE;
  const runtime = new ContainerdRuntime({ client, views, handlers, state, log: logger });
  const imageStore = new ContainerdImageStore({ client, views });
  return {
    runtime,
    imageStore,
    puller: createPuller(config, imageStore, logger),
    network,
    endpoint: { host: SERVICE_ADDRESS, port: ENDPOINT_PORT },
    ...createTaskSources(config, s3Service(config.s3Endpoint)),
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

function createPuller(config: AgentConfig, store: ImageStore, logger: Logger): ImagePuller {
  const plain = config.registries.filter(({ tls }) => !tls).map(({ name }) => name);
  return createImagePuller({
    registry: new OciRegistry({
      insecureRegistries: [...config.insecureRegistries, ...plain],
      mirrors: config.registryMirrors,
    }),
    store,
    clock: systemClock,
    logger,
    layersPerPull: config.pullConcurrency,
  });
}

async function prepareDisks(dir: DataDir): Promise<LoopTaskDisks> {
  const disks = new LoopTaskDisks({ dir: dir.disks });
  await disks.start();
  return disks;
}

function vpcServices(config: AgentConfig): VpcService[] {
  const endpoint = { address: SERVICE_ADDRESS, port: ENDPOINT_PORT, target: config.endpoint };
  const registries = config.registries.map((registry) => ({
    address: SERVICE_ADDRESS,
    port: registryPort(registry),
    target: { host: registry.host, port: registry.port },
  }));
  const s3 = s3Service(config.s3Endpoint);
  return [endpoint, ...registries, ...(s3 === undefined ? [] : [s3])];
}
