/** How each launching step is done. Every one may be repeated: after a crash it runs again over what is there. */
import { imageArchitecture } from './architecture.ts';
import { platformVersion, type StoragePools, storagePools } from '../../domain/ecs/platform-version.ts';
import { AppError, hasKind } from '../../domain/errors.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import { imageVolumes } from '../../domain/task/volume-mounts.ts';
import { userOf } from '../../domain/oci/runtime-spec.ts';
import { resolveUser, type ResolvedUser } from '../../domain/oci/user.ts';
import type { StoredImage } from '../../ports/image-store.ts';
import { mountFileSystems } from '../file-systems/mount-file-systems.ts';
import { containerLogs } from './container-logs.ts';
import { containerRequest } from './container-request.ts';
import { containerRestarted, containerStarted } from './changes.ts';
import { changeContainer, type FactsChange } from './facts.ts';
import { writeFirelensFiles } from './firelens-files.ts';
import { createPidNamespace } from './pid-namespace.ts';
import { writeTrustFiles } from './service-trust.ts';
import type { ContainerContext, Executor } from './step-context.ts';
import type { LaunchStepName } from './steps.ts';
import { writeTaskFiles } from './task-files.ts';
import { withDeadline } from '../waiting.ts';

const GIB = 2 ** 30;
const USER_FILE_MAX_BYTES = 4 * 2 ** 20;

export const LAUNCH_EXECUTORS: Readonly<Record<LaunchStepName, Executor>> = {
  async 'attach-eni'({ deps, assignment, facts, signal }) {
    await deps.vpcs.ready(assignment.eni.vpc.vpcId, signal);
    const { namespacePath } = await deps.network.attach(assignment.taskId, assignment.eni);
    await deps.metadata.serve({ assignment, facts });
    return (current) => ({ ...current, eni: 'made', namespacePath });
  },
  async 'create-disk'({ deps, assignment }) {
    const { taskId } = assignment;
    const { path, volumesPath } = await deps.disks.create({ taskId, ...poolsOf(assignment) });
    return (facts) => ({ ...facts, disk: 'made', diskPath: path, volumesPath });
  },
  async 'create-cgroup'({ deps, assignment }) {
    const { taskId, cpuUnits, memoryMiB } = assignment;
    const { cgroupsPath } = await deps.cgroups.create(taskId, { cpuUnits, memoryMiB });
    return (facts) => ({ ...facts, cgroup: 'made', cgroupPath: cgroupsPath });
  },
  'create-pid-namespace': createPidNamespace,
  async 'fetch-secrets'({ deps, assignment, memory, signal }) {
    memory.secrets = await deps.inputs.secrets(assignment, signal);
    return (facts) => ({ ...facts, secretsFetched: true });
  },
  async 'fetch-environment-files'({ deps, assignment, memory, signal }) {
    memory.environmentFiles = await deps.inputs.environmentFiles(assignment, signal);
    return (facts) => ({ ...facts, environmentFetched: true });
  },
  'mount-file-systems': mountFileSystems,
  async 'write-files'({ assignment, facts, deps }) {
    const { diskPath = '', containers } = facts();
    const runtimeIds = containers.map(({ runtimeId }) => runtimeId);
    const names = containers.map(({ name }) => name);
    writeTaskFiles(diskPath, assignment.eni, runtimeIds);
    writeFirelensFiles(diskPath, assignment);
    writeTrustFiles(diskPath, deps.settings.serviceTrust);
    await deps.logs.prepare(assignment.taskId, names);
    return (current) => ({ ...current, filesWritten: true });
  },
  async 'open-logs'(context) {
    const { deps, container, name, signal } = context;
    await deps.logs.open(containerLogs(context, container), signal);
    return changeContainer(name, () => ({ logsReady: true }));
  },
  'pull-image': pullImage,
  'charge-image': chargeImage,
  'create-container': createContainer,
  async 'start-container'({ deps, containerFacts, name, signal }) {
    const { runtimeId } = containerFacts();
    await withDeadline(deps.clock, deps.settings.runtimeTimeoutMs, signal, (inner) =>
      deps.runtime.start(runtimeId, inner),
    );
    return containerStarted(name, deps.clock.now());
  },
  async 'restart-container'({ deps, assignment, containerFacts, name, signal }) {
    const { runtimeId } = containerFacts();
    await deps.metadata.runEnds(assignment.taskId, runtimeId);
    await withDeadline(deps.clock, deps.settings.runtimeTimeoutMs, signal, (inner) =>
      deps.runtime.restart(runtimeId, inner),
    );
    return containerRestarted(name, deps.clock.now());
  },
};

