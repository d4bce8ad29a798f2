/**
 * The format of the data directory as a whole: a number in `<data>/format`. A directory of an older format is migrated,
 * one of a newer is refused, before anything else in it is opened.
 *
 * INVARIANTS
 * - Whoever writes to the directory holds its lock (the agent aside, which `up` starts and a migration ends before).
 * - The number is written after its migration is done. So a migration that was interrupted runs again.
 * - Before records are changed, a copy of them is whole on disk, in `<data>/before-format-<number>`, named for the format that they are to have.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileLock, lockFile } from '../../drivers/lmdb-file/file-lock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { DataDir } from '../data-dir.ts';
import { endAgent } from '../end-agent.ts';
import { keepCopy } from './copies.ts';
import { formatText, replaceFile } from './durable-files.ts';
import { formatRefused } from './format-refusal.ts';
import type { Migration } from './migration.ts';
import { MIGRATIONS } from './migrations.ts';

/** Directories that were written before there was a number have this. */
const FIRST_FORMAT = 1;

export interface OpenDataDirOptions {
  readonly logger: Logger;
  readonly migrations?: readonly Migration[];
}

/**
 * Takes the directory for this process and brings it to this program's format. `failed-precondition` when another
 * process has it, when a newer Neargate has written it (`isFormatRefused`), and when there is no room for a copy of what would
 * be changed; then nothing was changed. The lock is the caller's to release.
 */
export async function openDataDir(dir: DataDir, options: OpenDataDirOptions): Promise<FileLock> {
  await mkdir(dir.root, { recursive: true, mode: 0o700 });
  const lock = lockFile(join(dir.root, 'lock'));
  try {
    await migrate(dir, options);
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function migrate(dir: DataDir, { logger, migrations = MIGRATIONS }: OpenDataDirOptions): Promise<void> {
  const current = FIRST_FORMAT + migrations.length;
  const found = await readFormat(dir, current);
  if (found > current) {
    throw formatRefused(
      `the data in ${dir.root} has format ${found}, which a newer Neargate has written; this one knows formats up to ` +
        `${current}. Run the newer one, or go back by docs/how-to/upgrades.md.`,
    );
  }
  const due = migrations.slice(found - FIRST_FORMAT);
  if (due.length > 0) {
    // An agent of before knows the format of before. Its tasks go on.
    for (const run of new Set([dir.run, join(dir.root, 'run')])) await endAgent(join(run, 'agent.pid'));
    const changed = new Set(due.flatMap(({ changes }) => changes));
    await keepCopy(dir, { from: found, to: current, records: [...changed], logger });
  }
  for (const [index, migration] of due.entries()) {
    const format = found + index + 1;
    logger.info('migrating the data', { format, what: migration.what });
    await migration.run(dir);
    await writeFormat(dir, format);
  }
  if (due.length === 0) await writeFormat(dir, current);
}

/** Of a directory without anything: the newest. */
async function readFormat(dir: DataDir, newest: number): Promise<number> {
  const text = await readFile(formatFile(dir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return existsSync(dir.control) || existsSync(dir.agent) ? FIRST_FORMAT : newest;
  if (/^[1-9]\d{0,8}\n$/.test(text)) return Number(text);
  throw formatRefused(`${formatFile(dir)} does not hold a number`);
}

/** Only when it is another one. */
async function writeFormat(dir: DataDir, format: number): Promise<void> {
  const text = formatText(format);
  const path = formatFile(dir);
  if ((await readFile(path, 'utf8').catch(() => '')) !== text) await replaceFile(path, text);
}

const formatFile = (dir: DataDir): string => join(dir.root, 'format');
