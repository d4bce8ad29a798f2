/** The volumes of a definition, and what its containers mount of them. */
import { checkEnum, constraintError } from '../constraints.ts';
import type {
  ContainerDefinition,
  EfsVolumeConfiguration,
  TaskDefinitionInput,
  Volume,
} from '../task-definition.ts';
import { duplicates, refuse } from './refuse.ts';

const CODE = 'ClientException';
const NAME = /^[a-zA-Z0-9\-_]{1,255}$/;
const FILE_SYSTEM =
  /^(fs-[0-9a-f]{8,40}|arn:aws[a-z-]*:elasticfilesystem:[^:]*:\d{12}:file-system\/fs-[0-9a-f]{8,40})$/;
const MAX_PORT = 65_535;

/** Of these a volume has at most one; with none it is a bind mount on the task's disk. */
const KINDS = [
  'host',
  'dockerVolumeConfiguration',
  'efsVolumeConfiguration',
  's3filesVolumeConfiguration',
  'fsxWindowsFileServerVolumeConfiguration',
] as const;

/** Throws ClientException for the first rule that is broken. */
export function checkVolumes({ volumes = [], containerDefinitions = [] }: TaskDefinitionInput): void {
  volumes.forEach((volume, index) => checkVolume(volume, `volumes.${index + 1}.member`));
  const twice = duplicates(volumes.map(({ name }) => name));
  if (twice.length > 0) {
    throw refuse(`Duplicate volume names found: ${twice.join(', ')}. Each volume name must be unique.`);
  }
  containerDefinitions.forEach((container, index) => {
    checkMounts(container, volumes, `containerDefinitions.${index + 1}.member.mountPoints`);
  });
  checkAtLaunch(volumes, containerDefinitions);
}

function checkVolume(volume: Volume, path: string): void {
  if (!NAME.test(volume.name ?? '')) {
    const pattern = 'Member must satisfy regular expression pattern: [a-zA-Z0-9\\-_]{1,255}';
    throw constraintError(CODE, `${path}.name`, volume.name, pattern);
  }
  const kinds = KINDS.filter((kind) => volume[kind] !== undefined);
  if (kinds.length > 1) {
    throw constraintError(CODE, path, kinds.join(', '), 'Member must have only one configuration');
  }
  if (volume.efsVolumeConfiguration !== undefined) {
    checkEfs(volume.efsVolumeConfiguration, `${path}.efsVolumeConfiguration`);
  }
}

function checkEfs(efs: EfsVolumeConfiguration, path: string): void {
  const { fileSystemId = '', transitEncryption, transitEncryptionPort: port, authorizationConfig } = efs;
  checkEnum(CODE, `${path}.transitEncryption`, transitEncryption, ['ENABLED', 'DISABLED']);
  checkEnum(CODE, `${path}.authorizationConfig.iam`, authorizationConfig?.iam, ['ENABLED', 'DISABLED']);
  if (!FILE_SYSTEM.test(fileSystemId)) {
    throw refuse(`EFS configuration fileSystemId is not valid: ${fileSystemId}.`);
  }
  if (transitEncryption !== 'ENABLED') checkNeedsNoEncryption(efs);
  if (port !== undefined && (port < 1 || port > MAX_PORT)) {
    throw refuse('TransitEncryptionPort must be a valid port number.');
  }
  if (authorizationConfig?.accessPointId !== undefined && !['/', '', undefined].includes(efs.rootDirectory)) {
    throw refuse(
      'When using an EFS access point, the root directory must either be set to "/" or be omitted.',
    );
  }
}

function checkNeedsNoEncryption({
  authorizationConfig,
  transitEncryptionPort,
}: EfsVolumeConfiguration): void {
  if (authorizationConfig?.iam === 'ENABLED') {
    throw refuse('EFS IAM authorization requires TransitEncryption to be enabled.');
  }
  if (authorizationConfig?.accessPointId !== undefined) {
    throw refuse('EFS IAM access point requires TransitEncryption to be enabled.');
  }
  if (transitEncryptionPort !== undefined) {
    throw refuse('TransitEncryptionPort requires that TransitEncryption is enabled.');
  }
}

function checkMounts(
  { mountPoints = [] }: ContainerDefinition,
  volumes: readonly Volume[],
  path: string,
): void {
  mountPoints.forEach(({ sourceVolume, containerPath }, index) => {
    if (!volumes.some(({ name }) => name === sourceVolume)) {
      throw refuse(`Unknown volume '${sourceVolume ?? ''}'.`);
    }
    if (!/^\/[^\0]*$/.test(containerPath ?? '')) {
      const at = `${path}.${index + 1}.member.containerPath`;
      throw constraintError(CODE, at, containerPath, 'Member must be an absolute path');
    }
  });
  if (duplicates(mountPoints.map(({ containerPath }) => normalPath(containerPath))).length > 0) {
    throw refuse("containerPath values aren't unique across mountPoints.");
  }
}

/** Without doubled and trailing slashes, so that one place has one name. */
function normalPath(path: string | undefined): string | undefined {
  return path?.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');
}

/** A volume whose kind RunTask is to say: one a definition, and of use to somebody. */
function checkAtLaunch(volumes: readonly Volume[], containers: readonly ContainerDefinition[]): void {
  const names = volumes
    .filter(({ configuredAtLaunch }) => configuredAtLaunch === true)
    .map(({ name }) => name);
  if (names.length > 1) {
    const shown = names.join(', ');
    throw constraintError(CODE, 'volumes', shown, 'Member must have at most one volume configured at launch');
  }
  const mounted = containers.flatMap(({ mountPoints }) => mountPoints ?? []);
  const unused = names.filter((name) => mounted.every(({ sourceVolume }) => sourceVolume !== name));
  if (unused.length > 0) {
    throw refuse(`Volumes [${unused.join(', ')}] are not referenced by any of the containers`);
  }
}
