/** What fio measures in a directory. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const KIB = 2 ** 10;
const MIB = 2 ** 20;

export const PATTERNS = [
  { name: 'sequential write', rw: 'write', blockBytes: MIB },
  { name: 'sequential read', rw: 'read', blockBytes: MIB },
  { name: '4 KiB random write', rw: 'randwrite', blockBytes: 4 * KIB },
  { name: '4 KiB random read', rw: 'randread', blockBytes: 4 * KIB },
] as const;
export type Pattern = (typeof PATTERNS)[number];

export interface FioRun {
  readonly directory: string;
  readonly pattern: Pattern;
  /** Past the page cache. */
  readonly direct: boolean;
  readonly seconds: number;
}

const FILE_BYTES = 1024 * MIB;
/** Requests under way at once, where the page cache does not gather them. */
const DEPTH = 16;
/** So much is written to the page cache before it has to be on the disk: memory alone is not what is measured. */
const SYNC_BYTES = 256 * MIB;

/** MiB a second; what is written is on the disk by the end. */
export async function measureFio(run: FioRun): Promise<number> {
  const { directory, pattern, direct, seconds } = run;
  const { stdout } = await promisify(execFile)('fio', [
    ...['--name=bench', `--directory=${directory}`, '--filename=bench-data', '--output-format=json'],
    ...[`--rw=${pattern.rw}`, `--bs=${pattern.blockBytes}`, `--size=${FILE_BYTES}`, `--runtime=${seconds}`],
    ...['--invalidate=1', '--end_fsync=1', '--randrepeat=0'],
    ...(direct ? directArguments() : cachedArguments(pattern)),
  ]);
  const { jobs } = JSON.parse(stdout) as { jobs: { read: FioSide; write: FioSide }[] };
  const [job] = jobs;
  if (job === undefined) throw new Error(`fio measured nothing: ${stdout}`);
  return (isRead(pattern) ? job.read : job.write).bw_bytes / MIB;
}

function directArguments(): string[] {
  return ['--direct=1', '--ioengine=libaio', `--iodepth=${DEPTH}`, '--time_based'];
}

/** Reads end where the file does: a second time it would come from memory. The cache is cold when they begin. */
function cachedArguments(pattern: Pattern): string[] {
  const more = isRead(pattern) ? [] : ['--time_based', `--fsync=${SYNC_BYTES / pattern.blockBytes}`];
  return ['--direct=0', '--ioengine=psync', ...more];
}

function isRead({ rw }: Pattern): boolean {
  return rw.endsWith('read');
}

/** What runs left. */
export async function removeFioData(directory: string): Promise<void> {
  await rm(join(directory, 'bench-data'), { force: true });
}

interface FioSide {
  readonly bw_bytes: number;
}
