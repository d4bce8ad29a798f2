/**
 * The fields of flow log records, and formats made of them. A format is a text such as `${version} ${srcaddr}`: fields
 * of the table, separated by one space each. It cannot be changed once a flow log has it.
 */
import { AppError } from '../../errors.ts';

/** Every field with the version that brought it. The order is that of AWS's documentation. */
export const FLOW_LOG_FIELDS = {
  version: 2,
  'account-id': 2,
  'interface-id': 2,
  srcaddr: 2,
  dstaddr: 2,
  srcport: 2,
  dstport: 2,
  protocol: 2,
  packets: 2,
  bytes: 2,
  start: 2,
  end: 2,
  action: 2,
  'log-status': 2,
  'vpc-id': 3,
  'subnet-id': 3,
  'instance-id': 3,
  'tcp-flags': 3,
  type: 3,
  'pkt-srcaddr': 3,
  'pkt-dstaddr': 3,
  region: 4,
  'az-id': 4,
  'sublocation-type': 4,
  'sublocation-id': 4,
  'pkt-src-aws-service': 5,
  'pkt-dst-aws-service': 5,
  'flow-direction': 5,
  'traffic-path': 5,
  'ecs-cluster-arn': 7,
  'ecs-cluster-name': 7,
  'ecs-container-instance-arn': 7,
  'ecs-container-instance-id': 7,
  'ecs-container-id': 7,
  'ecs-second-container-id': 7,
  'ecs-service-name': 7,
  'ecs-task-definition-arn': 7,
  'ecs-task-arn': 7,
  'ecs-task-id': 7,
} as const satisfies Record<string, number>;

export type FlowLogField = keyof typeof FLOW_LOG_FIELDS;

const DEFAULT_VERSION = 2;

/** What a flow log has without a format of its own: all fields of version 2, in their order. */
export const DEFAULT_FLOW_LOG_FIELDS: readonly FlowLogField[] = (
  Object.keys(FLOW_LOG_FIELDS) as FlowLogField[]
).filter((field) => FLOW_LOG_FIELDS[field] === DEFAULT_VERSION);

export const DEFAULT_FLOW_LOG_FORMAT = formatOf(DEFAULT_FLOW_LOG_FIELDS);

export interface FlowLogFormat {
  readonly fields: readonly FlowLogField[];
  /** The highest among the fields: what `${version}` stands for. */
  readonly version: number;
}

/** Takes a format apart. `invalid`, with AWS's words, when it is none or names a field that does not exist. */
export function parseFlowLogFormat(text: string): FlowLogFormat {
  const names = text.split(' ').map((part) => /^\$\{([^${}\s]+)\}$/.exec(part)?.[1]);
  const fields = names.filter((name) => name !== undefined);
  if (fields.length < names.length) {
    throw new AppError(
      'invalid',
      `1 validation error detected: Value '${text}' at 'logFormat' has an invalid format`,
    );
  }
  const unknown = fields.filter((field) => !Object.hasOwn(FLOW_LOG_FIELDS, field));
  if (unknown.length > 0) {
    const list = unknown.map((field) => `'${field}'`).join(', ');
    throw new AppError('invalid', `Unknown fields provided: ${list}`);
  }
  return { fields: fields as FlowLogField[], version: versionOf(fields as FlowLogField[]) };
}

/** A format's text. */
export function formatOf(fields: readonly FlowLogField[]): string {
  return fields.map((field) => `\${${field}}`).join(' ');
}

/** The first line of a file of records: the fields' names. */
export function headerLine({ fields }: FlowLogFormat): string {
  return fields.join(' ');
}

function versionOf(fields: readonly FlowLogField[]): number {
  return Math.max(...fields.map((field) => FLOW_LOG_FIELDS[field]));
}
