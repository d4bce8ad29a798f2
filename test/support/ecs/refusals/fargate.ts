/** Refusals of what Fargate does not have: sizes, disks, platforms, and all that reaches into the host. */
import { aFargateDefinition, aws, notOneOf, ours, withContainer } from './refusal.ts';

const C = 'containerDefinitions[]';
const noSize = (cpu: number, memory: number): string =>
  `No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory. See the Amazon ECS documentation for the valid values.`;
const not = (name: string): string => `Fargate compatible task definitions do not support ${name}`;
const windows = (over: object, size: { cpu: string; memory: string } = { cpu: '1024', memory: '2048' }) =>
  aFargateDefinition({
    ...size,
    runtimePlatform: {
      operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE',
      cpuArchitecture: 'X86_64',
      ...over,
    },
  });

export const SIZE_REFUSALS = [
  aws('cpu', 'a cpu that is none', aFargateDefinition({ cpu: 'much' }), "Invalid 'cpu' setting for task."),
  aws(
    'memory',
    'a memory that is none',
    aFargateDefinition({ memory: '1MB' }),
    "Invalid 'memory' setting for task.",
  ),
  aws(
    'cpu',
    'no cpu',
    aFargateDefinition({ cpu: undefined }),
    "Fargate requires that 'cpu' be defined at the task level.",
  ),
  aws(
    'memory',
    'no memory',
    aFargateDefinition({ memory: undefined }),
    "Fargate requires that 'memory' be defined at the task level.",
  ),
  aws('cpu', 'a cpu that Fargate does not have', aFargateDefinition({ cpu: '128' }), noSize(128, 512)),
  aws(
    'memory',
    'a memory that does not go with the cpu',
    aFargateDefinition({ cpu: '4 vCPU', memory: '4 GB' }),
    noSize(4096, 4096),
  ),
  aws(
    'runtimePlatform.operatingSystemFamily',
    'half a vCPU for Windows',
    windows({}, { cpu: '512', memory: '2048' }),
    noSize(512, 2048),
  ),
  aws(
    'runtimePlatform.operatingSystemFamily',
    'eight vCPU for Windows',
    windows({}, { cpu: '8192', memory: '16384' }),
    noSize(8192, 16_384),
  ),
  ours(
    'runtimePlatform.cpuArchitecture',
    'Windows on ARM',
    windows({ cpuArchitecture: 'ARM64' }),
    not('cpuArchitecture ARM64 with WINDOWS_SERVER_2022_CORE'),
  ),
  ours(
    'runtimePlatform.operatingSystemFamily',
    'a Windows that Fargate does not have',
    windows({ operatingSystemFamily: 'WINDOWS_SERVER_2016_FULL' }),
    not('operatingSystemFamily WINDOWS_SERVER_2016_FULL'),
  ),
  ours(
    'runtimePlatform.cpuArchitecture',
    'an architecture that does not exist',
    aFargateDefinition({ runtimePlatform: { cpuArchitecture: 'VAX' } }),
    notOneOf('runtimePlatform.cpuArchitecture', 'VAX', 'X86_64', 'ARM64'),
  ),
  aws(
    'ephemeralStorage.sizeInGiB',
    'a disk of 20 GiB',
    aFargateDefinition({ ephemeralStorage: { sizeInGiB: 20 } }),
    'EphemeralStorage size should be at least 21',
  ),
  aws(
    'ephemeralStorage.sizeInGiB',
    'a disk of 201 GiB',
    aFargateDefinition({ ephemeralStorage: { sizeInGiB: 201 } }),
    'EphemeralStorage size should be at most 200',
  ),
  aws(
    'ephemeralStorage',
    'a disk for EC2',
    aFargateDefinition({ requiresCompatibilities: ['EC2'], ephemeralStorage: { sizeInGiB: 30 } }),
    'Tasks using the EC2 launch type do not support EphemeralStorage.',
  ),
];

export const FARGATE_REFUSALS = [
  aws(
    'placementConstraints',
    'placement constraints',
    aFargateDefinition({ placementConstraints: [{ type: 'memberOf' }] }),
    not('constraints'),
  ),
  aws('ipcMode', 'ipcMode', aFargateDefinition({ ipcMode: 'task' }), not('ipcMode')),
  aws(
    'pidMode',
    'pidMode host',
    aFargateDefinition({ pidMode: 'host' }),
    "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'.",
  ),
  aws(
    'inferenceAccelerators',
    'inference accelerators',
    aFargateDefinition({ inferenceAccelerators: [{ deviceName: 'd', deviceType: 'eia2.medium' }] }),
    "Unsupported field 'inferenceAccelerators'.",
  ),
  aws(
    `${C}.privileged`,
    'privileged',
    withContainer({ privileged: true }),
    'Fargate requires that the ‘privileged’ setting be ‘false’ at the container level.',
  ),
  aws(
    `${C}.dockerSecurityOptions`,
    'dockerSecurityOptions',
    withContainer({ dockerSecurityOptions: ['label:x'] }),
    not('dockerSecurityOptions'),
  ),
  aws(
    `${C}.resourceRequirements`,
    'a GPU',
    withContainer({ resourceRequirements: [{ type: 'GPU', value: '1' }] }),
    'Tasks using the Fargate launch type do not support GPU resource requirements.',
  ),
  ours(
    `${C}.resourceRequirements`,
    'an inference accelerator of a container',
    withContainer({ resourceRequirements: [{ type: 'InferenceAccelerator', value: 'd' }] }),
    not('resourceRequirements'),
  ),
  ours(
    `${C}.resourceRequirements[].type`,
    'a resource that does not exist',
    withContainer({ resourceRequirements: [{ type: 'Magic', value: '1' }] }),
    notOneOf(
      'containerDefinitions.1.member.resourceRequirements.1.member.type',
      'Magic',
      ...['GPU', 'InferenceAccelerator', 'NeuronDevice'],
    ),
  ),
  ...(
    [
      ['maxSwap', { maxSwap: 1 }],
      ['sharedMemorySize', { sharedMemorySize: 64 }],
      ['devices', { devices: [{ hostPath: '/dev/x' }] }],
    ] as const
  ).map(([name, linuxParameters]) =>
    aws(
      `${C}.linuxParameters.${name}`,
      name,
      withContainer({ linuxParameters: linuxParameters as object }),
      not(name),
    ),
  ),
  ...(
    [
      ['swappiness', { swappiness: 1 }],
      ['tmpfs', { tmpfs: [{ containerPath: '/t', size: 1 }] }],
    ] as const
  ).map(([name, linuxParameters]) =>
    ours(
      `${C}.linuxParameters.${name}`,
      name,
      withContainer({ linuxParameters: linuxParameters as object }),
      not(name),
    ),
  ),
  aws(
    `${C}.image`,
    'an image of ECR without execution role',
    withContainer({ image: '000000000000.dkr.ecr.eu-west-1.amazonaws.com/app:1' }),
    'Fargate requires task definition to have execution role ARN to support ECR images.',
  ),
];