function poolsOf({ platformVersion: version, ephemeralStorageGiB }: TaskAssignment): StoragePools {
  return storagePools(platformVersion(version), ephemeralStorageGiB);
}

async function pullImage(context: ContainerContext): Promise<FactsChange> {
  const { deps, assignment, container, name } = context;
  const startedAt = deps.clock.now();
  context.change((facts) => ({ ...facts, pullStartedAt: facts.pullStartedAt ?? startedAt }));
  const auth = context.memory.secrets?.registryAuth(name);
  const image = await deps.puller.pull(
    {
      reference: container.definition.image,
      assignment,
      dialer: deps.network.dialer(assignment.taskId),
      ...(auth !== undefined && { auth }),
      platform: { os: 'linux', architecture: imageArchitecture(assignment.cpuArchitecture) },
      roomBytes: poolsOf(assignment).sizeGiB * GIB,
    },
    context.signal,
  );
  const user = findUser(context, image);
  // Its failure is told when the container is made.
  user.catch(() => undefined);
  context.memory.images.set(name, { image, user });
  const stopSignal = image.config.config?.StopSignal ?? undefined;
  return changeContainer(name, () => ({
    pulled: true,
    imageDigest: image.digest,
    // On Fargate what was fetched lies beside what was made of it.
    imageBytes: image.compressedBytes + image.unpackedBytes,
    imageVolumes: imageVolumes(image.config),
    ...(stopSignal !== undefined && { stopSignal }),
  }));
}

async function findUser({ deps, container }: ContainerContext, image: StoredImage): Promise<ResolvedUser> {
  const [passwd, group] = await Promise.all(
    ['/etc/passwd', '/etc/group'].map((path) => deps.imageStore.readFile(image, path, USER_FILE_MAX_BYTES)),
  );
  return resolveUser(userOf(image.config, container.definition), {
    passwd: passwd?.toString('utf8'),
    group: group?.toString('utf8'),
  });
}

/** Containers of one image share its layers, and its charge. */
async function chargeImage({
  deps,
  assignment,
  containerFacts,
  name,
}: ContainerContext): Promise<FactsChange> {
  const { imageDigest = '', imageBytes = 0 } = containerFacts();
  try {
    await deps.disks.charge(assignment.taskId, `image-${imageDigest.replace(':', '-')}`, imageBytes);
  } catch (error) {
    if (!hasKind(error, 'failed-precondition')) throw error;
    const text = `failed to extract image ${imageDigest}: no space left on device`;
    throw new AppError('failed-precondition', text, { cause: error });
  }
  return changeContainer(name, () => ({ charged: true }));
}

async function createContainer(context: ContainerContext): Promise<FactsChange> {
  const { deps, name, signal } = context;
  const prepared = context.memory.images.get(name);
  if (prepared === undefined) throw new AppError('internal', 'a container was to be made before its image');
  const request = await containerRequest(context, prepared);
  // Whoever finds it running must know its image; by the time it is made that is on disk.
  const recorded = context.recorded();
  recorded.catch(() => undefined);
  await deps.limit(() =>
    withDeadline(deps.clock, deps.settings.runtimeTimeoutMs, signal, async (inner) => {
      try {
        await deps.runtime.create(request, inner);
      } catch (error) {
        if (!hasKind(error, 'already-exists')) throw error;
        // Half of it is left from before a crash; it never ran.
        await deps.runtime.delete(request.id);
        await deps.runtime.create(request, inner);
      }
    }),
  );
  await recorded;
  return changeContainer(name, ({ phase }) => ({ phase: phase === 'none' ? 'created' : phase }));
}
