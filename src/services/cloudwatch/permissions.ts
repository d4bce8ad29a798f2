/** What CloudWatch's operations act on: nothing particular; only what is put may be limited to namespaces. */
import type { PutMetricDataInput } from '@aws-sdk/client-cloudwatch';
import type { ServicePermissions } from '../../wire/authorization.ts';

export const CLOUDWATCH_PERMISSIONS: ServicePermissions = {
  prefix: 'cloudwatch',
  rules: {
    PutMetricData: ({ Namespace = '' }: PutMetricDataInput) => [
      { arn: '*', context: { 'cloudwatch:namespace': Namespace } },
    ],
    GetMetricData: '*',
    GetMetricStatistics: '*',
    ListMetrics: '*',
    DescribeAlarms: '*',
    DescribeAlarmsForMetric: '*',
    ListDashboards: '*',
  },
};
