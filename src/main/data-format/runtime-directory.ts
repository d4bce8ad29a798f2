/** Format 2: sockets and pid files may lie outside the data directory (setting `runtimeDir`). */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Migration } from './migration.ts';

export const runtimeDirectory: Migration = {
  what: 'sockets and pid files are where the setting runtimeDir says',
  changes: [],
  async run(dir) {
    const before = join(dir.root, 'run');
    if (dir.run !== before) await rm(before, { recursive: true, force: true });
  },
};
