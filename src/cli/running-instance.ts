/** Finds the Neargate that runs on a data directory, by its ready file and the process that the file names. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommandContext, CommandError } from './command.ts';
import { type ReadyInfo, readReadyFile } from './ready-info.ts';

export interface RunningInstance {
  readonly info: ReadyInfo;
  readonly pid: number;
  /** With the pid, tells this process from any other. */
  readonly startTime: string;
}

/** Undefined when none runs there. A file that a killed Neargate left behind counts for nothing. */
export async function findRunning(
  context: Pick<CommandContext, 'flags' | 'program'>,
): Promise<RunningInstance | undefined> {
  const { dataDir } = context.program.settings(context.flags);
  const info = await readInfo(join(dataDir, 'ready.json'));
  if (info === undefined || !(await runsNeargate(info.pid))) return undefined;
  const startTime = context.program.processStartTime(info.pid);
  return startTime === undefined ? undefined : { info, pid: info.pid, startTime };
}

/** As `findRunning`; says plainly when there is none. */
export async function requireRunning(context: CommandContext): Promise<RunningInstance> {
  const found = await findRunning(context);
  if (found !== undefined) return found;
  const { dataDir } = context.program.settings(context.flags);
  const hint = process.getuid?.() === 0 ? '' : ' If root runs it, use sudo.';
  throw new CommandError(
    `No Neargate runs on ${dataDir}. Start one with 'neargate up', or name its directory with --data-dir.${hint}`,
  );
}

async function readInfo(path: string): Promise<ReadyInfo | undefined> {
  try {
    return await readReadyFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES') throw error;
    throw new CommandError(
      `${path} cannot be read: it belongs to the user who runs Neargate (root?). Try with sudo.`,
    );
  }
}

/** A pid may have gone to another program since the file was written. */
async function runsNeargate(pid: number): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const [, ...args] = line.split('\0');
  return args.some((arg) => /(^|\/)neargate(\.mjs)?$/.test(arg)) && args.includes('up');
}
