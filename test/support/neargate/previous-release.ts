/**
 * The release before this one, for tests of upgrades. `TEST_PREVIOUS` names its program where it is installed
 * (`npm install --prefix DIR neargate-….tgz`, then DIR/node_modules/.bin/neargate). Without it this build stands in
 * under another version, and its data is made to look as that release leaves them.
 */
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PROGRAM } from './instance.ts';

export interface PreviousRelease {
  readonly program: string;
  /** To be called when it has ended: the data directory is then as that release leaves it. */
  leave(dataDir: string): Promise<void>;
  close(): Promise<void>;
}

const STAND_IN_VERSION = '0.0.0-previous';
const VERSION = /\bVERSION\s*=\s*true\s*\?\s*"[^"]+"/;

export async function previousRelease(): Promise<PreviousRelease> {
  const given = process.env['TEST_PREVIOUS'];
  return given ? installed(given) : standIn();
}

function installed(program: string): PreviousRelease {
  return { program, leave: () => Promise.resolve(), close: () => Promise.resolve() };
}

async function standIn(): Promise<PreviousRelease> {
  const checkout = dirname(dirname(PROGRAM));
  const directory = await mkdtemp(join(tmpdir(), 'neargate-previous-'));
  for (const part of ['bin', 'dist/bin']) {
    await cp(join(checkout, part), join(directory, part), { recursive: true });
  }
  await symlink(join(checkout, 'node_modules'), join(directory, 'node_modules'));
  await setVersion(join(directory, 'dist/bin/chunks'));
  return {
    program: join(directory, 'bin/neargate'),
    // There were no formats in it.
    leave: (dataDir) => rm(join(dataDir, 'format'), { force: true }),
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

async function setVersion(chunks: string): Promise<void> {
  for (const name of await readdir(chunks)) {
    if (!name.endsWith('.mjs')) continue;
    const code = await readFile(join(chunks, name), 'utf8');
    if (!VERSION.test(code)) continue;
    await writeFile(join(chunks, name), code.replace(VERSION, `VERSION = true ? "${STAND_IN_VERSION}"`));
    return;
  }
  throw new Error('the program has no version');
}
