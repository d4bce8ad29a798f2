/** A flow log as the API shows it, and what its filters look at. */
import type { FlowLog } from '@aws-sdk/client-ec2';
import type { FlowLogRecord } from '../../../domain/network/records.ts';
import type { FilterFields } from '../filters.ts';
import { tagsView } from '../tags.ts';

/** What a flow log is from its creation on; failures to deliver are in the log of the machine. */
const DELIVERY = 'SUCCESS';

export function flowLogView(record: FlowLogRecord): FlowLog {
  const { logGroupName, logDestination, deliverLogsPermissionArn, destinationType } = record;
  return {
    FlowLogId: record.flowLogId,
    FlowLogStatus: 'ACTIVE',
    ResourceId: record.resourceId,
    TrafficType: record.trafficType,
    LogDestinationType: destinationType,
    ...(logDestination === undefined ? {} : { LogDestination: logDestination }),
    ...(logGroupName === undefined ? {} : { LogGroupName: logGroupName }),
    ...(deliverLogsPermissionArn === undefined ? {} : { DeliverLogsPermissionArn: deliverLogsPermissionArn }),
    DeliverLogsStatus: DELIVERY,
    LogFormat: record.logFormat,
    MaxAggregationInterval: record.maxAggregationIntervalS,
    ...(destinationType === 's3'
      ? {
          DestinationOptions: {
            FileFormat: 'plain-text',
            HiveCompatiblePartitions: record.hivePartitions,
            PerHourPartition: record.hourlyPartitions,
          },
        }
      : {}),
    CreationTime: new Date(record.createdAt),
    Tags: tagsView(record.tags),
  };
}

export const FLOW_LOG_FILTERS: FilterFields<FlowLogRecord> = {
  'deliver-log-status': () => DELIVERY,
  'flow-log-id': ({ flowLogId }) => flowLogId,
  'log-destination-type': ({ destinationType }) => destinationType,
  'log-group-name': ({ logGroupName }) => logGroupName,
  'resource-id': ({ resourceId }) => resourceId,
  'traffic-type': ({ trafficType }) => trafficType,
};
