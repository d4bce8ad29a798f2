/** What a machine needs to know of one VPC, out of all records of its account and region. Pure. */
import type { Scope } from '../arn.ts';
import { awsPrefixLists } from './aws-prefix-lists.ts';
import { endpointName, zonalEndpointName } from './names/endpoint-names.ts';
import { groupPicture } from './group-picture.ts';
import type { EniRecord, FlowLogRecord, VpcEndpointRecord } from './records.ts';
import { SubnetRoutes } from './route-picture.ts';
import type {
  EndpointPicture,
  FileSystemPicture,
  FlowLogPicture,
  InterfacePicture,
  VpcPicture,
} from './vpc.ts';
import type { VpcRecords } from './vpc-records.ts';

export interface PictureView {
  readonly scope: Scope;
  readonly vpcId: string;
  /** The machine that gets the picture: interfaces of its own tasks are not in it. */
  readonly machineId: string;
  readonly routedFromHost: boolean;
  /** The setting: where the AWS services are. */
  readonly serviceCidr: string;
  /** The setting, e.g. `amazonaws.com`. */
  readonly dnsSuffix: string;
}

/** Undefined when there is no such VPC (any more). */
export function buildPicture(records: VpcRecords, view: PictureView): VpcPicture | undefined {
  const { scope, vpcId, routedFromHost } = view;
  const vpc = records.vpcs.find((one) => one.vpcId === vpcId);
  if (vpc === undefined) return undefined;
  const { cidr, enableDnsSupport, enableDnsHostnames } = vpc;
  const prefixListCidrs = prefixLists(records, view);
  const routes = new SubnetRoutes(vpc, records, prefixListCidrs);
  const ofVpc = <T extends { readonly vpcId: string }>(all: readonly T[]): T[] =>
    all.filter((one) => one.vpcId === vpcId);
  return {
    ...{ account: scope.account, region: scope.region, vpcId, cidr, routedFromHost },
    ...{ enableDnsSupport, enableDnsHostnames },
    subnets: ofVpc(records.subnets).map((subnet) => ({
      subnetId: subnet.subnetId,
      cidr: subnet.cidr,
      availabilityZone: subnet.availabilityZone,
      routes: routes.of(subnet.subnetId),
    })),
    groups: ofVpc(records.securityGroups).map((group) => groupPicture(group, prefixListCidrs)),
    interfaces: ofVpc(records.enis).flatMap((eni) => interfacePicture(eni, view)),
    endpoints: ofVpc(records.endpoints).map((endpoint) => endpointPicture(endpoint, records, view)),
    flowLogs: ofVpc(records.flowLogs).map(flowLogPicture),
    fileSystems: fileSystemPictures(records, vpcId),
  };
}

function prefixLists(records: VpcRecords, { scope, serviceCidr }: PictureView) {
  const lists = new Map<string, readonly string[]>();
  for (const { prefixListId, cidrs } of awsPrefixLists(scope.region, serviceCidr)) {
    lists.set(prefixListId, cidrs);
  }
  for (const { prefixListId, entries } of records.prefixLists) {
    lists.set(
      prefixListId,
      entries.map(({ cidr }) => cidr),
    );
  }
  return (prefixListId: string): readonly string[] => lists.get(prefixListId) ?? [];
}

const PURPOSES = {
  task: 'task-elsewhere',
  endpoint: 'endpoint',
  'nat-gateway': 'nat-gateway',
  'mount-target': 'mount-target',
} as const;

/** Nothing for an interface of a task of the machine itself. */
function interfacePicture(eni: EniRecord, { machineId }: PictureView): InterfacePicture[] {
  const { eniId, subnetId, privateIpv4Address, securityGroups, publicIpv4Address, owner } = eni;
  if (owner.type === 'task' && owner.machineId === machineId) return [];
  return [
    {
      ...{ eniId, subnetId, privateIpv4Address, securityGroups, purpose: PURPOSES[owner.type] },
      ...(publicIpv4Address === undefined ? {} : { publicIpv4Address }),
    },
  ];
}

function endpointPicture(
  endpoint: VpcEndpointRecord,
  records: VpcRecords,
  view: PictureView,
): EndpointPicture {
  const { endpointId, type, service, privateDnsEnabled, eniIds, subnetIds } = endpoint;
  if (type === 'gateway') {
    return { endpointId, type, service, privateDns: false, eniIds: [], dnsNames: [] };
  }
  const place = { endpointId, service, region: view.scope.region, suffix: view.dnsSuffix };
  const zones = records.subnets
    .filter(({ subnetId }) => subnetIds.includes(subnetId))
    .map(({ availabilityZone }) => availabilityZone);
  const dnsNames = [endpointName(place), ...zones.map((zone) => zonalEndpointName(place, zone))];
  const privateDns = privateDnsEnabled && endpoint.privateDnsOnlyForInbound !== true;
  return { endpointId, type, service, privateDns, eniIds, dnsNames };
}

function flowLogPicture(record: FlowLogRecord): FlowLogPicture {
  const { flowLogId, resourceId, trafficType, maxAggregationIntervalS, logFormat } = record;
  return {
    ...{ flowLogId, resourceId, trafficType, maxAggregationIntervalS, logFormat },
    destination: destinationOf(record),
  };
}

function destinationOf(record: FlowLogRecord): FlowLogPicture['destination'] {
  if (record.destinationType === 'cloud-watch-logs') {
    const [, named = ''] = /:log-group:([^:]+)/.exec(record.logDestination ?? '') ?? [];
    return { type: 'cloud-watch-logs', logGroupName: record.logGroupName ?? named };
  }
  const { logDestination = '', hivePartitions, hourlyPartitions } = record;
  const [bucket = '', ...folders] = logDestination.replace(/^arn:[^:]*:s3:::/, '').split('/');
  const folder = folders.filter((part) => part !== '').join('/');
  return { type: 's3', bucket, folder, hivePartitions, hourlyPartitions };
}

function fileSystemPictures(records: VpcRecords, vpcId: string): FileSystemPicture[] {
  return records.fileSystems.flatMap(({ fileSystemId, policy }) => {
    const mountTargets = records.mountTargets
      .filter((target) => target.fileSystemId === fileSystemId && target.vpcId === vpcId)
      .map(({ mountTargetId, eniId, availabilityZone }) => ({ mountTargetId, eniId, availabilityZone }));
    if (mountTargets.length === 0) return [];
    const accessPoints = records.accessPoints
      .filter((point) => point.fileSystemId === fileSystemId)
      .map(({ accessPointId, posixUser, rootPath, creationInfo }) => ({
        ...{ accessPointId, rootPath },
        ...(posixUser !== undefined && { posixUser }),
        ...(creationInfo !== undefined && { creationInfo }),
      }));
    return [{ fileSystemId, mountTargets, accessPoints, ...(policy !== undefined && { policy }) }];
  });
}
