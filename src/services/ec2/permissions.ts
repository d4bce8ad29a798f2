/**
 * What the operations of EC2 act on. Those that show something are on nothing particular; those that make something act on
 * the kind that they make; all act on what they name. Tags of what is there are not looked at.
 */
import { formatArn, type Scope } from '../../domain/arn.ts';
import { keyedTags, requestTagKeys } from '../../domain/iam/tag-keys.ts';
import type { ActedOn, ActsOn, PermissionRule, ServicePermissions } from '../../wire/authorization.ts';

type Input = Readonly<Record<string, unknown>>;

/** Members that name resources, by their kind in ARNs. */
const NAMED: Readonly<Record<string, string>> = {
  VpcId: 'vpc',
  SubnetId: 'subnet',
  SubnetIds: 'subnet',
  AddSubnetIds: 'subnet',
  RemoveSubnetIds: 'subnet',
  RouteTableId: 'route-table',
  RouteTableIds: 'route-table',
  AddRouteTableIds: 'route-table',
  RemoveRouteTableIds: 'route-table',
  InternetGatewayId: 'internet-gateway',
  NatGatewayId: 'natgateway',
  AllocationId: 'elastic-ip',
  GroupId: 'security-group',
  SecurityGroupIds: 'security-group',
  AddSecurityGroupIds: 'security-group',
  RemoveSecurityGroupIds: 'security-group',
  PrefixListId: 'prefix-list',
  NetworkInterfaceId: 'network-interface',
  VpcEndpointId: 'vpc-endpoint',
  VpcEndpointIds: 'vpc-endpoint',
  FlowLogIds: 'vpc-flow-log',
};

/** By the beginning of their ids. */
const KIND_OF_ID: Readonly<Record<string, string>> = {
  vpc: 'vpc',
  subnet: 'subnet',
  rtb: 'route-table',
  igw: 'internet-gateway',
  nat: 'natgateway',
  eipalloc: 'elastic-ip',
  sg: 'security-group',
  sgr: 'security-group-rule',
  pl: 'prefix-list',
  eni: 'network-interface',
  vpce: 'vpc-endpoint',
  fl: 'vpc-flow-log',
  dopt: 'dhcp-options',
  acl: 'network-acl',
};

/** Without a kind: on what it names, or on nothing particular where it names nothing. */
function acts(made?: string): ActsOn<Input> {
  return (input, scope) => {
    const created = made === undefined ? [] : [{ arn: ec2Arn(made, '*', scope), context: newTagKeys(input) }];
    const resources = [...created, ...namedIn(input, scope)];
    return resources.length === 0 ? [{ arn: '*' }] : resources;
  };
}

const onNamed = acts();

/** Tags are given to what their ids say. */
const onTagged: ActsOn<Input> = (input, scope) =>
  textsOf(input['Resources']).map((id) => ({
    arn: ec2Arn(kindOf(id), id, scope),
    context: requestTagKeys(givenTags(input['Tags'])),
  }));

const SHOWING = [
  'DescribeAvailabilityZones',
  'DescribeRegions',
  'DescribeVpcs',
  'DescribeVpcAttribute',
  'DescribeDhcpOptions',
  'DescribeNetworkAcls',
  'DescribeSubnets',
  'DescribeRouteTables',
  'DescribeInternetGateways',
  'DescribeNatGateways',
  'DescribeAddresses',
  'DescribeAddressesAttribute',
  'DescribeSecurityGroups',
  'DescribeSecurityGroupRules',
  'DescribePrefixLists',
  'DescribeManagedPrefixLists',
  'DescribeNetworkInterfaces',
  'DescribeNetworkInterfaceAttribute',
  'DescribeVpcEndpoints',
  'DescribeVpcEndpointServices',
  'DescribeFlowLogs',
  'DescribeTags',
] as const;

