/** What containers of a definition say about each other and about its volumes: names exist, nothing goes in circles. */
import { ApiError } from '../../errors.ts';
import { checkEnum, constraintError } from '../constraints.ts';
import type { ContainerDefinition, TaskDefinitionInput, Volume } from '../task-definition.ts';
import { duplicates } from './container-rules.ts';

const CODE = 'ClientException';
const CONDITIONS = ['START', 'COMPLETE', 'SUCCESS', 'HEALTHY'];
const VOLUME_NAME = /^[a-zA-Z0-9\-_]{1,255}$/;

/** Throws ClientException for the first rule that is broken. */
export function checkRelations({
  containerDefinitions,
  volumes,
  proxyConfiguration,
}: TaskDefinitionInput): void {
  const containers = containerDefinitions ?? [];
  checkVolumes(volumes ?? []);
  containers.forEach((container, index) => {
    const path = `containerDefinitions.${index + 1}.member`;
    checkMounts(container, containers, volumes ?? [], path);
    checkDependencies(container, containers, path);
  });
  checkNoCircle(containers);
  checkEnum(CODE, 'proxyConfiguration.type', proxyConfiguration?.type, ['APPMESH']);
  const proxy = proxyConfiguration?.containerName;
  if (proxy !== undefined && !containers.some(({ name }) => name === proxy)) {
    throw constraintError(CODE, 'proxyConfiguration.containerName', proxy, 'Member must name a container');
  }
}

function checkVolumes(volumes: readonly Volume[]): void {
  volumes.forEach((volume, index) => {
    const path = `volumes.${index + 1}.member`;
    if (!VOLUME_NAME.test(volume.name ?? '')) {
      throw constraintError(
        CODE,
        `${path}.name`,
        volume.name,
        'Member must satisfy regular expression pattern: [a-zA-Z0-9\\-_]{1,255}',
      );
    }
    checkEfs(volume, path);
  });
  const twice = duplicates(volumes.map(({ name }) => name));
  if (twice.length > 0)
    throw new ApiError(
      CODE,
      `Duplicate volume names found: ${twice.join(', ')}. Each volume name must be unique.`,
    );
}

function checkEfs({ efsVolumeConfiguration: efs }: Volume, volumePath: string): void {
  if (efs === undefined) return;
  const path = `${volumePath}.efsVolumeConfiguration`;
  const { authorizationConfig, rootDirectory, transitEncryption } = efs;
  checkEnum(CODE, `${path}.transitEncryption`, transitEncryption, ['ENABLED', 'DISABLED']);
  checkEnum(CODE, `${path}.authorizationConfig.iam`, authorizationConfig?.iam, ['ENABLED', 'DISABLED']);
  const needsTls = authorizationConfig?.accessPointId !== undefined || authorizationConfig?.iam === 'ENABLED';
  if (needsTls && transitEncryption !== 'ENABLED') {
    throw constraintError(
      CODE,
      `${path}.transitEncryption`,
      transitEncryption,
      'Member must be ENABLED when an access point or IAM authorization is used',
    );
  }
  if (authorizationConfig?.accessPointId !== undefined && !['/', '', undefined].includes(rootDirectory)) {
    throw constraintError(
      CODE,
      `${path}.rootDirectory`,
      rootDirectory,
      'Member must be omitted or / when an access point is used',
    );
  }
}

function checkMounts(
  container: ContainerDefinition,
  containers: readonly ContainerDefinition[],
  volumes: readonly Volume[],
  path: string,
): void {
  container.mountPoints?.forEach(({ sourceVolume, containerPath }, index) => {
    const at = `${path}.mountPoints.${index + 1}.member`;
    if (!volumes.some(({ name }) => name === sourceVolume)) {
      throw new ApiError(CODE, `Unknown volume '${sourceVolume ?? ''}'.`);
    }
    if (!/^\/[^\0]*$/.test(containerPath ?? '')) {
      throw constraintError(CODE, `${at}.containerPath`, containerPath, 'Member must be an absolute path');
    }
  });
  container.volumesFrom?.forEach(({ sourceContainer }, index) => {
    if (sourceContainer === container.name || !containers.some(({ name }) => name === sourceContainer)) {
      const at = `${path}.volumesFrom.${index + 1}.member.sourceContainer`;
      throw constraintError(CODE, at, sourceContainer, 'Member must name another container');
    }
  });
}

function checkDependencies(
  container: ContainerDefinition,
  containers: readonly ContainerDefinition[],
  path: string,
): void {
  container.dependsOn?.forEach(({ containerName, condition }, index) => {
    const at = `${path}.dependsOn.${index + 1}.member`;
    checkEnum(CODE, `${at}.condition`, condition, CONDITIONS);
    const dependency = containers.find(({ name }) => name === containerName);
    if (dependency === undefined || dependency === container) {
      throw constraintError(CODE, `${at}.containerName`, containerName, 'Member must name another container');
    }
    if ((condition === 'COMPLETE' || condition === 'SUCCESS') && dependency.essential !== false) {
      throw new ApiError(
        CODE,
        'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container',
      );
    }
    if (condition === 'HEALTHY' && dependency.healthCheck === undefined) {
      throw new ApiError(CODE, 'A dependency container with HEALTHY condition must have a health check');
    }
  });
}

/** Follows dependsOn and volumesFrom, both of which say what has to be there first. */
function checkNoCircle(containers: readonly ContainerDefinition[]): void {
  const byName = new Map(containers.map((container) => [container.name, container]));
  const done = new Set<string | undefined>();
  const visit = (name: string | undefined, trail: readonly (string | undefined)[]): void => {
    if (done.has(name)) return;
    if (trail.includes(name)) {
      const circle = [...trail.slice(trail.indexOf(name)), name].join(' -> ');
      throw new ApiError(CODE, `Container dependencies must not be circular: ${circle}.`);
    }
    const container = byName.get(name);
    const next = [
      ...(container?.dependsOn ?? []).map(({ containerName }) => containerName),
      ...(container?.volumesFrom ?? []).map(({ sourceContainer }) => sourceContainer),
    ];
    for (const first of next) visit(first, [...trail, name]);
    done.add(name);
  };
  for (const { name } of containers) visit(name, []);
}
