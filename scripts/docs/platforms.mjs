/** docs/platform-versions.md: what each of Fargate's platform versions has, from their records. */
import { join } from 'node:path';
import { ROOT } from '../project.mjs';

const HEAD = `# Platform versions

<!-- Generated from src/domain/ecs/platform-version.ts by \`npm run docs\`. -->

RunTask's \`platformVersion\` chooses; \`LATEST\`, as nothing, is what the setting [\`platformLatest\`](config.md#platformlatest)
says. A task that needs what its version does not have is refused with PlatformTaskDefinitionIncompatibilityException, an
unknown version with PlatformUnknownException.
`;

/** What a task may need, in words. */
const FEATURES = {
  arm64: 'Images for ARM64',
  'efs-volumes': 'Volumes of EFS',
  'environment-files': 'Environment files',
  'ephemeral-storage-size': 'A disk of a size of its own',
  'execute-command': 'Commands in containers',
  'fault-injection': 'Fault injection',
  'large-sizes': '8, 16 and 32 vCPU',
  'restart-policy': 'Restart policies',
  'secret-versions': 'Members and versions of secrets',
  'sys-ptrace': 'SYS_PTRACE',
  'system-controls': 'System controls',
  'task-pid-mode': 'A process namespace for the task',
};

const FACTS = {
  Disk: ({ disk }) =>
    disk.layout === 'one-pool'
      ? `${disk.defaultGiB} GiB for all, if no other size is asked for`
      : `${disk.layersGiB} GiB for images, ${disk.volumesGiB} GiB for volumes`,
  'MTU of the interface': ({ mtu }) => String(mtu),
  'Open files of a process': ({ defaultNofile: { softLimit, hardLimit } }) =>
    `${softLimit}, at most ${hardLimit}`,
  'Metadata endpoints': ({ metadata }) => metadata.versions.join(', '),
  'Metadata: availability zone': ({ metadata }) => yes(metadata.availabilityZone),
  'Metadata: network statistics': ({ metadata }) => yes(metadata.networkStatistics),
  'Metadata: launch type, log driver, container ARN': ({ metadata }) => yes(metadata.launchDetails),
  'Metadata: storage statistics': ({ metadata }) => yes(metadata.storageStatistics),
  "Through the task's interface": ({ throughTaskInterface: way }) =>
    [
      ...(way.registryLogin ? ['login to registries'] : []),
      ...(way.imagePull ? ['images'] : []),
      ...(way.secrets ? ['secrets'] : []),
      ...(way.logs ? ['logs'] : []),
    ].join(', '),
};

/** What goes wrong, in words. */
const FAILURES = {
  pull: 'An image cannot be pulled',
  create: 'A container cannot be made',
  start: 'A container cannot be started',
  stop: 'A container cannot be stopped',
  inspect: 'A container cannot be looked at',
  outOfMemory: 'Memory killed a container',
  runtimeTimeout: 'The runtime does not answer in time',
  resourceInitialization: 'Secrets, logs, files or the network are not to be had',
  volumeCreation: 'A volume cannot be made',
  runtime: 'The runtime fails',
  internal: 'The agent fails',
};

const yes = (is) => (is ? 'yes' : 'no');

export async function platformsDocument() {
  const load = await import(join(ROOT, 'dist/src/domain/ecs/platform-version.js'));
  const { PLATFORM_FEATURES, PLATFORM_VERSIONS } = load;
  sameNames(Object.keys(FEATURES), PLATFORM_FEATURES);
  sameNames(Object.keys(FAILURES), Object.keys(PLATFORM_VERSIONS[0].errorNames));
  const table = (title, rows) => `
## ${title}

| | ${PLATFORM_VERSIONS.map(({ platformVersion }) => platformVersion).join(' | ')} |
|---|${'---|'.repeat(PLATFORM_VERSIONS.length)}
${rows.map(([words, of]) => `| ${words} | ${PLATFORM_VERSIONS.map(of).join(' | ')} |\n`).join('')}`;
  return [
    HEAD,
    table(
      'What a task may need',
      Object.entries(FEATURES).map(([name, words]) => [words, ({ features }) => yes(features.has(name))]),
    ),
    table('What a task has', Object.entries(FACTS)),
    table(
      'What failures are called',
      Object.entries(FAILURES).map(([name, words]) => [words, ({ errorNames }) => `\`${errorNames[name]}\``]),
    ),
  ].join('');
}

function sameNames(described, known) {
  const odd = [
    ...described.filter((name) => !known.includes(name)),
    ...known.filter((name) => !described.includes(name)),
  ];
  if (odd.length > 0) {
    throw new Error(`scripts/docs/platforms.mjs and platform-version.ts differ in: ${odd.join(', ')}`);
  }
}
