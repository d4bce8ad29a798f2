/** Lines of flow logs: one flow of one interface in one interval, or that there was none, or that some were skipped. */
import type { Scope } from '../../arn.ts';
import type { FlowInterface } from './flow-interface.ts';
import type { FlowLogField, FlowLogFormat } from './flow-log-format.ts';
import type { FlowPart } from './flow-parts.ts';
import type { FlowPlaces } from './flow-place.ts';
import { findZone } from '../zones.ts';

export interface RecordContext extends Scope {
  readonly vpcId: string;
  readonly face: FlowInterface;
  readonly places: FlowPlaces;
}

/** What a line without a flow tells. Times are epoch milliseconds. */
export interface NoFlow {
  readonly status: 'NODATA' | 'SKIPDATA';
  readonly start: number;
  readonly end: number;
}

type Value = string | number | undefined;

const TCP = 6;

/** Fields that every line has, also one without a flow. */
const OF_LINE: Partial<Record<FlowLogField, (line: FlowPart | NoFlow, context: RecordContext) => Value>> = {
  'account-id': (_, { account }) => account,
  'interface-id': (_, { face }) => face.eniId,
  start: ({ start }) => seconds(start),
  end: ({ end }) => seconds(end),
  'log-status': (line) => ('status' in line ? line.status : 'OK'),
  'vpc-id': (_, { vpcId }) => vpcId,
  'subnet-id': (_, { face }) => face.subnetId,
  region: (_, { region }) => region,
  'az-id': (_, { face, region }) => findZone(region, face.availabilityZone)?.zoneId,
  'ecs-cluster-arn': (_, { face }) => face.task?.clusterArn,
  'ecs-cluster-name': (_, { face }) => face.task?.clusterName,
  'ecs-container-id': (_, { face }) => face.task?.containerIds[0],
  'ecs-second-container-id': (_, { face }) => face.task?.containerIds[1],
  'ecs-task-definition-arn': (_, { face }) => face.task?.taskDefinitionArn,
  'ecs-task-arn': (_, { face }) => face.task?.taskArn,
  'ecs-task-id': (_, { face }) => face.task?.taskId,
};

const OF_FLOW: Partial<Record<FlowLogField, (flow: FlowPart, context: RecordContext) => Value>> = {
  srcaddr: ({ srcaddr }) => srcaddr,
  dstaddr: ({ dstaddr }) => dstaddr,
  srcport: ({ srcport }) => srcport,
  dstport: ({ dstport }) => dstport,
  protocol: ({ protocol }) => protocol,
  packets: ({ packets }) => packets,
  bytes: ({ bytes }) => bytes,
  action: ({ action }) => action,
  'tcp-flags': ({ protocol, tcpFlags }) => (protocol === TCP ? tcpFlags : 0),
  type: () => 'IPv4',
  'pkt-srcaddr': ({ pktSrcaddr }) => pktSrcaddr,
  'pkt-dstaddr': ({ pktDstaddr }) => pktDstaddr,
  'pkt-src-aws-service': ({ pktSrcaddr }, { places }) => places.awsService(pktSrcaddr),
  'pkt-dst-aws-service': ({ pktDstaddr }, { places }) => places.awsService(pktDstaddr),
  'flow-direction': ({ direction }) => direction,
  'traffic-path': ({ direction, pktDstaddr }, { face, places }) =>
    direction === 'egress' ? places.trafficPath(face.subnetId, pktDstaddr) : undefined,
};

/** The line, without an end of line. What is not known, or does not apply, is `-`. */
export function recordLine(format: FlowLogFormat, source: FlowPart | NoFlow, context: RecordContext): string {
  return format.fields
    .map((field) => {
      if (field === 'version') return format.version;
      const ofFlow = 'status' in source ? undefined : OF_FLOW[field]?.(source, context);
      return OF_LINE[field]?.(source, context) ?? ofFlow ?? '-';
    })
    .join(' ');
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
