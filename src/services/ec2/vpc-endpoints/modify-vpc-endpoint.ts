/** ModifyVpcEndpoint: other subnets, groups, route tables, private DNS or policy; all of a request or nothing. */
import {
  ModifyVpcEndpoint$,
  type ModifyVpcEndpointRequest,
  type ModifyVpcEndpointResult,
} from '@aws-sdk/client-ec2';
import type { EniRecord, VpcEndpointRecord } from '../../../domain/network/records.ts';
import type { Condition, Write } from '../../../ports/store.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { invalidParameter, invalidParameterCombination, missingParameter } from '../errors.ts';
import type { NetworkReader } from '../network.ts';
import { removeInterface } from '../network-interfaces/new-interface.ts';
import type { Ec2Parts } from '../parts.ts';
import { routesTo, withoutRoutesTo } from './gateway-endpoint.ts';
import { askedSubnets, checkedGroups, interfacesIn, interfacesOf } from './interface-endpoint.ts';
import { checkedPolicy } from './policy.ts';
import { askedPrivateDns, checkPrivateDns } from './private-dns.ts';
import { refuseOtherType } from './type-parameters.ts';

interface Modified {
  readonly endpoint: VpcEndpointRecord;
  readonly writes: readonly Write[];
  readonly conditions: readonly Condition[];
}

export function modifyVpcEndpointOperation(parts: Ec2Parts) {
  return operation(
    ModifyVpcEndpoint$,
    (input: ModifyVpcEndpointRequest, { scope }: RequestContext): Promise<ModifyVpcEndpointResult> => {
      const { VpcEndpointId: id } = input;
      if (id === undefined) throw missingParameter('VpcEndpointId');
      return parts.network.change(scope, async (reader) => {
        const current = withPolicy(await reader.require('endpoint', id), input);
        refuseOtherType(current.type, input);
        const { endpoint, writes, conditions } =
          current.type === 'gateway'
            ? await withTables(reader, current, input)
            : await withInterfaces(reader, parts, current, input);
        return {
          answer: { Return: true },
          writes: [reader.put('endpoint', id, endpoint), ...writes],
          conditions,
        };
      });
    },
  );
}

function withPolicy(
  endpoint: VpcEndpointRecord,
  { PolicyDocument: text, ResetPolicy: reset = false }: ModifyVpcEndpointRequest,
): VpcEndpointRecord {
  if (reset && text !== undefined) {
    throw invalidParameterCombination('PolicyDocument cannot be set together with ResetPolicy.');
  }
  if (text !== undefined) return { ...endpoint, policyDocument: checkedPolicy(text) };
  if (!reset) return endpoint;
  const { policyDocument: _, ...rest } = endpoint;
  return rest;
}

async function withTables(
  reader: NetworkReader,
  endpoint: VpcEndpointRecord,
  { AddRouteTableIds: added = [], RemoveRouteTableIds: removed = [] }: ModifyVpcEndpointRequest,
): Promise<Modified> {
  const both = added.find((id) => removed.includes(id));
  if (both !== undefined) throw invalidParameter(`Route table ${both} cannot be both added and removed.`);
  const writes = [
    ...(await withoutRoutesTo(reader, endpoint.endpointId, removed)),
    ...(await routesTo(reader, endpoint, added)),
  ];
  const routeTableIds = changedList(endpoint.routeTableIds, added, removed);
  return { endpoint: { ...endpoint, routeTableIds }, writes, conditions: [] };
}

async function withInterfaces(
  reader: NetworkReader,
  parts: Ec2Parts,
  before: VpcEndpointRecord,
  input: ModifyVpcEndpointRequest,
): Promise<Modified> {
  const { AddSecurityGroupIds: added, RemoveSecurityGroupIds: removed } = input;
  const groupIds = changedList(before.securityGroups, added, removed);
  if (groupIds.length === 0) throw invalidParameter('An endpoint must have at least one security group.');
  const { privateDnsOnlyForInbound: _, ...rest } = before;
  const endpoint: VpcEndpointRecord = {
    ...rest,
    securityGroups: await checkedGroups(reader, before.vpcId, groupIds),
    ...askedPrivateDns(before.service, input, before),
  };
  if (input.PrivateDnsEnabled !== undefined || input.DnsOptions !== undefined) {
    await checkPrivateDns(reader, endpoint, parts.dnsSuffix);
  }
  return withSubnets(reader, parts, endpoint, input);
}

/** An interface whose address is to be another one is replaced. */
async function withSubnets(
  reader: NetworkReader,
  parts: Ec2Parts,
  endpoint: VpcEndpointRecord,
  { AddSubnetIds, RemoveSubnetIds = [], SubnetConfigurations }: ModifyVpcEndpointRequest,
): Promise<Modified> {
  const asked = askedSubnets(AddSubnetIds, SubnetConfigurations);
  const has = await interfacesOf(reader, endpoint);
  const leaves = ({ subnetId, privateIpv4Address }: EniRecord): boolean =>
    RemoveSubnetIds.includes(subnetId) ||
    (asked.addresses.get(subnetId) ?? privateIpv4Address) !== privateIpv4Address;
  const kept = has.filter((eni) => !leaves(eni));
  const occupied = kept.map(({ subnetId }) => subnetId);
  const subnetIds = asked.subnetIds.filter((id) => !occupied.includes(id));
  const made = await interfacesIn(reader, parts, endpoint, { ...asked, subnetIds }, occupied);
  const { securityGroups } = endpoint;
  const enis = [...kept, ...made.map(({ eni }) => eni)];
  return {
    endpoint: {
      ...endpoint,
      subnetIds: enis.map(({ subnetId }) => subnetId),
      eniIds: enis.map(({ eniId }) => eniId),
    },
    writes: [
      ...has.filter(leaves).flatMap((eni) => removeInterface(reader, eni)),
      ...kept.map((eni) => reader.put('eni', eni.eniId, { ...eni, securityGroups })),
      ...made.flatMap(({ writes }) => writes),
    ],
    conditions: made.flatMap(({ conditions }) => conditions),
  };
}

function changedList(
  current: readonly string[],
  added: readonly string[] = [],
  removed: readonly string[] = [],
): readonly string[] {
  return [...new Set([...current.filter((id) => !removed.includes(id)), ...added])];
}
