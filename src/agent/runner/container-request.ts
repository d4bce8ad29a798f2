/** What the runtime is asked to make for a container: spec, labels, writable layer, output files. */
import { platformVersion } from '../../domain/ecs/platform-version.ts';
import {
  findFirelensRouter,
  firelensEnvironment,
  firelensSecretVariables,
} from '../../domain/ecs/firelens/router.ts';
import { AppError, toAppError } from '../../domain/errors.ts';
import { buildRuntimeSpec } from '../../domain/oci/runtime-spec.ts';
import { METADATA_ADDRESS } from '../../domain/metadata/routes.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import { containerLabels } from '../../domain/task/container-labels.ts';
import type { CreateContainerRequest } from '../../ports/container-runtime.ts';
import { SPECIFICATION_FAILED } from './failure.ts';
import type { ContainerContext, PreparedImage } from './step-context.ts';

import { firelensMounts } from './firelens-files.ts';
import { trustMounts, trustVariables } from './service-trust.ts';
import { pidNamespacePath } from './pid-namespace.ts';
import { networkFileMounts, stdinPath, writableLayer } from './task-files.ts';
import { volumeBinds } from './volume-binds.ts';

/** Throws `invalid`, marked as a failed specification, when the definition does not fit the image. */
export async function containerRequest(
  context: ContainerContext,
  prepared: PreparedImage,
): Promise<CreateContainerRequest> {
  const { assignment, container, deps, logger, memory } = context;
  const { diskPath, volumesPath, namespacePath, cgroupPath, pausePid, credentialsId } = context.facts();
  const { runtimeId } = context.containerFacts();
  if (!diskPath || !volumesPath || !namespacePath || !cgroupPath) {
    throw new AppError('internal', 'a container was to be made before its surroundings');
  }
  const { definition } = container;
  const { image } = prepared;
  const secrets = memory.secrets?.environment(definition.name) ?? {};
  const volumes = await volumeBinds(context, prepared, volumesPath);
  const { spec, notes } = await specified(async () =>
    buildRuntimeSpec({
      image: image.config,
      definition,
      user: await prepared.user,
      hostname: assignment.eni.privateDnsName,
      networkNamespacePath: namespacePath,
      taskCgroup: cgroupPath,
      runtimeId,
      mounts: [
        ...networkFileMounts(diskPath, definition.readonlyRootFilesystem === true),
        ...firelensMounts(diskPath, assignment, definition.name),
        ...trustMounts(diskPath, deps.settings.serviceTrust),
        ...volumes,
      ],
      fileEnvironment: memory.environmentFiles?.get(definition.name) ?? [],
      secrets,
      environment: {
        ...firelensVariables(context),
        ...platformEnvironment(assignment, runtimeId, credentialsId),
      },
      annotations: {},
      defaultEnvironment: trustVariables(deps.settings.serviceTrust),
      ...(pausePid !== undefined && { pidNamespacePath: pidNamespacePath(pausePid) }),
      ...(deps.settings.initPath !== undefined && { initPath: deps.settings.initPath }),
      defaultNofile: platformVersion(assignment.platformVersion).defaultNofile,
      host: deps.settings.host,
    }),
  );
  const limit = deps.logs.outputLimitBytes({ assignment, container });
  const handler = assignment.runtimeHandler ?? deps.settings.runtimeHandler;
  for (const note of notes) logger.info('container: the host allows less than was asked', { note });
  return {
    id: runtimeId,
    taskId: assignment.taskId,
    labels: containerLabels(assignment, definition),
    image: image.name,
    spec,
    secretVariables: [...Object.keys(secrets), ...routersSecrets(assignment, definition.name)],
    rootfs: { lowerDirs: image.lowerDirs, ...writableLayer(diskPath, runtimeId) },
    ...deps.logs.outputPaths(assignment.taskId, definition.name),
    ...(limit !== undefined && { outputLimitBytes: limit }),
    ...(definition.interactive === true && { stdinPath: stdinPath(diskPath, runtimeId) }),
    ...(handler !== undefined && { handler }),
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

function firelensVariables({ assignment, container, memory }: ContainerContext): Record<string, string> {
  return firelensEnvironment(assignment.containers, container.definition.name, (name, option) => {
    return memory.secrets?.logOptions(name)[option];
  });
}

/** Names of the variables by which a log router has secret options. */
function routersSecrets({ containers }: TaskAssignment, name: string): string[] {
  if (findFirelensRouter(containers)?.container !== name) return [];
  return firelensSecretVariables(containers).map(({ variable }) => variable);
}

/** What Fargate sets in every container, over the definition's own. */
function platformEnvironment(
  { region, platformVersion: number }: TaskAssignment,
  runtimeId: string,
  credentialsId: string | undefined,
): Record<string, string> {
  const { versions } = platformVersion(number).metadata;
  const endpoint = `http://${METADATA_ADDRESS}`;
  return {
    AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE',
    AWS_DEFAULT_REGION: region,
    AWS_REGION: region,
    ECS_CONTAINER_METADATA_URI: `${endpoint}/v3/${runtimeId}`,
    ...(credentialsId !== undefined && {
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: `/v2/credentials/${credentialsId}`,
    }),
    ...(versions.includes('v4') && {
      ECS_CONTAINER_METADATA_URI_V4: `${endpoint}/v4/${runtimeId}`,
      ECS_AGENT_URI: `${endpoint}/api/${runtimeId}`,
    }),
  };
}
