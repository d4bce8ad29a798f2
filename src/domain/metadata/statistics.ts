/** Figures of a container as its cgroup has them, and the statistics of Docker's API that the endpoint makes of them. */

/** One row of a block device's figures. */
export interface BlockRow {
  readonly major: number;
  readonly minor: number;
  /** `Read`, `Write` … on cgroup v1, `read`, `write` … on v2. */
  readonly op: string;
  readonly value: number;
}

/** Of one container since it was started (also before its restarts). Times are nanoseconds, sizes bytes. */
export interface ContainerFigures {
  readonly cpu: {
    readonly total: number;
    readonly kernel: number;
    readonly user: number;
    /** By processor; cgroup v1 only. */
    readonly perCpu: readonly number[];
    readonly periods: number;
    readonly throttledPeriods: number;
    readonly throttledTime: number;
  };
  readonly memory: {
    readonly usage: number;
    /** The most that was in use; where the kernel keeps count. */
    readonly maxUsage?: number;
    readonly failures?: number;
    /** The container's own limit; absent: none. */
    readonly limit?: number;
    /** memory.stat, by the kernel's names. */
    readonly stats: Readonly<Record<string, number>>;
  };
  readonly block: { readonly bytes: readonly BlockRow[]; readonly operations: readonly BlockRow[] };
  readonly processes: number;
}

/** Of the task's interface. */
export interface NetworkFigures {
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly rxErrors: number;
  readonly rxDropped: number;
  readonly txBytes: number;
  readonly txPackets: number;
  readonly txErrors: number;
  readonly txDropped: number;
}

/** What was read of a container at one moment, epoch milliseconds. */
export interface Reading {
  readonly at: number;
  readonly figures: ContainerFigures;
  readonly onlineCpus: number;
  readonly network?: NetworkFigures;
}

export interface Sample extends Reading {
  /** Of the whole machine, nanoseconds. */
  readonly systemCpu: number;
}
