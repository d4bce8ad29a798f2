/** What the control plane knows of its machines: their size, what of them is promised, how far the link is. */
import type { Labels, MetricFamily, MetricName, NumberPoint } from '../../domain/telemetry/metrics.ts';
import type { Machines } from '../machines/machines.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** Figures of the machines that are connected. */
export function machineFigures(machines: Machines): MetricFamily[] {
  const all = machines.candidates().map(({ machine, promised }) => ({
    labels: { machine: machine.machineId },
    ...{ machine, promised },
    backlog: machines.session(machine.machineId)?.backlog ?? 0,
  }));
  type One = (typeof all)[number];
  const family = (name: MetricName, value: (one: One) => number, labels: Labels = {}): MetricFamily => ({
    name,
    points: all.map((one): NumberPoint => ({ labels: { ...one.labels, ...labels }, value: value(one) })),
  });
  return [
    { name: 'neargate_link_connected_machines', points: [{ labels: {}, value: all.length }] },
    family('neargate_link_backlog_messages', ({ backlog }) => backlog, { direction: 'to_machine' }),
    family('neargate_machine_cpu_capacity_units', ({ machine }) => machine.cpuUnits),
    family('neargate_machine_cpu_promised_units', ({ promised }) => promised.cpuUnits),
    family('neargate_machine_memory_capacity_bytes', ({ machine }) => machine.memoryMiB * MIB),
    family('neargate_machine_memory_promised_bytes', ({ promised }) => promised.memoryMiB * MIB),
    family('neargate_machine_disk_promised_bytes', ({ promised }) => promised.ephemeralStorageGiB * GIB),
  ];
}
