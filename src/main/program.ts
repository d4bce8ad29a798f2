/** The program: gives the command line what it may do, and ends the process with its status. */
import { setMaxListeners } from 'node:events';
import { dirname, join } from 'node:path';
import type { FlagSpec, Output, Program } from '../cli/command.ts';
import { DataFormatError, UsageError } from '../cli/command.ts';
import { COMMANDS } from '../cli/commands.ts';
import { runCli } from '../cli/run-cli.ts';
import { type Config, loadConfig, takeNotifySocket } from './config.ts';
import { type Flags, SettingsError } from './config/load-settings.ts';
import { SETTINGS, settingNames } from './config/settings.ts';
import { isFormatRefused } from './data-format/format-refusal.ts';
import { processStartTime } from '../linux/process-identity.ts';
import { SourcePositions } from './source-positions.ts';
import { VERSION } from './version.ts';

const DEFAULT_COLUMNS = 80;
const INTERRUPTED = 130;
const SAME_PRESS_MS = 500;

// What only some commands need is loaded when they run: `neargate --help` is to be quick.
const program: Program = {
  version: VERSION,
  // From dist/bin/neargate.mjs.
  selfCommand: [join(dirname(process.argv[1] ?? ''), '../../bin/neargate')],
  settingFlags: settingFlags(),
  settings: configOf,
  async up(flags, io, signal) {
    const { runUp } = await import('./up.ts');
    await onData(runUp(configOf(flags), { ...io, notifySocket: takeNotifySocket() }, signal));
  },
  async agent(configFile, signal) {
    const { runAgent } = await import('./agent/agent-process.ts');
    await runAgent(configFile, signal);
  },
  async cleanUp(flags, reason) {
    const { cleanUp } = await import('./clean-up.ts');
    await onData(cleanUp(configOf(flags), reason));
  },
  processStartTime,
};

function configOf(flags: Flags): Config {
  try {
    return loadConfig(flags);
  } catch (error) {
    if (error instanceof SettingsError) throw new UsageError(error.message);
    throw error;
  }
}

async function onData(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (isFormatRefused(error)) throw new DataFormatError(error.message);
    throw error;
  }
}

function settingFlags(): FlagSpec[] {
  const config: FlagSpec = {
    name: 'config',
    kind: 'value',
    placeholder: 'FILE',
    doc: 'A settings file (JSON).',
    fallback: '/etc/neargate/neargate.json, or neargate.json in the data directory',
  };
  const settings = settingNames().map(({ key, flag }): FlagSpec => {
    const { kind, doc, fallbackWords } = SETTINGS[key];
    const { placeholder } = kind;
    if (placeholder === '') return { name: flag, kind: 'switch', doc, fallback: fallbackWords };
    return {
      name: flag,
      kind: placeholder.endsWith(',…') ? 'list' : 'value',
      placeholder,
      doc,
      fallback: fallbackWords,
    };
  });
  return [config, ...settings];
}

/** The first Ctrl-C or SIGTERM asks for an end, one more makes it. */
function endOnSignals(ending: AbortController): void {
  let firstAt = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      // One Ctrl-C may come twice: from the terminal, and passed on by npm or sudo.
      if (ending.signal.aborted && performance.now() - firstAt > SAME_PRESS_MS) process.exit(INTERRUPTED);
      if (!ending.signal.aborted) firstAt = performance.now();
      ending.abort();
    });
  }
}

function output(
  stream: NodeJS.WriteStream,
  ending: AbortController,
  shown = (text: string): string => text,
): Output {
  // A reader that has had enough (`| head`) is no failure, but there is nobody left to go on for.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    ending.abort();
  });
  return {
    write: (text) => void stream.write(shown(text)),
    isTerminal: stream.isTTY === true,
    columns: stream.columns ?? DEFAULT_COLUMNS,
  };
}

const positions = new SourcePositions(process.argv[1] ?? '');
// What nobody caught is written by Node, which then ends the process.
process.on('uncaughtExceptionMonitor', (error) => {
  if (error.stack !== undefined) error.stack = positions.inSources(error.stack);
});
const ending = new AbortController();
// Any number of calls end with it.
setMaxListeners(0, ending.signal);
endOnSignals(ending);
const status = await runCli(process.argv.slice(2), COMMANDS, {
  out: output(process.stdout, ending),
  err: output(process.stderr, ending, (text) => positions.inSources(text)),
  signal: ending.signal,
  program,
});
process.exit(status);
