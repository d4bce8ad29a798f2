/** EC2's errors: their codes and texts are its own, and clients look at both. */
import { ApiError } from '../../domain/errors.ts';
import type { Ec2Kind } from '../../domain/keys.ts';
import { EC2_PREFIXES, isEc2Id } from '../../domain/network/ec2-ids.ts';

interface Words {
  /** What stands before `.NotFound` and `.Malformed`. */
  readonly code: string;
  /** As in `The vpc ID 'vpc-…' does not exist`. */
  readonly noun: string;
}

const WORDS: Readonly<Record<Ec2Kind, Words>> = {
  vpc: { code: 'InvalidVpcID', noun: 'vpc ID' },
  subnet: { code: 'InvalidSubnetID', noun: 'subnet ID' },
  'route-table': { code: 'InvalidRouteTableID', noun: 'routeTable ID' },
  'internet-gateway': { code: 'InvalidInternetGatewayID', noun: 'internetGateway ID' },
  'nat-gateway': { code: 'NatGateway', noun: 'NatGateway' },
  'elastic-ip': { code: 'InvalidAllocationID', noun: 'allocation ID' },
  'security-group': { code: 'InvalidGroup', noun: 'security group' },
  'prefix-list': { code: 'InvalidPrefixListID', noun: 'prefix list ID' },
  eni: { code: 'InvalidNetworkInterfaceID', noun: 'networkInterface ID' },
  endpoint: { code: 'InvalidVpcEndpointId', noun: 'Vpc Endpoint Id' },
  'flow-log': { code: 'InvalidFlowLogId', noun: 'flow log ID' },
};

/** `InvalidVpcID.NotFound: The vpc ID 'vpc-…' does not exist`, in the kind's own words. */
export function notFound(kind: Ec2Kind, ...ids: readonly string[]): ApiError {
  const { code, noun } = WORDS[kind];
  if (kind === 'nat-gateway') {
    return new ApiError('NatGatewayNotFound', `The Nat Gateway ${ids.join(', ')} was not found`);
  }
  if (kind === 'flow-log') {
    const list = `[TotalCount: ${ids.length}] ${ids.join(', ')}`;
    return new ApiError(`${code}.NotFound`, `These flow log ids in the input list are not found: ${list}`);
  }
  const text =
    ids.length === 1
      ? `The ${noun} '${ids[0] ?? ''}' does not exist`
      : `The ${noun}s '${ids.join(', ')}' do not exist`;
  return new ApiError(`${code}.NotFound`, text);
}

/** Throws when a text is no id of the kind, whether or not there is such a thing. */
export function checkId(kind: Ec2Kind, id: string): void {
  const prefix = EC2_PREFIXES[kind];
  if (isEc2Id(prefix, id)) return;
  if (kind === 'nat-gateway') {
    throw new ApiError('NatGatewayMalformed', `The Nat Gateway ID ${id} is malformed`);
  }
  const code = kind === 'security-group' ? 'InvalidGroupId' : WORDS[kind].code;
  throw new ApiError(`${code}.Malformed`, `Invalid id: "${id}" (expecting "${prefix}-...")`);
}

/** For parameters that the schema does not require and the operation does. */
export function missingParameter(name: string): ApiError {
  return new ApiError('MissingParameter', `The request must contain the parameter ${name}`);
}

export function invalidParameterValue(message: string): ApiError {
  return new ApiError('InvalidParameterValue', message);
}

export function invalidParameter(message: string): ApiError {
  return new ApiError('InvalidParameter', message);
}

export function invalidParameterCombination(message: string): ApiError {
  return new ApiError('InvalidParameterCombination', message);
}

export function dependencyViolation(message: string): ApiError {
  return new ApiError('DependencyViolation', message);
}

/** About interfaces, and addresses of such, that a service manages. */
export function managedByService(): ApiError {
  return new ApiError('AuthFailure', 'You do not have permission to access the specified resource.');
}

/** What AWS has and Neargate has not. */
export function unsupported(message: string): ApiError {
  return new ApiError('UnsupportedOperation', message);
}

/** Refuses parameters about IPv6 that are there. */
export function refuseIpv6(parameters: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === false) continue;
    throw unsupported(`The parameter ${name} is not supported: Neargate's networks have no IPv6.`);
  }
}