export const EC2_PERMISSIONS: ServicePermissions = {
  prefix: 'ec2',
  rules: {
    ...(Object.fromEntries(SHOWING.map((name) => [name, '*'])) as Record<string, PermissionRule>),
    GetManagedPrefixListEntries: onNamed,
    CreateVpc: acts('vpc'),
    CreateDefaultVpc: '*',
    DeleteVpc: onNamed,
    ModifyVpcAttribute: onNamed,
    CreateSubnet: acts('subnet'),
    CreateDefaultSubnet: '*',
    DeleteSubnet: onNamed,
    ModifySubnetAttribute: onNamed,
    CreateRouteTable: acts('route-table'),
    DeleteRouteTable: onNamed,
    CreateRoute: onRouteTable,
    ReplaceRoute: onRouteTable,
    DeleteRoute: onRouteTable,
    AssociateRouteTable: onNamed,
    DisassociateRouteTable: onNamed,
    ReplaceRouteTableAssociation: onNamed,
    CreateInternetGateway: acts('internet-gateway'),
    AttachInternetGateway: onNamed,
    DetachInternetGateway: onNamed,
    DeleteInternetGateway: onNamed,
    CreateNatGateway: acts('natgateway'),
    DeleteNatGateway: onNamed,
    AllocateAddress: acts('elastic-ip'),
    ReleaseAddress: onNamed,
    AssociateAddress: onNamed,
    DisassociateAddress: onNamed,
    CreateSecurityGroup: acts('security-group'),
    DeleteSecurityGroup: onNamed,
    AuthorizeSecurityGroupIngress: onNamed,
    AuthorizeSecurityGroupEgress: onNamed,
    RevokeSecurityGroupIngress: onNamed,
    RevokeSecurityGroupEgress: onNamed,
    UpdateSecurityGroupRuleDescriptionsIngress: onNamed,
    UpdateSecurityGroupRuleDescriptionsEgress: onNamed,
    ModifySecurityGroupRules: onNamed,
    CreateManagedPrefixList: acts('prefix-list'),
    ModifyManagedPrefixList: onNamed,
    DeleteManagedPrefixList: onNamed,
    ModifyNetworkInterfaceAttribute: onNamed,
    DetachNetworkInterface: onNamed,
    DeleteNetworkInterface: onNamed,
    CreateVpcEndpoint: acts('vpc-endpoint'),
    DeleteVpcEndpoints: onNamed,
    ModifyVpcEndpoint: onNamed,
    CreateFlowLogs: acts('vpc-flow-log'),
    DeleteFlowLogs: onNamed,
    CreateTags: onTagged,
    DeleteTags: onTagged,
  },
};

/** What a route leads to is not acted on. */
function onRouteTable({ RouteTableId: id }: Input, scope: Scope): ActedOn[] {
  return namedIn({ RouteTableId: id }, scope);
}

function namedIn(input: Input, scope: Scope): ActedOn[] {
  return Object.entries(input).flatMap(([member, value]) => {
    const kind = member === 'ResourceIds' ? kindOf : NAMED[member];
    if (kind === undefined) return [];
    return textsOf(value).map((id) => ({
      arn: ec2Arn(typeof kind === 'string' ? kind : kind(id), id, scope),
    }));
  });
}

function kindOf(id: string): string {
  return KIND_OF_ID[id.slice(0, id.indexOf('-'))] ?? '*';
}

function newTagKeys({ TagSpecifications: given }: Input): NonNullable<ActedOn['context']> {
  const tags = (Array.isArray(given) ? (given as readonly { readonly Tags?: unknown }[]) : []).flatMap(
    ({ Tags }) => givenTags(Tags),
  );
  return requestTagKeys(tags);
}

function givenTags(value: unknown): ReturnType<typeof keyedTags> {
  return keyedTags(Array.isArray(value) ? (value as Parameters<typeof keyedTags>[0]) : []);
}

function textsOf(value: unknown): string[] {
  return [value].flat().filter((text) => typeof text === 'string');
}

function ec2Arn(kind: string, id: string, scope: Scope): string {
  return formatArn('ec2', scope, `${kind}/${id}`);
}
