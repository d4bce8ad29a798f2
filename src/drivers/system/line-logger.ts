/** Structured log lines: JSON, or short text for a person. Errors are shown with kind, message and cause. */
import { AppError } from '../../domain/errors.ts';
import type { LogFields, Logger } from '../../ports/logger.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LineLoggerOptions {
  readonly level: LogLevel;
  readonly format: 'json' | 'text';
  /** Takes one line, with its end. */
  readonly write: (line: string) => void;
  readonly now: () => number;
  readonly fields?: LogFields;
}

export function createLineLogger(options: LineLoggerOptions): Logger {
  const threshold = LOG_LEVELS.indexOf(options.level);
  const log = (level: LogLevel, message: string, fields: LogFields = {}): void => {
    if (LOG_LEVELS.indexOf(level) < threshold) return;
    const time = new Date(options.now()).toISOString();
    const all = { ...options.fields, ...fields };
    options.write(
      `${options.format === 'json' ? jsonLine(time, level, message, all) : textLine(time, level, message, all)}\n`,
    );
  };
  return {
    debug: (message, fields) => log('debug', message, fields),
    info: (message, fields) => log('info', message, fields),
    warn: (message, fields) => log('warn', message, fields),
    error: (message, fields) => log('error', message, fields),
    child: (fields) => createLineLogger({ ...options, fields: { ...options.fields, ...fields } }),
  };
}

function jsonLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  return JSON.stringify({ time, level, message, ...describe(fields) });
}

function textLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  const tail = Object.entries(describe(fields))
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('');
  return `${time} ${level.padEnd(5)} ${message}${tail}`;
}

function describe(fields: LogFields): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    plain[name] = value instanceof Error ? describeError(value) : value;
  }
  return plain;
}

function describeError(error: Error): Record<string, unknown> {
  return {
    message: error.message,
    ...(error instanceof AppError ? { kind: error.kind, ...error.details } : { stack: error.stack }),
    ...(error.cause instanceof Error ? { cause: describeError(error.cause) } : {}),
  };
}
