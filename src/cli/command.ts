/**
 * What a command is, and what it gets to do its work. Commands never reach for the process: what they print to, what
 * they may start and when they are to end is handed to them.
 */
import type { ReadyInfo } from './ready-info.ts';

/** For people: what went wrong, without a stack. */
export class CommandError extends Error {
  /** Of the process. */
  readonly exitStatus: number = 1;
}

/** The command line or a setting is wrong. */
export class UsageError extends CommandError {
  override readonly exitStatus = 2;
}

/** The data is of another release. The unit of systemd knows the status: it is not mended by starting again. */
export class DataFormatError extends CommandError {
  override readonly exitStatus = 3;
}

export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
}

export interface FlagSpec {
  readonly name: string;
  /** A switch stands alone (or `--no-name`, `--name=false`), a value follows, a list may be given again. */
  readonly kind: 'switch' | 'value' | 'list';
  /** Stands for the value in help, e.g. `HOST:PORT`. */
  readonly placeholder?: string;
  readonly short?: string;
  readonly doc: string;
  /** The default in words. */
  readonly fallback?: string;
  /** Works but is not shown. */
  readonly hidden?: boolean;
}

export type FlagValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** The settings that commands themselves look at. */
export interface CommandSettings {
  readonly dataDir: string;
  readonly fake: boolean;
  readonly readyFile: string | undefined;
  readonly listen: { readonly host: string; readonly port: number };
  readonly metricsListen: { readonly host: string; readonly port: number } | undefined;
  readonly vpcCidr: string;
  readonly hostRouteToVpc: boolean;
  readonly uplinkCidr: string;
  readonly publicCidr: string;
  readonly containerdSocket: string | undefined;
  readonly diskFreePercent: number;
  readonly diskEncryption: 'off' | 'fscrypt';
  readonly efsDriver: 'auto' | 'local' | 'nfs';
  readonly efsServers: readonly unknown[];
}

/** What the program itself (src/main) does for commands. `flags` are those of the command line. */
export interface Program {
  readonly version: string;
  /** Starts this program; its arguments follow. */
  readonly selfCommand: readonly string[];
  /** One for each setting, and --config. */
  readonly settingFlags: readonly FlagSpec[];
  settings(flags: FlagValues): CommandSettings;
  /** The control plane and its agent, until the signal fires. */
  up(flags: FlagValues, io: { onReady(info: ReadyInfo): void }, signal: AbortSignal): Promise<void>;
  /** An agent with the settings that `up` wrote to a file, until the signal fires. */
  agent(configFile: string, signal: AbortSignal): Promise<void>;
  /**
   * Ends the private containerd and what is left of tasks, and removes their run state. Nothing else may run.
   * `reason`: the stoppedReason of the tasks that are left.
   */
  cleanUp(flags: FlagValues, reason: string): Promise<void>;
  /** When a live process started, as /proc has it; undefined when there is none. */
  processStartTime(pid: number): string | undefined;
}

export interface CommandContext {
  readonly flags: FlagValues;
  readonly operands: readonly string[];
  readonly out: Output;
  readonly err: Output;
  /** Fires at Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  readonly program: Program;
}

export interface Example {
  readonly command: string;
  readonly does: string;
}

export interface Command {
  /** Operands in help, e.g. `<task>`. */
  readonly operands?: { readonly usage: string; readonly least: number; readonly most: number };
  /** What it does, a paragraph. */
  readonly description: string;
  /** Its own flags. */
  readonly flags: readonly FlagSpec[];
  /** Which settings it takes as flags: all, those that tell which Neargate is meant, or none. */
  readonly settings: 'all' | 'instance' | 'none';
  readonly examples: readonly Example[];
  /** Resolves with the exit status. */
  run(context: CommandContext): Promise<number>;
}

/** A command in the list of commands; its code is loaded when it is needed. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly hidden?: boolean;
  load(): Promise<Command>;
}

/** The text of a flag that is no switch and no list. */
export function textFlag(flags: FlagValues, name: string): string | undefined {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
}
