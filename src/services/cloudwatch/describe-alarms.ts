import {
  DescribeAlarms$,
  type DescribeAlarmsInput,
  type DescribeAlarmsOutput,
} from '@aws-sdk/client-cloudwatch';
import { checkRange } from '../../domain/ecs/constraints.ts';
import { operation } from '../../wire/service.ts';

/** DescribeAlarms: there are none. */
export function describeAlarms() {
  return operation(
    DescribeAlarms$,
    async ({ MaxRecords }: DescribeAlarmsInput): Promise<Omit<DescribeAlarmsOutput, '$metadata'>> => {
      checkRange('ValidationException', 'maxRecords', MaxRecords, { min: 1, max: 100 });
      return { MetricAlarms: [], CompositeAlarms: [] };
    },
  );
}
