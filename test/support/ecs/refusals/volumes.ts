/** Refusals of volumes and mount points. */
import { aFargateDefinition, aws, constraint, FIRST, notOneOf, ours, withContainer } from './refusal.ts';

const C = 'containerDefinitions[]';
const E = 'volumes[].efsVolumeConfiguration';
const FILE_SYSTEM = 'fs-0123456789abcdef0';
const FIRST_EFS = 'volumes.1.member.efsVolumeConfiguration';

const volume = (over: object) => aFargateDefinition({ volumes: [{ name: 'v', ...over }] });
const efs = (over: object) => volume({ efsVolumeConfiguration: { fileSystemId: FILE_SYSTEM, ...over } });
const mounts = (...paths: string[]) =>
  withContainer(
    { mountPoints: paths.map((containerPath) => ({ sourceVolume: 'v', containerPath })) },
    { volumes: [{ name: 'v' }] },
  );

export const VOLUME_REFUSALS = [
  ours(
    'volumes[].name',
    'a volume name with a slash',
    aFargateDefinition({ volumes: [{ name: 'a/b' }] }),
    constraint(
      'volumes.1.member.name',
      'a/b',
      'Member must satisfy regular expression pattern: [a-zA-Z0-9\\-_]{1,255}',
    ),
  ),
  ours(
    'volumes[].name',
    'a volume without name',
    aFargateDefinition({ volumes: [{}] }),
    constraint(
      'volumes.1.member.name',
      'null',
      'Member must satisfy regular expression pattern: [a-zA-Z0-9\\-_]{1,255}',
    ),
  ),
  ours(
    'volumes[].name',
    'two volumes of one name',
    aFargateDefinition({ volumes: [{ name: 'v' }, { name: 'v' }] }),
    'Duplicate volume names found: v. Each volume name must be unique.',
  ),
  ours(
    'volumes',
    'a volume of two kinds',
    volume({ host: {}, efsVolumeConfiguration: { fileSystemId: FILE_SYSTEM } }),
    constraint('volumes.1.member', 'host, efsVolumeConfiguration', 'Member must have only one configuration'),
  ),
  aws(
    'volumes[].host.sourcePath',
    'a path of the host',
    volume({ host: { sourcePath: '/etc' } }),
    'Fargate compatible task definitions do not support sourcePath',
  ),
  aws(
    'volumes[].dockerVolumeConfiguration',
    'a volume of Docker',
    volume({ dockerVolumeConfiguration: { scope: 'task' } }),
    'Fargate compatible task definitions do not support dockerVolumeConfiguration',
  ),
  ours(
    'volumes[].fsxWindowsFileServerVolumeConfiguration',
    'a volume of FSx',
    volume({ fsxWindowsFileServerVolumeConfiguration: { fileSystemId: 'fs-1' } }),
    'Fargate compatible task definitions do not support fsxWindowsFileServerVolumeConfiguration',
  ),
  aws(
    `${E}.fileSystemId`,
    'a file system by its name',
    efs({ fileSystemId: 'my-file-system' }),
    'EFS configuration fileSystemId is not valid: my-file-system.',
  ),
  aws(
    `${E}.authorizationConfig.iam`,
    'IAM without encryption',
    efs({ authorizationConfig: { iam: 'ENABLED' } }),
    'EFS IAM authorization requires TransitEncryption to be enabled.',
  ),
  aws(
    `${E}.authorizationConfig.accessPointId`,
    'an access point without encryption',
    efs({ transitEncryption: 'DISABLED', authorizationConfig: { accessPointId: 'fsap-1' } }),
    'EFS IAM access point requires TransitEncryption to be enabled.',
  ),
  aws(
    `${E}.transitEncryptionPort`,
    'a port for encryption without it',
    efs({ transitEncryptionPort: 2999 }),
    'TransitEncryptionPort requires that TransitEncryption is enabled.',
  ),
  aws(
    `${E}.transitEncryptionPort`,
    'a port for encryption that is none',
    efs({ transitEncryption: 'ENABLED', transitEncryptionPort: 65_536 }),
    'TransitEncryptionPort must be a valid port number.',
  ),
  aws(
    `${E}.rootDirectory`,
    'an access point with a root directory',
    efs({
      transitEncryption: 'ENABLED',
      rootDirectory: '/data',
      authorizationConfig: { accessPointId: 'fsap-1' },
    }),
    'When using an EFS access point, the root directory must either be set to "/" or be omitted.',
  ),
  ours(
    `${E}.transitEncryption`,
    'encryption that is neither on nor off',
    efs({ transitEncryption: 'SOME' }),
    notOneOf(`${FIRST_EFS}.transitEncryption`, 'SOME', 'ENABLED', 'DISABLED'),
  ),
  ours(
    `${E}.authorizationConfig.iam`,
    'IAM that is neither on nor off',
    efs({ authorizationConfig: { iam: 'SOME' } }),
    notOneOf(`${FIRST_EFS}.authorizationConfig.iam`, 'SOME', 'ENABLED', 'DISABLED'),
  ),
  aws(
    'volumes[].configuredAtLaunch',
    'a volume for RunTask that nobody mounts',
    volume({ configuredAtLaunch: true }),
    'Volumes [v] are not referenced by any of the containers',
  ),
  ours(
    'volumes[].configuredAtLaunch',
    'two volumes for RunTask',
    aFargateDefinition({
      volumes: [
        { name: 'a', configuredAtLaunch: true },
        { name: 'b', configuredAtLaunch: true },
      ],
    }),
    constraint('volumes', 'a, b', 'Member must have at most one volume configured at launch'),
  ),
  aws(
    `${C}.mountPoints[].sourceVolume`,
    'an unknown volume',
    withContainer({ mountPoints: [{ sourceVolume: 'data', containerPath: '/data' }] }),
    "Unknown volume 'data'.",
  ),
  ours(
    `${C}.mountPoints[].containerPath`,
    'a mount at a relative path',
    mounts('data'),
    constraint(`${FIRST}.mountPoints.1.member.containerPath`, 'data', 'Member must be an absolute path'),
  ),
  aws(
    `${C}.mountPoints[].containerPath`,
    'two mounts at one place',
    mounts('/data', '/data/'),
    "containerPath values aren't unique across mountPoints.",
  ),
];
