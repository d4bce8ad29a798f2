/** Refusals of RunTask: where and on what a task is to run. */
import { FOREIGN_GROUP, FOREIGN_SUBNET, SUBNET } from '../ecs-under-test.ts';
import { constraint, notOneOf, type RunTaskRefusal } from './refusal.ts';

const INVALID = 'InvalidParameterException';
const NETWORK = 'networkConfiguration.awsvpcConfiguration';

const network = (over: object) => ({
  networkConfiguration: { awsvpcConfiguration: { subnets: [SUBNET], ...over } },
});

export const NETWORK_ROWS: readonly RunTaskRefusal[] = [
  {
    parameter: 'networkConfiguration',
    name: 'no network configuration',
    request: { networkConfiguration: undefined },
    code: INVALID,
    message: "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    words: 'AWS',
  },
  {
    parameter: `${NETWORK}.subnets`,
    name: 'no subnets',
    request: network({ subnets: [] }),
    code: INVALID,
    message: 'subnets can not be empty.',
    words: 'AWS',
  },
  {
    parameter: `${NETWORK}.subnets`,
    name: '17 subnets',
    request: network({ subnets: Array.from({ length: 17 }, () => SUBNET) }),
    code: INVALID,
    message: 'subnets can have at most 16 items.',
    words: 'AWS',
  },
  {
    parameter: `${NETWORK}.subnets`,
    name: 'an unknown subnet',
    request: network({ subnets: [SUBNET, 'subnet-x'] }),
    code: INVALID,
    message: `Error retrieving subnet information for [${SUBNET}, subnet-x]: The subnet ID 'subnet-x' does not exist (ErrorCode: InvalidSubnetID.NotFound)`,
    words: 'AWS',
  },
  {
    parameter: `${NETWORK}.subnets`,
    name: 'subnets of two VPCs',
    request: network({ subnets: [SUBNET, FOREIGN_SUBNET] }),
    code: INVALID,
    message: 'The subnets must all be in the same VPC.',
    words: 'ours',
  },
  {
    parameter: `${NETWORK}.securityGroups`,
    name: 'a security group of another VPC',
    request: network({ securityGroups: [FOREIGN_GROUP] }),
    code: INVALID,
    message: `Security group ${FOREIGN_GROUP} does not appear to belong to the same VPC as the input subnets.`,
    words: 'AWS',
  },
  {
    parameter: `${NETWORK}.securityGroups`,
    name: 'an unknown security group',
    request: network({ securityGroups: ['sg-x'] }),
    code: INVALID,
    message:
      "Error retrieving security group information for [sg-x]: The security group 'sg-x' does not exist (ErrorCode: InvalidGroup.NotFound)",
    words: 'AWS',
  },
  {
    parameter: `${NETWORK}.securityGroups`,
    name: 'six security groups',
    request: network({ securityGroups: Array.from({ length: 6 }, () => 'sg-x') }),
    code: INVALID,
    message: 'securityGroups can have at most 5 items.',
    words: 'AWS',
  },
  {
    parameter: `${NETWORK}.assignPublicIp`,
    name: 'a public address that is neither on nor off',
    request: network({ assignPublicIp: 'SOME' }),
    code: INVALID,
    message: notOneOf(`${NETWORK}.assignPublicIp`, 'SOME', 'ENABLED', 'DISABLED'),
    words: 'ours',
  },
];

export const CAPACITY_ROWS: readonly RunTaskRefusal[] = [
  {
    parameter: 'launchType',
    name: 'launch type EC2',
    request: { launchType: 'EC2' },
    code: INVALID,
    message: 'No Container Instances were found in your cluster.',
    words: 'AWS',
  },
  {
    parameter: 'launchType',
    name: 'no launch type',
    request: { launchType: undefined },
    code: INVALID,
    message: 'No Container Instances were found in your cluster.',
    words: 'AWS',
  },
  {
    parameter: 'launchType',
    name: 'a launch type that does not exist',
    request: { launchType: 'MOON' as 'EC2' },
    code: INVALID,
    message: notOneOf('launchType', 'MOON', 'EC2', 'FARGATE', 'EXTERNAL', 'MANAGED_INSTANCES'),
    words: 'ours',
  },
  {
    parameter: 'capacityProviderStrategy',
    name: 'launch type with strategy',
    request: { capacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }] },
    code: INVALID,
    message:
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    words: 'AWS',
  },
  ...(
    [
      [
        'capacityProvider',
        'a provider that the cluster does not have',
        [{ capacityProvider: 'FARGATE', weight: 1 }],
        'The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.',
        'AWS',
      ],
      [
        'capacityProvider',
        'a provider that does not exist',
        [{ capacityProvider: 'MOON', weight: 1 }],
        'The specified capacity provider could not be found. Specify a valid capacity provider and try again.',
        'AWS',
      ],
      [
        'weight',
        'a weight of 1001',
        [{ capacityProvider: 'FARGATE', weight: 1001 }],
        constraint(
          'capacityProviderStrategy.1.member.weight',
          '1001',
          'Member must have value less than or equal to 1000',
        ),
        'ours',
      ],
      [
        'base',
        'a base of 100001',
        [{ capacityProvider: 'FARGATE', weight: 1, base: 100_001 }],
        constraint(
          'capacityProviderStrategy.1.member.base',
          '100001',
          'Member must have value less than or equal to 100000',
        ),
        'ours',
      ],
    ] as const
  ).map(([member, name, strategy, message, words]) => ({
    parameter: `capacityProviderStrategy[].${member}`,
    name,
    request: { launchType: undefined, capacityProviderStrategy: [...strategy] },
    code: INVALID,
    message,
    words,
  })),
  {
    parameter: 'placementConstraints',
    name: 'placement constraints',
    request: { placementConstraints: [{ type: 'distinctInstance' }] },
    code: INVALID,
    message: 'Placement constraints are not supported with FARGATE launch type.',
    words: 'AWS',
  },
  {
    parameter: 'placementStrategy',
    name: 'placement strategies',
    request: { placementStrategy: [{ type: 'spread' }] },
    code: INVALID,
    message: 'Placement strategies are not supported with FARGATE launch type.',
    words: 'AWS',
  },
];
