/** Reads what pictures of VPCs are made of. */
import type { Scope } from '../../domain/arn.ts';
import { type Ec2Kind, type EfsKind, keys } from '../../domain/keys.ts';
import type { VpcRecords } from '../../domain/network/vpc-records.ts';
import type { Store } from '../../ports/store.ts';

/** Each kind as of one moment; a change between two of them is followed by another look. */
export async function readVpcRecords(store: Store, scope: Scope): Promise<VpcRecords> {
  const below = async <T>(prefix: string): Promise<readonly T[]> =>
    (await store.range<T>({ prefix })).map(({ value }) => value);
  const all = <T>(kind: Ec2Kind) => below<T>(keys.ec2All(scope, kind));
  const allOfEfs = <T>(kind: EfsKind) => below<T>(keys.efsAll(scope, kind));
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
  const [fileSystems, mountTargets, accessPoints] = await Promise.all([
    allOfEfs<VpcRecords['fileSystems'][number]>('file-system'),
    allOfEfs<VpcRecords['mountTargets'][number]>('mount-target'),
    allOfEfs<VpcRecords['accessPoints'][number]>('access-point'),
  ]);
  return {
    ...{ vpcs, subnets, routeTables, internetGateways, natGateways },
    ...{ securityGroups, prefixLists, enis, endpoints, flowLogs },
    ...{ fileSystems, mountTargets, accessPoints },
  };
}
