/** What fio measures in a directory. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const PATTERNS = [
  { name: 'sequential write', rw: 'write', bs: '1M' },
  { name: 'sequential read', rw: 'read', bs: '1M' },
  { name: '4 KiB random write', rw: 'randwrite', bs: '4k' },
  { name: '4 KiB random read', rw: 'randread', bs: '4k' },
] as const;
export type Pattern = (typeof PATTERNS)[number];

export interface FioRun {
  readonly directory: string;
  readonly pattern: Pattern;
  /** Past the page cache. */
  readonly direct: boolean;
  readonly seconds: number;
}

const FILE_MIB = 256;
/** Requests under way at once, where the page cache does not gather them. */
const DEPTH = 16;

/** MiB a second; what is written is on the disk by the end. */
export async function measureFio({ directory, pattern, direct, seconds }: FioRun): Promise<number> {
  const { stdout } = await promisify(execFile)('fio', [
    ...['--name=bench', `--directory=${directory}`, '--filename=bench-data', '--output-format=json'],
    ...[`--rw=${pattern.rw}`, `--bs=${pattern.bs}`, `--size=${FILE_MIB}M`, `--direct=${direct ? 1 : 0}`],
    ...(direct ? ['--ioengine=libaio', `--iodepth=${DEPTH}`] : ['--ioengine=psync']),
    ...['--time_based', `--runtime=${seconds}`, '--end_fsync=1', '--randrepeat=0'],
  ]);
  const { jobs } = JSON.parse(stdout) as { jobs: { read: FioSide; write: FioSide }[] };
  const [job] = jobs;
  if (job === undefined) throw new Error(`fio measured nothing: ${stdout}`);
  return (pattern.rw.endsWith('read') ? job.read : job.write).bw_bytes / 2 ** 20;
}

/** What runs left. */
export async function removeFioData(directory: string): Promise<void> {
  await rm(join(directory, 'bench-data'), { force: true });
}

interface FioSide {
  readonly bw_bytes: number;
}
