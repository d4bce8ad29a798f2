/** Refusals of RunTask: what a request may not change about its definition. */
import type { ContainerOverride, TaskOverride } from '@aws-sdk/client-ecs';
import { constraint, notOneOf, type RunTaskRefusal } from './refusal.ts';

const INVALID = 'InvalidParameterException';
const CONTAINER = 'overrides.containerOverrides[]';
const AT = 'overrides.containerOverrides.1.member';

const override = (overrides: TaskOverride) => ({ overrides });
const container = (over: ContainerOverride) => override({ containerOverrides: [{ name: 'app', ...over }] });

export const OVERRIDE_ROWS: readonly RunTaskRefusal[] = [
  {
    parameter: 'overrides',
    name: 'overrides over 8192 characters',
    request: container({ command: ['x'.repeat(8192)] }),
    code: INVALID,
    message: 'Container Overrides length must be at most 8192',
    words: 'AWS',
  },
  {
    parameter: `${CONTAINER}.name`,
    name: 'an override of no container',
    request: container({ name: 'db' }),
    code: INVALID,
    message: 'Override for container named db is not a container in the TaskDefinition.',
    words: 'AWS',
  },
  {
    parameter: `${CONTAINER}.environment[].name`,
    name: 'an override with a variable without name',
    request: container({ environment: [{ value: 'v' }] }),
    code: INVALID,
    message: 'Environment variable name is required.',
    words: 'AWS',
  },
  {
    parameter: `${CONTAINER}.environment[].name`,
    name: 'an override of a secret',
    definition: {
      executionRoleArn: 'execution',
      containerDefinitions: [{ name: 'app', image: 'app', secrets: [{ name: 'KEY', valueFrom: 'key' }] }],
    },
    request: container({ environment: [{ name: 'KEY', value: 'v' }] }),
    code: INVALID,
    message:
      "The secret name must be unique and not shared with any new or existing environment variables set on the container, such as 'KEY'.",
    words: 'AWS',
  },
  {
    parameter: `${CONTAINER}.environmentFiles`,
    name: 'an override with eleven environment files',
    request: container({
      environmentFiles: Array.from({ length: 11 }, (_, n) => ({
        type: 's3',
        value: `arn:aws:s3:::b/${n}.env`,
      })),
    }),
    code: INVALID,
    message: 'The maximum number of environment files was exceeded. Specify ten or less and try again.',
    words: 'AWS',
  },
  {
    parameter: `${CONTAINER}.environmentFiles[].value`,
    name: 'an override with an environment file by its URL',
    request: container({ environmentFiles: [{ type: 's3', value: 'https://b/a.env' }] }),
    code: INVALID,
    message: 'Invalid arn syntax.',
    words: 'AWS',
  },
  {
    parameter: `${CONTAINER}.environmentFiles[].type`,
    name: 'an override with an environment file from somewhere else',
    request: container({ environmentFiles: [{ type: 'efs' as 's3', value: 'arn:aws:s3:::b/a.env' }] }),
    code: INVALID,
    message: notOneOf(`${AT}.environmentFiles.1.member.type`, 'efs', 's3'),
    words: 'ours',
  },
  {
    parameter: `${CONTAINER}.cpu`,
    name: 'a negative share of cpu',
    request: container({ cpu: -1 }),
    code: INVALID,
    message: constraint(`${AT}.cpu`, '-1', 'Member must have value greater than or equal to 0'),
    words: 'ours',
  },
  {
    parameter: `${CONTAINER}.cpu`,
    name: 'an override to more cpu than the task has',
    request: container({ cpu: 512 }),
    code: INVALID,
    message: "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
    words: 'AWS',
  },
  {
    parameter: `${CONTAINER}.memory`,
    name: 'an override to five MiB',
    request: container({ memory: 5 }),
    code: INVALID,
    message: constraint(`${AT}.memory`, '5', 'Member must have value greater than or equal to 6'),
    words: 'ours',
  },
  {
    parameter: `${CONTAINER}.memory`,
    name: 'an override to more memory than the task has',
    request: container({ memory: 1024 }),
    code: INVALID,
    message: "The 'memory' setting for container 'app' is greater than for the task.",
    words: 'AWS',
  },
  {
    parameter: `${CONTAINER}.memoryReservation`,
    name: 'an override to a reservation above the limit',
    request: container({ memory: 64, memoryReservation: 128 }),
    code: INVALID,
    message:
      "Invalid setting for container 'app'. 'memory' must be greater than or equal to 'memoryReservation'.",
    words: 'AWS',
  },
  {
    parameter: `${CONTAINER}.resourceRequirements`,
    name: 'an override with a GPU',
    request: container({ resourceRequirements: [{ type: 'GPU', value: '1' }] }),
    code: INVALID,
    message: 'Tasks using the Fargate launch type do not support GPU resource requirements.',
    words: 'AWS',
  },
  {
    parameter: 'overrides.cpu',
    name: 'an override to a cpu that is none',
    request: override({ cpu: 'much' }),
    code: INVALID,
    message: "Invalid 'cpu' setting for task.",
    words: 'AWS',
  },
  {
    parameter: 'overrides.memory',
    name: 'an override to a memory that is none',
    request: override({ memory: 'much' }),
    code: INVALID,
    message: "Invalid 'memory' setting for task.",
    words: 'AWS',
  },
  {
    parameter: 'overrides.memory',
    name: 'an override to a size that does not exist',
    request: override({ memory: '3GB' }),
    code: INVALID,
    message:
      'No Fargate configuration exists for given values: 256 CPU, 3072 memory. See the Amazon ECS documentation for the valid values.',
    words: 'AWS',
  },
  ...(['taskRoleArn', 'executionRoleArn'] as const).map(
    (member): RunTaskRefusal => ({
      parameter: `overrides.${member}`,
      name: `an override of ${member} with what is none`,
      request: override({ [member]: 'arn:aws:iam::000000000000:user/me' }),
      code: 'ClientException',
      message: 'Role is not valid',
      words: 'ours',
    }),
  ),
  ...(
    [
      [20, 'EphemeralStorage size should be at least 21'],
      [201, 'EphemeralStorage size should be at most 200'],
    ] as const
  ).map(
    ([sizeInGiB, message]): RunTaskRefusal => ({
      parameter: 'overrides.ephemeralStorage.sizeInGiB',
      name: `an override to a disk of ${sizeInGiB} GiB`,
      request: override({ ephemeralStorage: { sizeInGiB } }),
      code: INVALID,
      message,
      words: 'AWS',
    }),
  ),
  {
    parameter: 'overrides.inferenceAcceleratorOverrides',
    name: 'an override of inference accelerators',
    request: override({ inferenceAcceleratorOverrides: [{ deviceName: 'd', deviceType: 't' }] }),
    code: INVALID,
    message: "Unsupported field 'inferenceAcceleratorOverrides'.",
    words: 'ours',
  },
];
