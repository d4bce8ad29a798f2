/**
 * Runs a program of this machine as a container of a task would run it: in the task's network, with the task's
 * resolv.conf and hosts in their places, and with no other environment than the one that is given. Paths of files that
 * Neargate gives to containers are made those of the task's files.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Names } from '../../../src/drivers/network-linux/names.ts';
import type { Neargate } from './instance.ts';
import { patient } from '../../../src/ports/testing/patience.ts';

// In a mount namespace of its own: nobody else sees what lies over /etc there.
const SCRIPT =
  'mount --bind "$0/resolv.conf" /etc/resolv.conf && mount --bind "$0/hosts" /etc/hosts && exec "$@"';

/** Rejects with what the program wrote when it fails. The signal ends it. */
export async function runInTask(
  { dataDir }: Neargate,
  taskId: string,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<string> {
  const files = join(dataDir, 'disks', taskId, 'files');
  const network = `--net=/run/netns/${new Names(dataDir).taskNamespace(taskId)}`;
  const variables = Object.entries(environment).map(
    ([name, value]) => `${name}=${value.replace('/etc/neargate/', `${files}/`)}`,
  );
  const run = [
    network,
    'unshare',
    '--mount',
    'sh',
    '-c',
    SCRIPT,
    files,
    'env',
    '-i',
    ...variables,
    ...command,
  ];
  const { stdout } = await promisify(execFile)('nsenter', run, { timeout: patient(60_000), signal });
  return stdout;
}
