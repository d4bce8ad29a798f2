/** What a container may use of its task's cgroup. */
import type { ContainerDefinition } from '../ecs/task-definition.ts';
import { DEFAULT_DEVICES } from './spec-defaults.ts';

const MIB = 2 ** 20;
/** The runtime cannot start a process in less. */
const LEAST_MEMORY_MIB = 6;
const LEAST_SHARES = 2;
const MOST_SHARES = 262_144;

/** `swapAccounting`: whether the kernel can limit swap by cgroup. */
export function resources(
  { cpu, memory: memoryMiB, memoryReservation }: ContainerDefinition,
  swapAccounting: boolean,
  notes: string[],
): Record<string, unknown> {
  const shares = Math.min(Math.max(cpu ?? 0, LEAST_SHARES), MOST_SHARES);
  const memory: Record<string, number> = {};
  if (memoryMiB !== undefined) {
    if (memoryMiB < LEAST_MEMORY_MIB) notes.push(`memory raised to ${LEAST_MEMORY_MIB} MiB`);
    memory['limit'] = Math.max(memoryMiB, LEAST_MEMORY_MIB) * MIB;
    if (swapAccounting) memory['swap'] = memory['limit'];
  }
  if (memoryReservation !== undefined) memory['reservation'] = memoryReservation * MIB;
  return { devices: DEFAULT_DEVICES, cpu: { shares }, ...(Object.keys(memory).length > 0 && { memory }) };
}
