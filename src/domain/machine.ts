/** What a machine has and what is promised of it. Pure placement rules. */
export interface MachineCapacity {
  readonly machineId: string;
  readonly cpuArchitecture: string;
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  /** Empty: every zone. */
  readonly availabilityZones: readonly string[];
}

export interface TaskDemand {
  readonly cpuArchitecture: string;
  readonly cpuUnits: number;
  readonly memoryMiB: number;
}

export interface Overcommit {
  readonly cpu: number;
  readonly memory: number;
}

export interface Candidate {
  readonly machine: MachineCapacity;
  readonly promised: { readonly cpuUnits: number; readonly memoryMiB: number };
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
    if (cpuLeft < 0 || left < 0) continue;
    if (best === undefined || left > best.left) best = { machine, left };
  }
  return best?.machine;
}
