/** Copies of records as they were before a migration: the way back to the release before. */
import { existsSync } from 'node:fs';
import { readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../domain/errors.ts';
import type { Logger } from '../../ports/logger.ts';
import type { DataDir } from '../data-dir.ts';
import { copyDirectories, filesOf, formatText, type Source } from './durable-files.ts';
import type { RecordsName } from './migration.ts';

const NAME = /^before-format-\d+(\.new)?$/;
/** Left free beside a copy: the migration itself takes room too. */
const SPARE = 2;
const MIB = 2 ** 20;

export interface CopyWanted {
  /** That the data has now, and that it is to have. */
  readonly from: number;
  readonly to: number;
  readonly records: readonly RecordsName[];
  readonly logger: Logger;
}

/**
 * Copies records to `<data>/before-format-<to>`, with the file `format`, so that putting all of it back is the way
 * back. Nothing when it is there: an upgrade that was interrupted goes on. Copies of earlier upgrades are removed.
 * `failed-precondition` when there is too little room. Nobody may be writing to the records.
 */
export async function keepCopy(dir: DataDir, { from, to, records, logger }: CopyWanted): Promise<void> {
  if (records.length === 0) return;
  const target = join(dir.root, `before-format-${to}`);
  if (existsSync(target)) return;
  const sources: Source[] = [];
  for (const name of records) sources.push({ name, directory: dir[name], files: await filesOf(dir[name]) });
  await removeCopies(dir);
  await assertRoom(dir, sources);
  logger.info('keeping a copy of the data', { directory: target, records });
  await copyDirectories(sources, { target, format: formatText(from) });
}

async function removeCopies(dir: DataDir): Promise<void> {
  for (const name of await readdir(dir.root)) {
    if (NAME.test(name)) await rm(join(dir.root, name), { recursive: true });
  }
}

async function assertRoom(dir: DataDir, sources: readonly Source[]): Promise<void> {
  const paths = sources.flatMap(({ directory, files }) => files.map((file) => join(directory, file)));
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  const needed = SPARE * sizes.reduce((sum, size) => sum + size, 0);
  const { bavail, bsize } = await statfs(dir.root);
  if (needed <= bavail * bsize) return;
  throw new AppError(
    'failed-precondition',
    `the data in ${dir.root} is to be migrated, and a copy of it kept: that takes ${Math.ceil(needed / MIB)} MiB, ` +
      `${Math.floor((bavail * bsize) / MIB)} MiB are free`,
  );
}
