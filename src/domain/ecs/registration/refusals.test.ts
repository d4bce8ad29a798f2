import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isApiError } from '../../errors.ts';
import type { ContainerDefinition, TaskDefinitionInput } from '../task-definition.ts';
import { prepareDefinition } from './prepare-definition.ts';

const ROLE = 'arn:aws:iam::000000000000:role/execution';
const ECR = '000000000000.dkr.ecr.eu-west-1.amazonaws.com/app:1';

function aDefinition(over: Partial<TaskDefinitionInput> = {}): TaskDefinitionInput {
  return {
    family: 'web',
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: 'app', image: 'app' }],
    ...over,
  };
}

/** A definition with one container that has these members, too. */
const withContainer = (over: ContainerDefinition, more: Partial<TaskDefinitionInput> = {}) =>
  aDefinition({ containerDefinitions: [{ name: 'app', image: 'app', ...over }], ...more });

const withSecond = (second: ContainerDefinition, first: ContainerDefinition = {}) =>
  aDefinition({
    containerDefinitions: [
      { name: 'app', image: 'app', ...first },
      { name: 'side', image: 'side', ...second },
    ],
  });

const awslogs = (options?: Record<string, string>) => ({
  logConfiguration: { logDriver: 'awslogs', options },
});
const GROUP = { 'awslogs-group': '/app' };

