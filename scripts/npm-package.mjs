/** The package as npm makes it of this checkout, and the npm of this machine for systems that have none. */
import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { start } from './processes.mjs';

/** Packs it into a directory; the path of the tarball. */
export async function pack(directory, signal) {
  let printed = '';
  const onOutput = (text) => {
    printed += text;
  };
  await start('npm', ['pack', '--silent', '--pack-destination', directory], { signal, onOutput });
  return join(directory, printed.trim().split('\n').at(-1));
}

/** Where npm's own files are. */
export function npmDirectory() {
  const { stdout } = spawnSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' });
  return dirname(dirname(realpathSync(stdout.trim())));
}

/** Fills a cache of npm with all that the tarball needs, so that it can be installed without a network. */
export async function fillCache(cache, { tarball, temporary, signal }) {
  const options = ['--silent', '--no-audit', '--no-fund', '--prefix', temporary, '--cache', cache];
  await start('npm', ['install', '--global', ...options, tarball], { signal });
}
