/** The sizes that Fargate has, and the texts in which users write CPU and memory. */

export interface TaskSize {
  readonly cpuUnits: number;
  readonly memoryMiB: number;
}

interface SizeRow {
  readonly cpuUnits: number;
  readonly memoryMiB: readonly number[];
  /** Not on every platform version. */
  readonly isLarge: boolean;
}

const GIB = 1024;
const UNITS_PER_VCPU = 1024;

/** `from` to `to` GiB in steps. */
function gib(from: number, to: number, step = 1): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => (from + index * step) * GIB);
}

export const FARGATE_SIZES: readonly SizeRow[] = [
  { cpuUnits: 256, memoryMiB: [512, ...gib(1, 2)], isLarge: false },
  { cpuUnits: 512, memoryMiB: gib(1, 4), isLarge: false },
  { cpuUnits: 1024, memoryMiB: gib(2, 8), isLarge: false },
  { cpuUnits: 2048, memoryMiB: gib(4, 16), isLarge: false },
  { cpuUnits: 4096, memoryMiB: gib(8, 30), isLarge: false },
  { cpuUnits: 8192, memoryMiB: gib(16, 60, 4), isLarge: true },
  { cpuUnits: 16_384, memoryMiB: gib(32, 120, 8), isLarge: true },
  { cpuUnits: 32_768, memoryMiB: [60 * GIB, 120 * GIB, 244 * GIB], isLarge: true },
];

/** CPU units of `256`, `.25 vCPU`, `1 vcpu`; undefined for anything else. */
export function parseCpu(text: string): number | undefined {
  return parseAmount(text, /^(\d*\.?\d+)\s*vcpu$/i, UNITS_PER_VCPU);
}

/** MiB of `512`, `2GB`, `0.5 GB`; undefined for anything else. */
export function parseMemory(text: string): number | undefined {
  return parseAmount(text, /^(\d*\.?\d+)\s*gb$/i, GIB);
}

function parseAmount(text: string, withUnit: RegExp, factor: number): number | undefined {
  const trimmed = text.trim();
  const plain = /^\d+$/.test(trimmed) ? Number(trimmed) : undefined;
  const amount = plain ?? Number(withUnit.exec(trimmed)?.[1] ?? Number.NaN) * factor;
  return Number.isSafeInteger(amount) && amount > 0 ? amount : undefined;
}

/** True when Fargate has this combination. */
export function isFargateSize({ cpuUnits, memoryMiB }: TaskSize): boolean {
  return sizeRow(cpuUnits)?.memoryMiB.includes(memoryMiB) ?? false;
}

/** True for sizes that only some platform versions have. */
export function isLargeSize({ cpuUnits }: TaskSize): boolean {
  return sizeRow(cpuUnits)?.isLarge ?? false;
}

/** AWS's words for a combination that Fargate does not have. */
export function noSizeMessage({ cpuUnits, memoryMiB }: TaskSize): string {
  return `No Fargate configuration exists for given values: ${cpuUnits} CPU, ${memoryMiB} memory. See the Amazon ECS documentation for the valid values.`;
}

function sizeRow(cpuUnits: number): SizeRow | undefined {
  return FARGATE_SIZES.find((row) => row.cpuUnits === cpuUnits);
}
