/** Refusals of what a container is: its name, image and share of the task. */
import {
  aFargateDefinition,
  aws,
  constraint,
  FIRST,
  notOneOf,
  ours,
  withContainer,
  withSecond,
} from './refusal.ts';

const C = 'containerDefinitions[]';
const SHA = 'a'.repeat(64);
const BAD_IMAGE = 'Container.image contains invalid characters.';
const atLeast = (member: string, value: number, least: number): string =>
  constraint(`${FIRST}.${member}`, String(value), `Member must have value greater than or equal to ${least}`);

export const CONTAINER_REFUSALS = [
  aws(
    'containerDefinitions',
    'no containers',
    aFargateDefinition({ containerDefinitions: [] }),
    'Container list cannot be empty.',
  ),
  aws(
    'containerDefinitions',
    'eleven containers',
    aFargateDefinition({
      containerDefinitions: Array.from({ length: 11 }, (_, n) => ({ name: `c${n}`, image: 'i' })),
    }),
    'Too many containers.',
  ),
  ours(
    `${C}.name`,
    'a container without name',
    withContainer({ name: '' }),
    'Container.name should not be null or empty.',
  ),
  ours(
    `${C}.name`,
    'a container name with a dot',
    withContainer({ name: 'a.b' }),
    'Container.name contains invalid characters.',
  ),
  ours(
    `${C}.name`,
    'a container name of 256 characters',
    withContainer({ name: 'a'.repeat(256) }),
    'Container.name contains invalid characters.',
  ),
  aws(
    `${C}.name`,
    'two containers of one name',
    withSecond({ name: 'app' }),
    'Container names must be unique within a task definition.',
  ),
  aws(
    `${C}.image`,
    'a container without image',
    withContainer({ image: '' }),
    'Container.image should not be null or empty.',
  ),
  aws(`${C}.image`, 'an image with a blank', withContainer({ image: 'a b' }), BAD_IMAGE),
  aws(`${C}.image`, 'an image of 256 characters', withContainer({ image: 'a'.repeat(256) }), BAD_IMAGE),
  aws(`${C}.image`, 'an image with half a digest', withContainer({ image: 'app@sha256:abc' }), BAD_IMAGE),
  aws(`${C}.image`, 'an image with two digests', withContainer({ image: `a@sha256:${SHA}@b` }), BAD_IMAGE),
  aws(
    `${C}.essential`,
    'no essential container',
    withContainer({ essential: false }),
    "Task definition doesn't have any essential container.",
  ),
  ours(`${C}.cpu`, 'a negative share of cpu', withContainer({ cpu: -1 }), atLeast('cpu', -1, 0)),
  ours(`${C}.memory`, 'five MiB of memory', withContainer({ memory: 5 }), atLeast('memory', 5, 6)),
  ours(
    `${C}.memoryReservation`,
    'a reservation of five MiB',
    withContainer({ memoryReservation: 5 }),
    atLeast('memoryReservation', 5, 6),
  ),
  aws(
    `${C}.memoryReservation`,
    'a reservation above the limit',
    withContainer({ memory: 64, memoryReservation: 128 }),
    "Invalid setting for container 'app'. 'memory' must be greater than or equal to 'memoryReservation'.",
  ),
  aws(
    `${C}.memory`,
    'a container with more memory than the task',
    withContainer({ memory: 1024 }),
    "The 'memory' setting for container 'app' is greater than for the task.",
  ),
  ours(
    `${C}.memory`,
    'containers with more memory than the task',
    withSecond({ memory: 300 }, { memory: 300 }),
    "The sum of all container 'memory' values cannot be greater than the value of the task 'memory'.",
  ),
  aws(
    `${C}.cpu`,
    'containers with more cpu than the task',
    withSecond({ cpu: 200 }, { cpu: 100 }),
    "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
  ),
  aws(
    `${C}.memory`,
    'no memory anywhere, outside of Fargate',
    aFargateDefinition({ requiresCompatibilities: ['EC2'], memory: undefined, cpu: undefined }),
    "Invalid setting for container 'app'. At least one of 'memory' or 'memoryReservation' must be specified.",
  ),
  ours(
    `${C}.versionConsistency`,
    'a version consistency that does not exist',
    withContainer({ versionConsistency: 'some' }),
    notOneOf(`${FIRST}.versionConsistency`, 'some', 'enabled', 'disabled'),
  ),
  ours(
    `${C}.repositoryCredentials.credentialsParameter`,
    'credentials of a registry without secret',
    withContainer({ repositoryCredentials: { credentialsParameter: '' } }),
    constraint(
      `${FIRST}.repositoryCredentials.credentialsParameter`,
      '',
      'Member must have length greater than or equal to 1',
    ),
  ),
  aws(
    `${C}.repositoryCredentials`,
    'credentials of a registry without execution role',
    withContainer({ repositoryCredentials: { credentialsParameter: 'hub' } }),
    'Private repository authentication requires that the task definition specify a value for executionRoleArn.',
  ),
  ours(
    `${C}.credentialSpecs`,
    'two credential specs',
    withContainer({ credentialSpecs: ['credentialspec:arn:a', 'credentialspec:arn:b'] }),
    constraint(`${FIRST}.credentialSpecs`, 'list of 2', 'Member must have length less than or equal to 1'),
  ),
  ours(
    `${C}.credentialSpecs`,
    'a credential spec without prefix',
    withContainer({ credentialSpecs: ['arn:aws:s3:::b/spec.json'] }),
    constraint(
      `${FIRST}.credentialSpecs.1.member`,
      'arn:aws:s3:::b/spec.json',
      'Member must be an ARN behind credentialspec: or credentialspecdomainless:',
    ),
  ),
];
