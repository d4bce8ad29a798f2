/** What a machine has and what is promised of it. Pure placement rules. */
export interface MachineCapacity {
  readonly machineId: string;
  readonly cpuArchitecture: string;
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  /** What disks of tasks can take of the machine's own, what they have taken included; 0 while that one is short. */
  readonly diskMiB: number;
  /** Empty: every zone. */
  readonly availabilityZones: readonly string[];
}

/** What a machine promises to a task. */
export interface TaskShare {
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  readonly ephemeralStorageGiB: number;
}

export interface TaskDemand extends TaskShare {
  readonly cpuArchitecture: string;
}

export interface Overcommit {
  readonly cpu: number;
  readonly memory: number;
  readonly disk: number;
}

/** Of the file system that the disks of tasks lie on. */
export interface DiskSpace {
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** What the disks really take of it. */
  readonly takenBytes: number;
}

/** `low`: it will be short soon; `short`: nothing more is to come. */
export type DiskState = 'ample' | 'low' | 'short';

const MIB = 2 ** 20;

export interface Candidate {
  readonly machine: MachineCapacity;
  readonly promised: TaskShare;
}

/** The machine with room for the task that has the most memory left, or undefined. */
export function chooseMachine(
  demand: TaskDemand,
  availabilityZone: string,
  candidates: readonly Candidate[],
  overcommit: Overcommit,
): MachineCapacity | undefined {
  let best: { machine: MachineCapacity; left: number } | undefined;
  for (const { machine, promised } of candidates) {
    if (machine.cpuArchitecture !== demand.cpuArchitecture) continue;
    if (machine.availabilityZones.length > 0 && !machine.availabilityZones.includes(availabilityZone))
      continue;
    const cpuLeft = machine.cpuUnits * overcommit.cpu - promised.cpuUnits - demand.cpuUnits;
    const left = machine.memoryMiB * overcommit.memory - promised.memoryMiB - demand.memoryMiB;
    const storageGiB = promised.ephemeralStorageGiB + demand.ephemeralStorageGiB;
    if (cpuLeft < 0 || left < 0 || storageGiB * 1024 > machine.diskMiB * overcommit.disk) continue;
    if (best === undefined || left > best.left) best = { machine, left };
  }
  return best?.machine;
}

/** How a machine's disk is that is to keep a share (0 to 1) free, and what of it tasks may take together. */
export function judgeDisk(
  { totalBytes, freeBytes, takenBytes }: DiskSpace,
  freeShare: number,
): { readonly state: DiskState; readonly diskMiB: number } {
  const reserve = totalBytes * freeShare;
  if (freeBytes < reserve) return { state: 'short', diskMiB: 0 };
  const diskMiB = Math.floor((freeBytes - reserve + takenBytes) / MIB);
  return { state: freeBytes < 2 * reserve ? 'low' : 'ample', diskMiB };
}
