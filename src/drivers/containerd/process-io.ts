/**
 * Where the shim takes a process's input from and puts its output: files, which the shim itself appends to, or programs
 * that it starts. No process of ours is needed for a container to go on.
 */
import { open, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeError } from '../../linux/errno.ts';
import { makeFifo } from '../../linux/fifo.ts';
import { processesWithArguments } from '../../linux/process-identity.ts';
import type { Launch } from './container-record.ts';
import type { Request } from './proto/message-types.ts';
import { copierScript } from './output-copier.ts';
import { shellWord } from './shell-word.ts';

/** Its writer has only the rest of a pipe to write, unless the disk does not answer. */
const OUTPUT_TIMEOUT_MS = 2_000;
const LONGEST_PAUSE_MS = 50;

type Stdio = Pick<Request<'TaskCreateRequest'>, 'stdin' | 'stdout' | 'stderr' | 'terminal'>;

/** Makes the files that the shim opens. May be repeated: what is in them stays. */
export async function prepareStdio(launch: Launch): Promise<void> {
  const outputs = launch.terminal ? [launch.stdoutPath] : [launch.stdoutPath, launch.stderrPath];
  await Promise.all([
    ...[...new Set(outputs)].map(assureFile),
    ...(launch.stdinPath === undefined ? [] : [makeFifo(launch.stdinPath)]),
  ]);
}

/** As the shim is told of it. It holds the input's writing end itself, so that it never ends. */
export function stdioOf(launch: Launch): Stdio {
  const stdin = launch.stdinPath;
  if (launch.terminal) return { stdin, stdout: program(terminalScript(launch)), terminal: true };
  if (isCopied(launch)) return { stdout: program(pipesScript(launch)) };
  return { stdin, stdout: launch.stdoutPath, stderr: otherSpelling(launch.stderrPath) };
}

/** A file of its own for the output of one command, in place of what was there. */
export async function freshOutput(path: string): Promise<Stdio> {
  try {
    await rm(path, { force: true });
    await (await open(path, 'wx', 0o600)).close();
  } catch (error) {
    throw nodeError(error, path);
  }
  return { stdout: path, stderr: otherSpelling(path) };
}

/** Resolves when all that a process wrote, which has ended, is in its file. The shim itself waits for other output. */
export async function outputWritten(launch: Launch): Promise<void> {
  if (!launch.terminal) return;
  const script = terminalScript(launch);
  const deadline = AbortSignal.timeout(OUTPUT_TIMEOUT_MS);
  for (let pauseMs = 1; !deadline.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const running = await Promise.all([
      processesWithArguments(['tee', '-a', launch.stdoutPath]),
      processesWithArguments(['-c', script]),
    ]);
    if (running.flat().length === 0) return;
    await sleep(pauseMs);
  }
}

/**
 * The shim appends to files that are there, each stream to its own. (A `file://` address would be made by the shim, and
 * would take both streams.)
 */
async function assureFile(path: string): Promise<void> {
  try {
    await (await open(path, 'a', 0o600)).close();
  } catch (error) {
    throw nodeError(error, path);
  }
}

/** The shim shares one handle between equal paths and may close it after the first stream's end: it gets two. */
function otherSpelling(path: string): string {
  return path.replace(/\/([^/]*)$/, '/./$1');
}

/** Of a process with an input of its own the shim only takes output by itself: that is not held up. */
function isCopied({ outputLimitBytes, stdinPath }: Launch): boolean {
  return outputLimitBytes !== undefined && stdinPath === undefined;
}

function pipesScript({ stdoutPath, stderrPath, outputLimitBytes = 0 }: Launch): string {
  return copierScript(stdoutPath, stderrPath, outputLimitBytes);
}

/**
 * A terminal's output the shim would write from the file's beginning, over what is there. So it gets a program to write
 * it. It ends with the terminal.
 */
function terminalScript({ stdoutPath, outputLimitBytes }: Launch): string {
  if (outputLimitBytes !== undefined) return copierScript(stdoutPath, undefined, outputLimitBytes);
  return `exec 5>&- tee -a ${shellWord(stdoutPath)} <&3 >/dev/null`;
}

/** A program that the shim starts and hands the output: descriptor 3, and closing 5 says that it is ready. */
function program(script: string): string {
  return `binary:///bin/sh?-c=${encodeURIComponent(script)}`;
}
