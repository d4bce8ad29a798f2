/**
 * Amazon EC2's VPC part as the front door sees it: every operation that exists here. Around each of them: the default
 * network is made before the first, and a dry run ends when its parameters have been understood.
 */
import { ApiError } from '../../domain/errors.ts';
import type { Ec2QueryService, OperationDefinition } from '../../wire/service.ts';
import { ELASTIC_IP_OPERATIONS } from './elastic-ips/operations.ts';
import { FLOW_LOG_OPERATIONS } from './flow-logs/operations.ts';
import { INTERNET_GATEWAY_OPERATIONS } from './internet-gateways/operations.ts';
import { NAT_GATEWAY_OPERATIONS } from './nat-gateways/operations.ts';
import { NETWORK_INTERFACE_OPERATIONS } from './network-interfaces/operations.ts';
import type { Ec2Parts } from './parts.ts';
import { EC2_PERMISSIONS } from './permissions.ts';
import { PREFIX_LIST_OPERATIONS } from './prefix-lists/operations.ts';
import { REGION_OPERATIONS } from './regions/operations.ts';
import { TAG_OPERATIONS } from './resource-tags/operations.ts';
import { ROUTE_TABLE_OPERATIONS } from './route-tables/operations.ts';
import { SECURITY_GROUP_OPERATIONS } from './security-groups/operations.ts';
import { SUBNET_OPERATIONS } from './subnets/operations.ts';
import { VPC_ENDPOINT_OPERATIONS } from './vpc-endpoints/operations.ts';
import { VPC_OPERATIONS } from './vpcs/operations.ts';

const OPERATIONS = [
  ...REGION_OPERATIONS,
  ...VPC_OPERATIONS,
  ...SUBNET_OPERATIONS,
  ...ROUTE_TABLE_OPERATIONS,
  ...INTERNET_GATEWAY_OPERATIONS,
  ...NAT_GATEWAY_OPERATIONS,
  ...ELASTIC_IP_OPERATIONS,
  ...SECURITY_GROUP_OPERATIONS,
  ...PREFIX_LIST_OPERATIONS,
  ...NETWORK_INTERFACE_OPERATIONS,
  ...VPC_ENDPOINT_OPERATIONS,
  ...FLOW_LOG_OPERATIONS,
  ...TAG_OPERATIONS,
];

export function createEc2Service(parts: Ec2Parts): Ec2QueryService {
  return {
    name: 'ec2',
    protocol: 'ec2-query',
    version: '2016-11-15',
    permissions: EC2_PERMISSIONS,
    operations: OPERATIONS.map((create) => prepared(create(parts) as OperationDefinition, parts)),
  };
}

function prepared(definition: OperationDefinition, { defaultNetworks }: Ec2Parts): OperationDefinition {
  return {
    ...definition,
    async handle(input, context) {
      if ('DryRun' in input && input.DryRun === true) {
        throw new ApiError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.');
      }
      await defaultNetworks.ensure(context.scope);
      return definition.handle(input, context);
    },
  };
}
