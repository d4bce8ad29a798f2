/** The services that endpoints lead to, as their names are given and shown: `com.amazonaws.<region>.<service>`. */
import type { VpcEndpointType } from '@aws-sdk/client-ec2';
import type { Scope } from '../../../domain/arn.ts';
import { ApiError } from '../../../domain/errors.ts';
import { AWS_SERVICES, type AwsService } from '../../../domain/network/aws-services.ts';
import { endpointServiceName } from '../../../domain/network/names/endpoint-names.ts';
import type { VpcEndpointRecord } from '../../../domain/network/records.ts';
import { invalidParameter } from '../errors.ts';

export const ENDPOINT_TYPES = { interface: 'Interface', gateway: 'Gateway' } as const satisfies Record<
  VpcEndpointRecord['type'],
  VpcEndpointType
>;

export interface AskedService {
  readonly service: string;
  readonly type: VpcEndpointRecord['type'];
}

/** Those that have endpoints. */
export function endpointServices(): readonly AwsService[] {
  return AWS_SERVICES.filter(({ endpointTypes }) => endpointTypes.length > 0);
}

/** Throws InvalidServiceName. */
export function requireService(name: string, { region }: Scope): AwsService {
  const found = endpointServices().find(({ service }) => endpointServiceName(region, service) === name);
  if (found !== undefined) return found;
  throw new ApiError('InvalidServiceName', `The Vpc Endpoint Service '${name}' does not exist`);
}

/** Throws InvalidServiceName, InvalidParameter. */
export function askedService(name: string, typeName: string, scope: Scope): AskedService {
  const { service, endpointTypes } = requireService(name, scope);
  const type = endpointTypes.find((each) => ENDPOINT_TYPES[each] === typeName);
  if (type !== undefined) return { service, type };
  const types = endpointTypes.map((each) => ENDPOINT_TYPES[each]).join(', ');
  throw invalidParameter(`Endpoint type (${typeName}) does not match available service types ([${types}]).`);
}
