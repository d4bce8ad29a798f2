/** What the suite of container runtimes needs of each runtime: containers and commands that behave as they are told. */
import type { ContainerRuntime, CreateContainerRequest } from '../container-runtime.ts';

/** What a container of the suite is to do. */
export interface WantedBehaviour {
  readonly stdout?: string;
  readonly stderr?: string;
  /** Ends at once with it; left out: runs until it is killed. */
  readonly exitCode?: number;
  /** Ends on SIGTERM with 143; left out: does not mind. */
  readonly endsOnTerm?: boolean;
  readonly program?: 'absent';
  /** Writes `run <n>` and a line's end to stdout; n is counted in its writable layer. */
  readonly countsRuns?: boolean;
  /** Writes `a terminal` or `no terminal` and a line's end to stdout. */
  readonly tellsTerminal?: boolean;
  /** Ends when its input ends, with its exit code (0 when left out). */
  readonly readsInput?: boolean;
}

/** What a command in a container is to do. */
export interface WantedCommand {
  /** Ends with it; left out: runs until it is killed. */
  readonly exitCode?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly program?: 'absent';
}

export interface RuntimeHarness {
  readonly runtime: ContainerRuntime;
  /** What the runtime says of a program that does not exist. */
  readonly absentProgram: RegExp;
  /** A second runtime over the same containers, as after a restart of the agent. */
  reopen(): ContainerRuntime;
  /** A request for a container that behaves so, with directories and files of its own. */
  request(id: string, behaviour: WantedBehaviour): Promise<CreateContainerRequest>;
  /** Arguments of a command that behaves so in any container of the suite. */
  command(wanted: WantedCommand): readonly string[];
  /** Names of commands that run in a container, besides its own process. */
  commandsIn(id: string): Promise<string[]>;
  /** Kills a container's process (SIGKILL) while the runtime's stream of events is broken. */
  killUnseen(id: string, pid: number): Promise<void>;
  /** Whatever the machine still has of any container: processes, mounts, directories. */
  leftovers(): Promise<string[]>;
  close(): Promise<void>;
}
