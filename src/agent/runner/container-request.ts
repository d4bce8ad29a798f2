/** What the runtime is asked to make for a container: spec, labels, writable layer, output files. */
import { platformVersion } from '../../domain/ecs/platform-version.ts';
import { AppError, toAppError } from '../../domain/errors.ts';
import { buildRuntimeSpec } from '../../domain/oci/runtime-spec.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import type { CreateContainerRequest } from '../../ports/container-runtime.ts';
import { SPECIFICATION_FAILED } from './failure.ts';
import type { ContainerContext, PreparedImage } from './step-context.ts';
import { networkFileMounts, writableLayer } from './task-files.ts';

/** Throws `invalid`, marked as a failed specification, when the definition does not fit the image. */
export async function containerRequest(
  context: ContainerContext,
  prepared: PreparedImage,
): Promise<CreateContainerRequest> {
  const { assignment, container, deps, logger } = context;
  const { diskPath, namespacePath, cgroupPath } = context.facts();
  const { runtimeId } = context.containerFacts();
  if (diskPath === undefined || namespacePath === undefined || cgroupPath === undefined) {
    throw new AppError('internal', 'a container was to be made before its surroundings');
  }
  const { definition } = container;
  const { image } = prepared;
  const { spec, notes } = await specified(async () =>
    buildRuntimeSpec({
      image: image.config,
      definition,
      user: await prepared.user,
      hostname: assignment.eni.privateDnsName,
      networkNamespacePath: namespacePath,
      taskCgroup: cgroupPath,
      runtimeId,
      mounts: networkFileMounts(diskPath, definition.readonlyRootFilesystem === true),
      fileEnvironment: [],
      secrets: {},
      environment: platformEnvironment(assignment),
      annotations: {},
      defaultNofile: platformVersion(assignment.platformVersion).defaultNofile,
      host: deps.settings.host,
    }),
  );
  for (const note of notes) logger.info('container: the host allows less than was asked', { note });
  return {
    id: runtimeId,
    taskId: assignment.taskId,
    labels: containerLabels(assignment, definition.name),
    image: image.name,
    spec,
    rootfs: { lowerDirs: image.lowerDirs, ...writableLayer(diskPath, runtimeId) },
    ...deps.logs.outputPaths(assignment.taskId, definition.name),
    ...(deps.settings.runtimeHandler !== undefined && { handler: deps.settings.runtimeHandler }),
  };
}

async function specified<T>(build: () => Promise<T>): Promise<T> {
  try {
    return await build();
  } catch (error) {
    const { kind, message } = toAppError(error);
    throw new AppError(kind, message, { cause: error, details: { failed: SPECIFICATION_FAILED } });
  }
}

/** What Fargate sets in every container, over the definition's own. */
function platformEnvironment({ region }: TaskAssignment): Record<string, string> {
  return { AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE', AWS_DEFAULT_REGION: region, AWS_REGION: region };
}

function containerLabels(assignment: TaskAssignment, name: string): Record<string, string> {
  return {
    'com.amazonaws.ecs.cluster': assignment.clusterArn,
    'com.amazonaws.ecs.container-name': name,
    'com.amazonaws.ecs.task-arn': assignment.taskArn,
    'com.amazonaws.ecs.task-definition-family': assignment.family,
    'com.amazonaws.ecs.task-definition-version': String(assignment.revision),
  };
}
