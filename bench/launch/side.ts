/** Something that runs containers, as the launch benchmark sees it. */
export interface LaunchSide {
  readonly name: string;
  /** What was measured, in one line. */
  readonly what: string;
  /** Starts one; resolves when it runs, with its id. */
  start(): Promise<string>;
  /** Starts so many at once; resolves when all run. */
  startMany(count: number): Promise<string[]>;
  /** Ends them and waits until nothing of them is left. */
  remove(ids: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** The same command everywhere: runs on, and leaves at once when asked. */
export const COMMAND: readonly string[] = ['sh', '-c', "trap 'exit 0' TERM; sleep 3600 & wait"];
