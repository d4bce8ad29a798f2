/** A new VPC comes with its main route table and its default group; a default VPC with a way to the internet, too. */
import type { Scope } from '../arn.ts';
import type { DefaultVpc } from './default-vpc.ts';
import type {
  InternetGatewayRecord,
  RouteTableRecord,
  SecurityGroupRecord,
  SubnetRecord,
  Tags,
  VpcRecord,
} from './records.ts';

export interface VpcParts {
  readonly vpc: VpcRecord;
  readonly routeTable: RouteTableRecord;
  readonly group: SecurityGroupRecord;
}

export interface DefaultVpcParts extends VpcParts {
  readonly subnets: readonly SubnetRecord[];
  readonly internetGateway: InternetGatewayRecord;
}

/** Makes an id of a prefix; `name` tells several of the same kind apart. */
export type NewId = (prefix: string, name: string) => string;

export interface NewVpc {
  readonly scope: Scope;
  readonly cidr: string;
  readonly now: number;
  readonly id: NewId;
  readonly tags?: Tags;
}

/** The set of DHCP options that all VPCs of an account in a region have. */
export function dhcpOptionsId({ account, region }: Scope, hash: (text: string) => string): string {
  return `dopt-0${hash(`${account}/${region}/default/dopt/`).slice(0, 16)}`;
}

export function newVpc({ scope, cidr, now, id, tags = {} }: NewVpc, dhcpOptions: string): VpcParts {
  const vpcId = id('vpc', '');
  const routeTableId = id('rtb', '');
  const groupId = id('sg', '');
  const main = { associationId: id('rtbassoc', 'main') };
  return {
    vpc: {
      vpcId,
      cidr,
      isDefault: false,
      enableDnsSupport: true,
      enableDnsHostnames: false,
      dhcpOptionsId: dhcpOptions,
      mainRouteTableId: routeTableId,
      defaultSecurityGroupId: groupId,
      defaultNetworkAclId: id('acl', ''),
      createdAt: now,
      tags,
    },
    routeTable: { routeTableId, vpcId, routes: [], associations: [main], createdAt: now, tags: {} },
    group: {
      groupId,
      groupName: 'default',
      description: 'default VPC security group',
      vpcId,
      rules: [
        {
          ruleId: id('sgr', 'ingress'),
          isEgress: false,
          ipProtocol: '-1',
          peer: { type: 'group', groupId, account: scope.account },
          tags: {},
        },
        {
          ruleId: id('sgr', 'egress'),
          isEgress: true,
          ipProtocol: '-1',
          peer: { type: 'cidr', cidr: '0.0.0.0/0' },
          tags: {},
        },
      ],
      createdAt: now,
      tags: {},
    },
  };
}

/** The default VPC by its plan, with what makes its subnets public. */
export function newDefaultVpc(
  request: Omit<NewVpc, 'tags'>,
  plan: Pick<DefaultVpc, 'subnets' | 'internetGatewayId'>,
  dhcpOptions: string,
): DefaultVpcParts {
  const { vpc, routeTable, group } = newVpc(request, dhcpOptions);
  const { vpcId } = vpc;
  const { internetGatewayId } = plan;
  const common = { vpcId, createdAt: request.now, tags: {} };
  return {
    vpc: { ...vpc, isDefault: true, enableDnsHostnames: true },
    group,
    routeTable: {
      ...routeTable,
      routes: [{ destinationCidr: '0.0.0.0/0', targetId: internetGatewayId, origin: 'CreateRoute' }],
    },
    internetGateway: { internetGatewayId, ...common },
    subnets: plan.subnets.map((subnet) => ({
      ...subnet,
      ...common,
      isDefault: true,
      mapPublicIpOnLaunch: true,
    })),
  };
}
