/** Files and directories that are whole on disk, or not there: also when the machine stops at any moment. */
import { copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { constants } from 'node:fs';
import { dirname, join } from 'node:path';

/** A file with this text in place of what there is, 0600. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  await sync(dirname(path));
}

/** What the file `format` holds. */
export const formatText = (format: number): string => `${format}\n`;

/** Copies of files of `sources`, a directory for each, and a file `format`, as the directory `target`. */
export async function copyDirectories(
  sources: readonly Source[],
  { target, format }: { readonly target: string; readonly format: string },
): Promise<void> {
  const building = `${target}.new`;
  await rm(building, { recursive: true, force: true });
  await mkdir(building, { mode: 0o700 });
  for (const { name, directory, files } of sources) {
    const copy = join(building, name);
    await mkdir(copy, { recursive: true, mode: 0o700 });
    for (const file of files) {
      // Where the file system can, the copy shares its blocks.
      await copyFile(join(directory, file), join(copy, file), constants.COPYFILE_FICLONE);
      await sync(join(copy, file));
    }
    await sync(copy);
  }
  await replaceFile(join(building, 'format'), format);
  await rename(building, target);
  await sync(dirname(target));
}

export interface Source {
  readonly name: string;
  readonly directory: string;
  readonly files: readonly string[];
}

/** Names of the files in a directory; none when it is not there. */
export async function filesOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
