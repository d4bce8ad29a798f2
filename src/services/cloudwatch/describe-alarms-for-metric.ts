import {
  DescribeAlarmsForMetric$,
  type DescribeAlarmsForMetricInput,
  type DescribeAlarmsForMetricOutput,
} from '@aws-sdk/client-cloudwatch';
import { operation } from '../../wire/service.ts';

/** DescribeAlarmsForMetric: there are none. */
export function describeAlarmsForMetric() {
  return operation(
    DescribeAlarmsForMetric$,
    async (
      _input: DescribeAlarmsForMetricInput,
    ): Promise<Omit<DescribeAlarmsForMetricOutput, '$metadata'>> => ({
      MetricAlarms: [],
    }),
  );
}
