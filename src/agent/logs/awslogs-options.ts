/** The options of the awslogs driver, checked and made ready for use. Pure. */
import { awslogsStream } from '../../domain/ecs/awslogs-stream.ts';
import type { LogConfiguration } from '../../domain/ecs/task-definition.ts';
import { AppError } from '../../domain/errors.ts';
import { datetimePattern, linePattern } from './multiline-pattern.ts';

export interface AwslogsOptions {
  readonly group: string;
  readonly stream: string;
  readonly region: string;
  readonly createGroup: boolean;
  readonly createStream: boolean;
  /** Marks the first line of an event of several lines. */
  readonly firstLine: RegExp | undefined;
  readonly mode: 'blocking' | 'non-blocking';
  /** How much unsent output is kept in non-blocking mode. */
  readonly maxBufferBytes: number;
}

/** Whose output it is. */
export interface OutputOwner {
  readonly taskId: string;
  readonly containerName: string;
  readonly region: string;
}

const DEFAULT_BUFFER_BYTES = 10 * 2 ** 20;
const SIZE_UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** Throws `invalid` with what users read after `failed to validate logger args: `. */
export function awslogsOptions(configuration: LogConfiguration, owner: OutputOwner): AwslogsOptions {
  const options = configuration.options ?? {};
  const group = options['awslogs-group'];
  if (group === undefined || group === '') {
    throw new AppError('invalid', 'must specify a value for log opt: awslogs-group');
  }
  const prefix = options['awslogs-stream-prefix'];
  return {
    group,
    stream: awslogsStream(prefix, owner.containerName, owner.taskId),
    region: options['awslogs-region'] ?? owner.region,
    createGroup: truth(options, 'awslogs-create-group', false),
    createStream: truth(options, 'awslogs-create-stream', true),
    firstLine: firstLine(options),
    mode: options['mode'] === 'non-blocking' ? 'non-blocking' : 'blocking',
    maxBufferBytes: size(options['max-buffer-size']),
  };
}

function firstLine(options: Readonly<Record<string, string>>): RegExp | undefined {
  const datetime = options['awslogs-datetime-format'];
  const pattern = options['awslogs-multiline-pattern'];
  if (datetime !== undefined && pattern !== undefined) {
    const both =
      'you cannot configure log opt awslogs-datetime-format and awslogs-multiline-pattern at the same time';
    throw new AppError('invalid', both);
  }
  if (datetime !== undefined) return datetimePattern(datetime);
  return pattern === undefined ? undefined : linePattern(pattern);
}

function truth(options: Readonly<Record<string, string>>, name: string, fallback: boolean): boolean {
  const value = options[name];
  if (value === undefined || value === '') return fallback;
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw new AppError('invalid', `must specify valid value for log opt '${name}': ${value}`);
}

function size(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_BUFFER_BYTES;
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([bkmg]?)(?:i?b)?$/i.exec(text) ?? [];
  if (number === undefined) throw new AppError('invalid', `invalid value for max-buffer-size: ${text}`);
  return Math.floor(Number(number) * (SIZE_UNITS[unit.toLowerCase()] ?? 1));
}
