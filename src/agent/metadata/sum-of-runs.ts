/** Figures of a container over its restarts: what was used is added, what is in use now is not. Pure. */
import type { BlockRow, ContainerFigures } from '../../domain/metadata/statistics.ts';

export function sumOfRuns(
  earlier: ContainerFigures | undefined,
  present: ContainerFigures,
): ContainerFigures {
  if (earlier === undefined) return present;
  const { cpu, block } = present;
  return {
    ...present,
    cpu: {
      total: earlier.cpu.total + cpu.total,
      kernel: earlier.cpu.kernel + cpu.kernel,
      user: earlier.cpu.user + cpu.user,
      perCpu: cpu.perCpu.map((time, index) => time + (earlier.cpu.perCpu[index] ?? 0)),
      periods: earlier.cpu.periods + cpu.periods,
      throttledPeriods: earlier.cpu.throttledPeriods + cpu.throttledPeriods,
      throttledTime: earlier.cpu.throttledTime + cpu.throttledTime,
    },
    block: {
      bytes: sumOfRows(earlier.block.bytes, block.bytes),
      operations: sumOfRows(earlier.block.operations, block.operations),
    },
  };
}

function sumOfRows(earlier: readonly BlockRow[], present: readonly BlockRow[]): BlockRow[] {
  const rows = new Map<string, BlockRow>();
  for (const row of [...earlier, ...present]) {
    const key = `${row.major}:${row.minor} ${row.op}`;
    rows.set(key, { ...row, value: row.value + (rows.get(key)?.value ?? 0) });
  }
  return [...rows.values()];
}
