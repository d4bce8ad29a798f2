/** Reads what pictures of VPCs are made of. */
import type { Scope } from '../../domain/arn.ts';
import { type Ec2Kind, keys } from '../../domain/keys.ts';
import type { VpcRecords } from '../../domain/network/vpc-records.ts';
import type { Store } from '../../ports/store.ts';

/** Each kind as of one moment; a change between two of them is followed by another look. */
export async function readVpcRecords(store: Store, scope: Scope): Promise<VpcRecords> {
  const all = async <T>(kind: Ec2Kind): Promise<readonly T[]> =>
    (await store.range<T>({ prefix: keys.ec2All(scope, kind) })).map(({ value }) => value);
  const [vpcs, subnets, routeTables, internetGateways, natGateways] = await Promise.all([
    all<VpcRecords['vpcs'][number]>('vpc'),
    all<VpcRecords['subnets'][number]>('subnet'),
    all<VpcRecords['routeTables'][number]>('route-table'),
    all<VpcRecords['internetGateways'][number]>('internet-gateway'),
    all<VpcRecords['natGateways'][number]>('nat-gateway'),
  ]);
  const [securityGroups, prefixLists, enis, endpoints, flowLogs] = await Promise.all([
    all<VpcRecords['securityGroups'][number]>('security-group'),
    all<VpcRecords['prefixLists'][number]>('prefix-list'),
    all<VpcRecords['enis'][number]>('eni'),
    all<VpcRecords['endpoints'][number]>('endpoint'),
    all<VpcRecords['flowLogs'][number]>('flow-log'),
  ]);
  return {
    ...{ vpcs, subnets, routeTables, internetGateways, natGateways },
    ...{ securityGroups, prefixLists, enis, endpoints, flowLogs },
  };
}
