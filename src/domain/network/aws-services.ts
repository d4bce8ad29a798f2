/**
 * The AWS services that a task may reach, by the names that its SDKs use. Each has one public address of its own on
 * every VPC, so that routes, groups and gateway endpoints can tell them apart; an interface endpoint with private DNS
 * takes the names over for its VPC.
 */
import { nthAddress } from './cidr.ts';

export interface AwsService {
  /** AWS's short name, the end of `com.amazonaws.<region>.<service>`. */
  readonly service: string;
  /** Names below `<suffix>`; `*` stands for one label or more at the beginning, `<region>` for the region. */
  readonly names: readonly string[];
  /** Position of its public address in the range of service addresses. */
  readonly index: number;
  readonly endpointTypes: readonly ('interface' | 'gateway')[];
}

const INTERFACE = ['interface'] as const;

/** Positions never change and are never used again: addresses stand in people's routes and groups. */
export const AWS_SERVICES: readonly AwsService[] = [
  { service: 'ecs', names: ['ecs.<region>'], index: 10, endpointTypes: INTERFACE },
  { service: 'logs', names: ['logs.<region>'], index: 11, endpointTypes: INTERFACE },
  { service: 'ecr.api', names: ['api.ecr.<region>'], index: 12, endpointTypes: INTERFACE },
  { service: 'ecr.dkr', names: ['*.dkr.ecr.<region>'], index: 13, endpointTypes: INTERFACE },
  {
    service: 's3',
    names: ['s3.<region>', '*.s3.<region>', 's3', '*.s3'],
    index: 14,
    endpointTypes: ['gateway', 'interface'],
  },
  { service: 'ec2', names: ['ec2.<region>'], index: 15, endpointTypes: INTERFACE },
  { service: 'sts', names: ['sts.<region>', 'sts'], index: 16, endpointTypes: INTERFACE },
  { service: 'secretsmanager', names: ['secretsmanager.<region>'], index: 17, endpointTypes: INTERFACE },
  { service: 'ssm', names: ['ssm.<region>'], index: 18, endpointTypes: INTERFACE },
  {
    service: 'elasticfilesystem',
    names: ['elasticfilesystem.<region>'],
    index: 19,
    endpointTypes: INTERFACE,
  },
  { service: 'monitoring', names: ['monitoring.<region>'], index: 20, endpointTypes: INTERFACE },
  { service: 'iam', names: ['iam'], index: 21, endpointTypes: [] },
  { service: 'kms', names: ['kms.<region>'], index: 22, endpointTypes: INTERFACE },
  { service: 'ssmmessages', names: ['ssmmessages.<region>'], index: 23, endpointTypes: INTERFACE },
];

/** Where any service that Neargate serves answers, whatever its name: for AWS_ENDPOINT_URL. */
const ENDPOINT_INDEX = 1;
/** Where registries of the host answer that the settings name. */
const REGISTRIES_INDEX = 2;

/** `range` is the setting for service addresses, at least a /24. */
export const endpointAddress = (range: string): string => nthAddress(range, ENDPOINT_INDEX);
export const registriesAddress = (range: string): string => nthAddress(range, REGISTRIES_INDEX);
export const serviceAddress = (range: string, { index }: AwsService): string => nthAddress(range, index);

/** The service of AWS's short name, or undefined. */
export function findService(service: string): AwsService | undefined {
  return AWS_SERVICES.find((known) => known.service === service);
}

/** The service that a host name stands for in a region, or undefined. Upper and lower case are the same. */
export function serviceOfName(host: string, region: string, suffix: string): AwsService | undefined {
  const name = host.toLowerCase().replace(/\.$/, '');
  return AWS_SERVICES.find(({ names }) =>
    names.some((pattern) => {
      const full = `${pattern.replace('<region>', region)}.${suffix}`;
      if (!full.startsWith('*.')) return name === full;
      return name.endsWith(full.slice(1)) && !name.startsWith('.');
    }),
  );
}
