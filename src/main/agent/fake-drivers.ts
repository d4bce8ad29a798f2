/**
 * The drivers of `--fake`: tasks pass through all their states and nothing runs. Any image reference names an image
 * without content; what containers do comes from their FAKE_… variables (drivers/runtime-fake/environment-script.ts).
 */
import { MemoryMountGrants } from '../../agent/file-systems/mount-grants.ts';
import { ImageUse } from '../../agent/images/image-use.ts';
import type { ImagePuller } from '../../agent/images/image-puller.ts';
import { FakeTaskCgroups } from '../../drivers/cgroups-fake/fake-task-cgroups.ts';
import { FakeTaskDisks } from '../../drivers/disk-fake/fake-task-disks.ts';
import { FakeFileSystemMounts } from '../../drivers/file-systems-fake/fake-file-system-mounts.ts';
import { FakeFileSystemViews } from '../../drivers/file-systems-fake/fake-file-system-views.ts';
import { FakeImageStore } from '../../drivers/image-store-fake/fake-image-store.ts';
import { FakeNetworkFaults } from '../../drivers/network-fake/fake-network-faults.ts';
import { FakeNfsServers } from '../../drivers/nfs-fake/fake-nfs-servers.ts';
import { environmentScript } from '../../drivers/runtime-fake/environment-script.ts';
import { FakeRuntime } from '../../drivers/runtime-fake/fake-runtime.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { StoredImage } from '../../ports/image-store.ts';
import type { AgentConfig } from './agent-config.ts';
import type { DataDir } from '../data-dir.ts';
import { FakeNetworkWithMountTargets } from './fake-network.ts';
import { createMountTargets } from './machine-file-systems.ts';
import type { MachineDrivers, MachineSurroundings } from './machine-drivers.ts';
import { createTaskSources } from './task-sources.ts';

const NO_DIGEST = `sha256:${'0'.repeat(64)}`;

export function fakeDrivers(
  config: AgentConfig,
  dir: DataDir,
  { logger, certificates, signal }: Pick<MachineSurroundings, 'logger' | 'certificates' | 'signal'>,
): MachineDrivers {
  const disks = new FakeTaskDisks({ dir: dir.disks });
  const { fileSystems } = dir;
  const fileSystemViews = new FakeFileSystemViews({ fileSystems, dir: dir.fileSystemViews });
  const servers = new FakeNfsServers(fileSystemViews);
  const mountTargets = createMountTargets(
    { config, servers, views: fileSystemViews, grants: new MemoryMountGrants(), certificates, logger },
    signal,
  );
  const network = new FakeNetworkWithMountTargets(mountTargets, signal);
  const runtime = new FakeRuntime({ clock: systemClock, script: environmentScript });
  return {
    runtime,
    network,
    networkFaults: new FakeNetworkFaults(network),
    disks,
    puller: anyImage,
    imageStore: new FakeImageStore(),
    imageUse: new ImageUse(systemClock),
    cgroups: new FakeTaskCgroups(),
    fileSystemViews,
    fileSystemMounts: new FakeFileSystemMounts({ fileSystems, dir: dir.localFileSystemMounts }),
    mountTargets,
    // A fake dialer is the host's own.
    serviceAccess: { endpoint: config.endpoint, clock: systemClock },
    ...createTaskSources(config),
    async close() {
      await Promise.all([network.close(), disks.close(), runtime.close()]);
    },
  };
}

const anyImage: ImagePuller = {
  async pull({ reference, platform }) {
    return emptyImage(reference, platform);
  },
};

function emptyImage(name: string, platform: { os: string; architecture: string }): StoredImage {
  return {
    name,
    digest: NO_DIGEST,
    manifestDigest: NO_DIGEST,
    configDigest: NO_DIGEST,
    config: { ...platform, config: { Cmd: ['fake'] }, rootfs: { type: 'layers', diff_ids: [] } },
    compressedBytes: 0,
    unpackedBytes: 0,
    lowerDirs: [],
  };
}
