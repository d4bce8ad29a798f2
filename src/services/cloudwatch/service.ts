/**
 * Amazon CloudWatch, as far as metrics go: a file an operation. There are no alarms; who asks for them finds none.
 * SDKs of different ages speak different protocols with it.
 */
import type { OperationDefinition, ServiceDefinition } from '../../wire/service.ts';
import type { CloudWatchDeps } from './deps.ts';
import { describeAlarms } from './describe-alarms.ts';
import { describeAlarmsForMetric } from './describe-alarms-for-metric.ts';
import { getMetricData } from './get-metric-data.ts';
import { getMetricStatistics } from './get-metric-statistics.ts';
import { listDashboards } from './list-dashboards.ts';
import { listMetrics } from './list-metrics.ts';
import { CLOUDWATCH_PERMISSIONS } from './permissions.ts';
import { putMetricData } from './put-metric-data.ts';

const NAME = 'monitoring';
/** The name that the service has in its targets and paths. */
const SHAPE_NAME = 'GraniteServiceVersion20100801';

/** The service once for each protocol. */
export function createCloudWatchServices(deps: CloudWatchDeps): readonly ServiceDefinition[] {
  const base = { name: NAME, permissions: CLOUDWATCH_PERMISSIONS, operations: operationsOf(deps) };
  return [
    {
      protocol: 'aws-query',
      version: '2010-08-01',
      xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
      hasFractions: true,
      ...base,
    },
    { protocol: 'aws-json', targetPrefix: SHAPE_NAME, jsonVersion: '1.0', ...base },
    { protocol: 'rpc-v2-cbor', shapeName: SHAPE_NAME, ...base },
  ];
}

function operationsOf(deps: CloudWatchDeps): readonly OperationDefinition[] {
  return [
    putMetricData(deps),
    getMetricData(deps),
    getMetricStatistics(deps),
    listMetrics(deps),
    describeAlarms(),
    describeAlarmsForMetric(),
    listDashboards(),
  ];
}
