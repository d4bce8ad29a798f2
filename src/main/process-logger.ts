/** The logger of a process: lines on stderr. */
import type { Logger } from '../ports/logger.ts';
import { createLineLogger } from '../drivers/system/line-logger.ts';
import { systemClock } from '../drivers/system/system-clock.ts';
import type { Config } from './config.ts';
import { SourcePositions } from './source-positions.ts';

export function createProcessLogger(
  config: Pick<Config, 'logLevel' | 'logFormat'>,
  program = process.argv[1] ?? '',
): Logger {
  const positions = new SourcePositions(program);
  return createLineLogger({
    level: config.logLevel,
    format: config.logFormat,
    write: (line) => process.stderr.write(positions.inSources(line)),
    now: () => systemClock.now(),
  });
}
