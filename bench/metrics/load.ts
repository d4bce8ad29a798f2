/** Values as Container Insights has them, the same for each run. */

/** In equal shares: what is reserved, and what is used of CPU, memory and network; and what is mostly zero. */
export const KINDS = [
  'CpuReserved',
  'CpuUtilized',
  'MemoryUtilized',
  'NetworkRxBytes',
  'RestartCount',
] as const;

/** Of the series with this number, in a minute since the epoch. */
export function valueOf(id: number, minute: number): number {
  const noise = chance(id * 1_000_003 + minute);
  const day = Math.sin((minute / 1_440) * 2 * Math.PI + id);
  const kind = KINDS[id % KINDS.length] ?? 'CpuReserved';
  switch (kind) {
    case 'CpuUtilized':
      // Nanoseconds in a minute, as units of CPU.
      return (Math.floor((30 + 20 * day + 10 * noise) * 6e8) / 6e10) * 1_024;
    case 'MemoryUtilized':
      return Math.floor(512 + 200 * day + 5 * noise);
    case 'NetworkRxBytes':
      return Math.floor((2 + day + noise) * 3e6) / 60;
    case 'RestartCount':
      return noise > 0.99 ? 1 : 0;
    case 'CpuReserved':
      return 256;
  }
}

/** From 0 to 1, by a hash of the number. */
function chance(seed: number): number {
  let hash = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