const REFUSED: readonly (readonly [name: string, input: TaskDefinitionInput, message: string | RegExp])[] = [
  ['a blank family', aDefinition({ family: '' }), 'Family can not be blank.'],
  ['a family with a slash', aDefinition({ family: 'a/b' }), 'Family contains invalid characters.'],
  ['no containers', aDefinition({ containerDefinitions: [] }), 'Container list cannot be empty.'],
  [
    'eleven containers',
    aDefinition({
      containerDefinitions: Array.from({ length: 11 }, (_, n) => ({ name: `c${n}`, image: 'i' })),
    }),
    'Too many containers.',
  ],
  [
    'more than 64 KiB',
    withContainer({ command: ['x'.repeat(65_536)] }),
    /^Actual length: '\d+'\. Max allowed length is '65536' bytes\.$/,
  ],
  ['a container without name', withContainer({ name: '' }), 'Container.name should not be null or empty.'],
  [
    'a container name with a dot',
    withContainer({ name: 'a.b' }),
    'Container.name contains invalid characters.',
  ],
  ['a container without image', withContainer({ image: '' }), 'Container.image should not be null or empty.'],
  ['an image with a blank', withContainer({ image: 'a b' }), 'Container.image contains invalid characters.'],
  [
    'two containers of one name',
    withSecond({ name: 'app' }),
    'Duplicate container names found: app. Each container name must be unique.',
  ],
  [
    'no essential container',
    withContainer({ essential: false }),
    'A task definition must have at least one essential container.',
  ],
  [
    'a host port of its own',
    withContainer({ portMappings: [{ containerPort: 80, hostPort: 8080 }] }),
    'When networkMode=awsvpc, the host ports and container ports in port mappings must match.',
  ],
  [
    'a port with a range',
    withContainer({ portMappings: [{ containerPort: 80, containerPortRange: '80-90' }] }),
    'cannot specify both single port and port range',
  ],
  [
    'no networking',
    withContainer({ disableNetworking: true }),
    'Disable Networking is not supported on container when networkMode=awsvpc',
  ],
  [
    'a secret twice',
    withContainer(
      {
        secrets: [
          { name: 'A', valueFrom: 'a' },
          { name: 'A', valueFrom: 'b' },
        ],
      },
      { executionRoleArn: ROLE },
    ),
    'Duplicate secret names found: A. Each secret name must be unique.',
  ],
  [
    'a secret that is a variable, too',
    withContainer({ secrets: [{ name: 'A', valueFrom: 'a' }], environment: [{ name: 'A', value: '1' }] }),
    "The secret name must be unique and not shared with any new or existing environment variables set on the container, such as 'A'.",
  ],
  [
    'secrets without execution role',
    withContainer({ secrets: [{ name: 'A', valueFrom: 'a' }] }),
    "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
  ],
  [
    'an unknown volume',
    withContainer({ mountPoints: [{ sourceVolume: 'data', containerPath: '/data' }] }),
    "Unknown volume 'data'.",
  ],
  [
    'SUCCESS of an essential container',
    withSecond({ dependsOn: [{ containerName: 'app', condition: 'SUCCESS' }] }),
    'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container',
  ],
  [
    'HEALTHY of a container without check',
    withSecond({ dependsOn: [{ containerName: 'app', condition: 'HEALTHY' }] }),
    'A dependency container with HEALTHY condition must have a health check',
  ],
  [
    'an unknown dependency',
    withSecond({ dependsOn: [{ containerName: 'db', condition: 'START' }] }),
    /containerDefinitions\.2\.member\.dependsOn\.1\.member\.containerName/,
  ],
  [
    'a circle of dependencies',
    withSecond(
      { dependsOn: [{ containerName: 'app', condition: 'START' }] },
      { dependsOn: [{ containerName: 'side', condition: 'START' }] },
    ),
    'Container dependencies must not be circular: app -> side -> app.',
  ],
  ['a cpu that is none', aDefinition({ cpu: 'much' }), "Invalid 'cpu' setting for task."],
  ['a memory that is none', aDefinition({ memory: '1MB' }), "Invalid 'memory' setting for task."],
  [
    'a container with more memory than the task',
    withContainer({ memory: 1024 }),
    "The 'memory' setting for container 'app' is greater than for the task.",
  ],
  [
    'containers with more cpu than the task',
    withSecond({ cpu: 200 }, { cpu: 100 }),
    "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
  ],
  [
    'network mode bridge',
    aDefinition({ networkMode: 'bridge' }),
    'Fargate only supports network mode ‘awsvpc’.',
  ],
  ['no cpu', aDefinition({ cpu: undefined }), "Fargate requires that 'cpu' be defined at the task level."],
  [
    'no memory',
    aDefinition({ memory: undefined }),
    "Fargate requires that 'memory' be defined at the task level.",
  ],
  [
    'a size that Fargate does not have',
    aDefinition({ cpu: '4096', memory: '4096' }),
    'No Fargate configuration exists for given values: 4096 CPU, 4096 memory. See the Amazon ECS documentation for the valid values.',
  ],
  [
    'awslogs without execution role',
    withContainer(awslogs(GROUP)),
    'Fargate requires task definition to have execution role ARN to support log driver awslogs.',
  ],
  [
    'awslogs without group',
    withContainer(awslogs({}), { executionRoleArn: ROLE }),
    'Log driver awslogs requires options: awslogs-group',
  ],
  [
    'an image of ECR without execution role',
    withContainer({ image: ECR }),
    'Fargate requires task definition to have execution role ARN to support ECR images.',
  ],
  [
    'a log driver of Docker',
    withContainer({ logConfiguration: { logDriver: 'json-file' } }),
    'json-file is not a valid log driver. Must be one of [awslogs,splunk,awsfirelens]',
  ],
  [
    'a log driver that does not exist',
    withContainer({ logConfiguration: { logDriver: 'paper' } }),
    /'paper' at 'containerDefinitions\.1\.member\.logConfiguration\.logDriver' failed to satisfy constraint: Member must satisfy enum value set/,
  ],
  [
    'a FireLens configuration from S3',
    withContainer({ firelensConfiguration: { type: 'fluentbit', options: { 'config-file-type': 's3' } } }),
    "Fargate launch type does not support FirelensConfiguration config file from 's3'",
  ],
  [
    'a path of the host',
    aDefinition({ volumes: [{ name: 'v', host: { sourcePath: '/etc' } }] }),
    'Fargate compatible task definitions do not support sourcePath',
  ],
  [
    'a volume of Docker',
    aDefinition({ volumes: [{ name: 'v', dockerVolumeConfiguration: { scope: 'task' } }] }),
    'Fargate compatible task definitions do not support dockerVolumeConfiguration',
  ],
  [
    'placement constraints',
    aDefinition({ placementConstraints: [{ type: 'memberOf' }] }),
    'Fargate compatible task definitions do not support constraints',
  ],
  ['ipcMode', aDefinition({ ipcMode: 'task' }), 'Fargate compatible task definitions do not support ipcMode'],
  [
    'pidMode host',
    aDefinition({ pidMode: 'host' }),
    "Fargate compatible task definitions only support the 'task' pidMode.",
  ],
  ...(
    [
      ['privileged', { privileged: true }],
      ['links', { links: ['db'] }],
      ['dnsServers', { dnsServers: ['1.1.1.1'] }],
      ['dnsSearchDomains', { dnsSearchDomains: ['a.b'] }],
      ['dockerSecurityOptions', { dockerSecurityOptions: ['label:x'] }],
      ['extraHosts', { extraHosts: [{ hostname: 'h', ipAddress: '1.2.3.4' }] }],
      ['gpu', { resourceRequirements: [{ type: 'GPU', value: '1' }] }],
      ['maxSwap', { linuxParameters: { maxSwap: 1 } }],
      ['swappiness', { linuxParameters: { swappiness: 1 } }],
      ['sharedMemorySize', { linuxParameters: { sharedMemorySize: 64 } }],
      ['tmpfs', { linuxParameters: { tmpfs: [{ containerPath: '/t', size: 1 }] } }],
      ['devices', { linuxParameters: { devices: [{ hostPath: '/dev/x' }] } }],
    ] as const
  ).map(
    ([name, container]) =>
      [
        name,
        withContainer(container as ContainerDefinition),
        `Fargate compatible task definitions do not support ${name}`,
      ] as const,
  ),
  [
    'SYS_ADMIN',
    withContainer({ linuxParameters: { capabilities: { add: ['SYS_ADMIN'] } } }),
    'SYS_ADMIN is not allowed on Fargate.',
  ],
  [
    'a stop timeout over two minutes',
    withContainer({ stopTimeout: 121 }),
    'Tasks using the Fargate launch type must have a container stop timeout of less than 120 seconds.',
  ],
  [
    'a stop timeout of a second',
    withContainer({ stopTimeout: 1 }),
    "Granular stop timeout on container 'app' must be at least 2 seconds.",
  ],
  [
    'a disk of 20 GiB',
    aDefinition({ ephemeralStorage: { sizeInGiB: 20 } }),
    "1 validation error detected: Value '20' at 'ephemeralStorage.sizeInGiB' failed to satisfy constraint: Member must have value greater than or equal to 21",
  ],
  ['a disk of 201 GiB', aDefinition({ ephemeralStorage: { sizeInGiB: 201 } }), /less than or equal to 200$/],
  [
    'no memory anywhere, outside of Fargate',
    aDefinition({ requiresCompatibilities: ['EC2'], memory: undefined, cpu: undefined }),
    "Invalid setting for container 'app'. At least one of 'memory' or 'memoryReservation' must be specified.",
  ],
];

describe('prepareDefinition', () => {
  for (const [name, input, message] of REFUSED) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => prepareDefinition(input),
        (error) => {
          assert.ok(isApiError(error, 'ClientException'), String(error));
          if (typeof message === 'string') assert.equal(error.message, message);
          else assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});
