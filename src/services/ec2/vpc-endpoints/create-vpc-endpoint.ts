/** CreateVpcEndpoint: a way to a service that does not leave the VPC, by interfaces or by routes. */
import {
  CreateVpcEndpoint$,
  type CreateVpcEndpointRequest,
  type CreateVpcEndpointResult,
  type State,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../../../domain/errors.ts';
import { ec2Id } from '../../../domain/network/ec2-ids.ts';
import type { VpcEndpointRecord, VpcRecord } from '../../../domain/network/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { madeBefore, requestMark } from '../client-token.ts';
import { missingParameter, unsupported } from '../errors.ts';
import type { NetworkChange, NetworkReader } from '../network.ts';
import type { Ec2Parts } from '../parts.ts';
import { tagsFor } from '../tags.ts';
import { type AskedService, askedService } from './endpoint-services.ts';
import { endpointSurroundings, endpointView } from './endpoint-view.ts';
import { routesTo } from './gateway-endpoint.ts';
import { askedSubnets, checkedGroups, interfacesIn } from './interface-endpoint.ts';
import { checkedPolicy } from './policy.ts';
import { askedPrivateDns, checkPrivateDns } from './private-dns.ts';
import { refuseOtherType } from './type-parameters.ts';

const MOST = { interface: 50, gateway: 20 } as const;

type Change = Pick<NetworkChange<VpcEndpointRecord>, 'answer' | 'writes' | 'conditions'>;

export function createVpcEndpointOperation(parts: Ec2Parts) {
  return operation(
    CreateVpcEndpoint$,
    (input: CreateVpcEndpointRequest, { scope }: RequestContext): Promise<CreateVpcEndpointResult> => {
      refuseUnsupported(input, scope.region);
      if (input.ServiceName === undefined) throw missingParameter('ServiceName');
      const asked = askedService(input.ServiceName, input.VpcEndpointType ?? 'Gateway', scope);
      refuseOtherType(asked.type, input);
      const draft = newEndpoint(parts, input, asked);
      return parts.network.change(scope, async (reader) => {
        const around = await endpointSurroundings(reader, parts.dnsSuffix);
        const answer = (endpoint: VpcEndpointRecord, state: string): CreateVpcEndpointResult => ({
          VpcEndpoint: { ...endpointView(endpoint, around), State: state as State },
          ...(input.ClientToken === undefined ? {} : { ClientToken: input.ClientToken }),
        });
        const [earlier] = madeBefore(await reader.all('endpoint'), draft.request);
        if (earlier !== undefined) return { answer: answer(earlier, 'available'), writes: [] };
        const vpc = await reader.require('vpc', input.VpcId ?? '');
        await checkCount(reader, draft);
        const made =
          asked.type === 'gateway'
            ? await gateway(reader, draft, input.RouteTableIds)
            : await interfaces(reader, parts, { draft, vpc, input });
        const put = reader.put('endpoint', draft.endpointId, made.answer);
        return {
          ...made,
          answer: answer(made.answer, asked.type === 'gateway' ? 'available' : 'pending'),
          writes: [put, ...made.writes],
        };
      });
    },
  );
}

function refuseUnsupported(input: CreateVpcEndpointRequest, region: string): void {
  if (input.ServiceNetworkArn !== undefined || input.ResourceConfigurationArn !== undefined) {
    throw unsupported('Endpoints of service networks and resources are not supported.');
  }
  if (input.ServiceRegion !== undefined && input.ServiceRegion !== region) {
    throw unsupported('Endpoints to services of other Regions are not supported.');
  }
}

/** What does not depend on the VPC. */
function newEndpoint(
  { ids, clock }: Ec2Parts,
  input: CreateVpcEndpointRequest,
  { service, type }: AskedService,
): VpcEndpointRecord {
  const request = requestMark(input);
  return {
    ...{ endpointId: ec2Id('vpce', (length) => ids.hex(length)), vpcId: input.VpcId ?? '', type, service },
    ...(type === 'gateway' ? { privateDnsEnabled: false } : askedPrivateDns(service, input)),
    ...{ subnetIds: [], eniIds: [], securityGroups: [], routeTableIds: [] },
    ...(input.PolicyDocument === undefined ? {} : { policyDocument: checkedPolicy(input.PolicyDocument) }),
    ...(request === undefined ? {} : { request }),
    tags: tagsFor('vpc-endpoint', input.TagSpecifications),
    createdAt: clock.now(),
  };
}

async function checkCount(reader: NetworkReader, { type, vpcId }: VpcEndpointRecord): Promise<void> {
  const counted = (await reader.all('endpoint')).filter(
    (other) => other.type === type && (type === 'gateway' || other.vpcId === vpcId),
  );
  if (counted.length < MOST[type]) return;
  throw new ApiError('VpcEndpointLimitExceeded', 'The maximum number of VPC endpoints has been reached.');
}

async function gateway(
  reader: NetworkReader,
  draft: VpcEndpointRecord,
  asked: readonly string[] = [],
): Promise<Change> {
  const routeTableIds = [...new Set(asked)];
  const writes = await routesTo(reader, draft, routeTableIds);
  return { answer: { ...draft, routeTableIds }, writes };
}

async function interfaces(
  reader: NetworkReader,
  parts: Ec2Parts,
  { draft, vpc, input }: { draft: VpcEndpointRecord; vpc: VpcRecord; input: CreateVpcEndpointRequest },
): Promise<Change> {
  const { SecurityGroupIds: asked = [] } = input;
  const groupIds = asked.length > 0 ? asked : [vpc.defaultSecurityGroupId];
  const securityGroups = await checkedGroups(reader, vpc.vpcId, groupIds);
  const endpoint = { ...draft, securityGroups };
  await checkPrivateDns(reader, endpoint, parts.dnsSuffix);
  const subnets = askedSubnets(input.SubnetIds, input.SubnetConfigurations);
  const made = await interfacesIn(reader, parts, endpoint, subnets);
  return {
    answer: {
      ...endpoint,
      subnetIds: made.map(({ eni }) => eni.subnetId),
      eniIds: made.map(({ eni }) => eni.eniId),
    },
    writes: made.flatMap(({ writes }) => writes),
    conditions: made.flatMap(({ conditions }) => conditions),
  };
}
