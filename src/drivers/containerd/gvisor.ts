/**
 * gVisor as runc's shim needs it: the shim calls a small script in place of runc, which adds runsc's flags. The shim knows
 * of a command in a container only runsc's process on the host; the script has runsc write down its number inside the
 * sandbox as well, so that the command itself can be killed.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { AppError } from '../../domain/errors.ts';
import type { HiddenSpecs } from './hidden-specs.ts';
import { RUNC_STATE } from './leftover-containers.ts';
import { shellWord } from './shell-word.ts';

export interface GvisorOptions {
  /** Absolute; made when missing. The script is put there. */
  readonly directory: string;
  /** The program; looked up in PATH when it has no slash. */
  readonly runsc: string;
  readonly specs: HiddenSpecs;
}

/** A command in a container. `execId` begins with `exec-`. */
export interface GvisorCommand {
  readonly namespace: string;
  readonly containerId: string;
  readonly execId: string;
}

interface InnerProcess {
  readonly pid: number;
  readonly parent: number;
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const TIMEOUT_MS = 5_000;
const run = promisify(execFile);

export class Gvisor {
  /** What the shim calls. */
  readonly script: string;
  readonly #commands: string;
  readonly #directory: string;
  readonly #runsc: string;
  readonly #specs: HiddenSpecs;

  constructor({ directory, runsc, specs }: GvisorOptions) {
    this.#specs = specs;
    this.script = `${directory}/runsc.sh`;
    this.#commands = `${directory}/commands`;
    this.#directory = directory;
    this.#runsc = runsc;
  }

  /** Writes the script for the runsc that is installed; `failed-precondition` when there is none. May be repeated. */
  async prepare(): Promise<void> {
    const text = gvisorScript({
      runsc: this.#runsc,
      flags: await this.#knownFlags(),
      commands: this.#commands,
      specLines: this.#specs.scriptLines(),
    });
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    // Of commands of an earlier agent.
    await rm(this.#commands, { recursive: true, force: true });
    await mkdir(this.#commands, { mode: 0o700 });
    // A shim may be starting it.
    const fresh = `${this.script}.${process.pid}`;
    await writeFile(fresh, text, { mode: 0o700 });
    await rename(fresh, this.script);
  }

  /** Kills a command with all that it started. No error when it has ended. */
  async killCommand({ namespace, containerId, execId }: GvisorCommand): Promise<void> {
    const first = Number(await readFile(this.#fileOf(execId), 'utf8').catch(() => ''));
    if (!Number.isInteger(first) || first <= 1) return;
    const root = ['--root', `${RUNC_STATE}/${namespace}`];
    const runsc = (args: readonly string[]) => run(this.script, [...root, ...args], { timeout: TIMEOUT_MS });
    // The format json leaves parents out.
    const { stdout } = await runsc(['ps', '--format', 'table', containerId]);
    for (const pid of withDescendants(first, parsePs(stdout))) {
      await runsc(['kill', '--pid', String(pid), containerId, 'KILL']).catch(() => undefined);
    }
  }

  /** Of a command that has ended. */
  async forgetCommand(execId: string): Promise<void> {
    await rm(this.#fileOf(execId), { force: true });
  }

  #fileOf(execId: string): string {
    return `${this.#commands}/${execId}.pid`;
  }

  async #knownFlags(): Promise<string> {
    try {
      const { stdout, stderr } = await run(this.#runsc, ['flags'], { timeout: TIMEOUT_MS, env: { PATH } });
      return stdout + stderr;
    } catch (cause) {
      throw new AppError('failed-precondition', `gVisor's ${this.#runsc} cannot be started`, { cause });
    }
  }
}

interface GvisorScriptParts {
  readonly runsc: string;
  readonly flags: string;
  readonly commands: string;
  readonly specLines: string;
}

/**
 * The script that the shim calls in place of runc. `flags` is what `runsc flags` prints, `commands` the directory for the
 * commands' numbers, `specLines` what puts hidden specs in their places. The network is the host's, which is to say that of the namespace in which the container is: the task's.
 */
export function gvisorScript({ runsc, flags, commands, specLines }: GvisorScriptParts): string {
  return `#!/bin/sh
PATH=${PATH}
${specLines}commands=${shellWord(commands)}
count=$#
last=
while [ "$count" -gt 0 ]; do
  word=$1
  shift
  count=$((count - 1))
  set -- "$@" "$word"
  case "$last \${word##*/}" in
    '--pid-file exec-'*) set -- "$@" --internal-pid-file "$commands/\${word##*/}" ;;
  esac
  last=$word
done
exec ${shellWord(runsc)} ${gvisorFlags(flags).join(' ')} "$@"
`;
}

/** Flags that this runsc knows. */
function gvisorFlags(known: string): string[] {
  const described = (name: string): string =>
    new RegExp(`^ +-{1,2}${name}\\b[^\\n]*\\n[^\\n]*`, 'm').exec(known)?.[0] ?? '';
  return [
    '--network=host',
    `--platform=${described('platform').includes('systrap') ? 'systrap' : 'ptrace'}`,
    // A log router makes its socket in a directory that the agent sees; sockets of the machine stay out of reach.
    ...(described('host-uds') === '' ? [] : ['--host-uds=create']),
    // The container's own filter holds inside the sandbox too.
    ...(described('oci-seccomp') === '' ? [] : ['--oci-seccomp']),
    // Newer versions keep what is written in the root file system to themselves, where it is lost with the sandbox.
    ...(described('overlay2') === '' ? [] : ['--overlay2=none']),
  ];
}

/** Processes from the table that `runsc ps` prints. */
export function parsePs(table: string): InnerProcess[] {
  const [head = [], ...rows] = table.split('\n').map((line) => line.trim().split(/\s+/));
  const [pidColumn, parentColumn] = [head.indexOf('PID'), head.indexOf('PPID')];
  return rows
    .map((row) => ({ pid: Number(row[pidColumn]), parent: Number(row[parentColumn]) }))
    .filter(({ pid }) => Number.isInteger(pid));
}

/** A process, then what it started, and so on; nothing when it is not there. */
export function withDescendants(first: number, processes: readonly InnerProcess[]): number[] {
  const found = processes.some(({ pid }) => pid === first) ? [first] : [];
  for (const one of found) {
    for (const { pid, parent } of processes) if (parent === one && !found.includes(pid)) found.push(pid);
  }
  return found;
}
