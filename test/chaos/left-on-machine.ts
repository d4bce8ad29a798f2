/** What of an instance is on the machine besides its files, for when it should be nothing. */
import { readdir, readFile } from 'node:fs/promises';
import { Names } from '../../src/drivers/network-linux/names.ts';
import { mountsBelow } from '../../src/linux/mount-table.ts';
import { processesOf } from '../support/neargate/processes.ts';
import { linksWith } from './power-cut.ts';

/** A line each. */
export async function leftOnMachine(dataDir: string): Promise<string[]> {
  const names = new Names(dataDir);
  const processes = await processesOf(dataDir);
  const lines = await Promise.all(
    processes.map(async ({ pid, role }) => {
      const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return `process ${pid}, ${role}: ${words.replaceAll('\0', ' ')}`;
    }),
  );
  const namespaces = (await readdir('/run/netns').catch(() => [])).filter((name) =>
    name.startsWith(names.vpcPrefix),
  );
  return [
    ...lines,
    ...namespaces.map((name) => `namespace ${name}`),
    ...(await linksWith(names.uplinkPrefix)).map((name) => `interface ${name}`),
    ...(await mountsBelow(dataDir)).map((path) => `mount ${path}`),
  ];
}
