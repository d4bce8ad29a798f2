/** Schemas of the operations by which an agent delivers logs. */
export {
  CreateLogGroup$,
  CreateLogStream$,
  PutLogEvents$,
  type PutLogEventsResponse,
} from '@aws-sdk/client-cloudwatch-logs';
