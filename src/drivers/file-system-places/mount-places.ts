/**
 * Where file systems are mounted for tasks: `<directory>/<task id>/<volume>-<hash>`, and beside each, where wanted, the
 * record of what was asked for, `….json`, on disk before anything is mounted. Only root can get in. Nothing here touches what is
 * mounted, which may be far away and silent.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, realpath, rename, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../../domain/errors.ts';
import { nodeError } from '../../linux/errno.ts';
import { mountsBelow } from '../../linux/mount-table.ts';

const TASK_ID = /^[A-Za-z0-9_-]{1,128}$/;
const LONGEST_LABEL = 60;
const RECORD_SUFFIX = '.json';
const UNFINISHED_SUFFIX = '.new';

export interface MountPlace {
  readonly taskId: string;
  /** Tells the volumes of a task apart: part of the path, and fit for a host's name. */
  readonly key: string;
  /** The mount point. */
  readonly path: string;
}

export class MountPlaces {
  readonly #directory: string;

  /** `directory` is made when it is needed. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** `invalid` for what is no task's id. Makes nothing. */
  of(taskId: string, volume: string): MountPlace {
    const key = createHash('sha256').update(volume).digest('hex').slice(0, 8);
    const label = volume.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, LONGEST_LABEL);
    return { taskId, key, path: join(this.#directoryOf(taskId), `${label}-${key}`) };
  }

  /** Makes the mount point; its record, if it has one, is on disk then. May be repeated: the newer record counts. */
  async make(place: MountPlace, record?: unknown): Promise<void> {
    try {
      await mkdir(this.#directoryOf(place.taskId), { recursive: true, mode: 0o700 });
      if (record !== undefined) await writeRecord(place.path + RECORD_SUFFIX, record);
      await mkdir(place.path, { mode: 0o700 }).catch(unless('EEXIST'));
    } catch (error) {
      throw nodeError(error, `place for a mount of task ${place.taskId}`);
    }
  }

  /** What `make` recorded; undefined when it did not get so far, or had nothing to record. */
  async record(place: MountPlace): Promise<unknown> {
    try {
      return JSON.parse(await readFile(place.path + RECORD_SUFFIX, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw nodeError(error, place.path + RECORD_SUFFIX);
    }
  }

  /** Ids of the tasks that have a place, whole or half made. */
  async list(): Promise<string[]> {
    return (await namesIn(this.#directory)).filter((name) => TASK_ID.test(name));
  }

  /** The places of a task, whole or half made. */
  async ofTask(taskId: string): Promise<MountPlace[]> {
    const directory = this.#directoryOf(taskId);
    const labels = (await namesIn(directory)).map((name) => name.split('.', 1)[0] ?? '');
    return [...new Set(labels)].map((label) => ({
      taskId,
      key: label.slice(label.lastIndexOf('-') + 1),
      path: join(directory, label),
    }));
  }

  /** True when something is mounted there. */
  async isMounted({ path }: MountPlace): Promise<boolean> {
    const directory = await realpath(dirname(path)).catch(unless('ENOENT'));
    if (directory === undefined) return false;
    return (await mountsBelow(directory)).includes(join(directory, basename(path)));
  }

  /** Takes a place away, from which all has been unmounted. May be repeated. */
  async remove({ path }: MountPlace): Promise<void> {
    try {
      await rmdir(path).catch(unless('ENOENT'));
      for (const file of [path + RECORD_SUFFIX + UNFINISHED_SUFFIX, path + RECORD_SUFFIX]) {
        await unlink(file).catch(unless('ENOENT'));
      }
    } catch (error) {
      throw nodeError(error, path);
    }
  }

  /** Takes the task's directory away, all of whose places are removed. May be repeated. */
  async removeTask(taskId: string): Promise<void> {
    const directory = this.#directoryOf(taskId);
    await rmdir(directory)
      .catch(unless('ENOENT'))
      .catch((error: unknown) => {
        throw nodeError(error, directory);
      });
  }

  #directoryOf(taskId: string): string {
    if (!TASK_ID.test(taskId)) throw new AppError('invalid', `not a task id: ${taskId}`);
    return join(this.#directory, taskId);
  }
}

async function writeRecord(file: string, record: unknown): Promise<void> {
  const handle = await open(file + UNFINISHED_SUFFIX, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify(record));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(file + UNFINISHED_SUFFIX, file);
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw nodeError(error, directory);
  }
}

function unless(code: string): (error: unknown) => undefined {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code !== code) throw error;
    return undefined;
  };
}
