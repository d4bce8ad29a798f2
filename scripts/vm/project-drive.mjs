/**
 * The project as a second drive of the machine: this checkout as built with its npm packages, for tests; the package and
 * a cache of npm to install it from; the Node and the npm that run this.
 */
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillCache, npmDirectory, pack } from '../npm-package.mjs';
import { files, ROOT } from '../project.mjs';
import { start } from '../processes.mjs';

/** Room for what tests write beside the sources. */
const SIZE = '4G';
const LEFT_OUT = ['.git', '.vm', 'neargate-data'];

/** Writes the drive to `path`; `commands` is the shell script that the machine runs in the project's directory. */
export async function projectDrive(path, commands, signal) {
  const building = `${path}-${process.pid}`;
  const project = join(building, 'neargate');
  try {
    mkdirSync(project, { recursive: true });
    const parts = readdirSync(ROOT).filter((name) => !LEFT_OUT.includes(name));
    // Times are kept: the machine is not to build what is built.
    await start('cp', ['-a', ...parts.map((name) => join(ROOT, name)), project], { signal });
    // Reading them takes an emulated processor longer than all else that a program does when it starts.
    for (const map of files('dist').filter((name) => name.endsWith('.map'))) rmSync(join(project, map));
    cpSync(join(import.meta.dirname, 'guest'), join(building, 'guest'), { recursive: true });
    mkdirSync(join(building, 'bin'));
    cpSync(process.execPath, join(building, 'bin/node'));
    cpSync(npmDirectory(), join(building, 'npm'), { recursive: true });
    renameSync(await pack(building, signal), join(building, 'neargate.tgz'));
    const installed = `${building}-installed`;
    await fillCache(join(building, 'npm-cache'), {
      tarball: join(building, 'neargate.tgz'),
      temporary: installed,
      signal,
    }).finally(() => rmSync(installed, { recursive: true, force: true }));
    writeFileSync(join(building, 'guest/commands.sh'), commands);
    await start('mke2fs', ['-q', '-t', 'ext4', '-d', building, `${path}.new`, SIZE], { signal });
    renameSync(`${path}.new`, path);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}
