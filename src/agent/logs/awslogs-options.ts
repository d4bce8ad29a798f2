/** The options of the awslogs driver, checked and made ready for use. Pure. */
import { awslogsStream } from '../../domain/ecs/awslogs-stream.ts';
import type { LogConfiguration } from '../../domain/ecs/task-definition.ts';
import { AppError } from '../../domain/errors.ts';
import { datetimePattern } from './multiline-pattern.ts';

export type LogMode = 'blocking' | 'non-blocking';

export interface AwslogsOptions {
  readonly group: string;
  readonly stream: string;
  readonly region: string;
  readonly createGroup: boolean;
  readonly createStream: boolean;
  /** Where the service is, in place of its usual name. */
  readonly endpoint: URL | undefined;
  /** A regular expression for the first line of an event of several lines. */
  readonly firstLine: string | undefined;
  readonly mode: LogMode;
  /** Longest wait of an event for company, where the task definition says it. */
  readonly flushIntervalMs: number | undefined;
  /** How much unsent output is kept in non-blocking mode. */
  readonly maxBufferBytes: number;
}

/** Whose output it is. */
export interface OutputOwner {
  readonly taskId: string;
  readonly containerName: string;
  readonly region: string;
  /** What holds where the log configuration has no mode. */
  readonly defaultMode: LogMode;
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
    endpoint: endpoint(options['awslogs-endpoint']),
    mode: logMode(configuration, owner.defaultMode),
    maxBufferBytes: maxBufferBytes(configuration),
    flushIntervalMs: flushInterval(options['awslogs-force-flush-interval-seconds']),
  };
}

/** Throws `invalid` for a word that is none of the two. */
export function logMode({ options = {} }: LogConfiguration, fallback: LogMode): LogMode {
  const { mode = '' } = options;
  if (mode === '') return fallback;
  if (mode === 'blocking' || mode === 'non-blocking') return mode;
  throw new AppError('invalid', `logger: invalid mode "${mode}"`);
}

/** How much unsent output is kept in non-blocking mode. Throws `invalid`. */
export function maxBufferBytes({ options = {} }: LogConfiguration): number {
  return size(options['max-buffer-size']);
}

function endpoint(text: string | undefined): URL | undefined {
  if (text === undefined || text === '') return undefined;
  const url = URL.parse(/^https?:\/\//.test(text) ? text : `https://${text}`);
  if (url !== null && url.pathname === '/' && url.search === '' && url.username === '') return url;
  throw new AppError('invalid', `must specify valid value for log opt 'awslogs-endpoint': ${text}`);
}

function flushInterval(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,6}$/.test(text) && Number(text) > 0) return Number(text) * 1000;
  throw new AppError(
    'invalid',
    `must specify a positive integer for log opt 'awslogs-force-flush-interval-seconds': ${text}`,
  );
}

function firstLine(options: Readonly<Record<string, string>>): string | undefined {
  const datetime = options['awslogs-datetime-format'];
  const pattern = options['awslogs-multiline-pattern'];
  if (datetime !== undefined && pattern !== undefined) {
    const both =
      'you cannot configure log opt awslogs-datetime-format and awslogs-multiline-pattern at the same time';
    throw new AppError('invalid', both);
  }
  if (datetime !== undefined) return datetimePattern(datetime);
  return pattern;
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
