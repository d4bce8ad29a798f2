/** What the scripts share: where the project is, how to walk its files, how to run a program. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
export const BUNDLE = join(ROOT, 'dist/bin/neargate.mjs');

/** Paths of all files below a directory of the project, relative to the project. */
export function files(directory) {
  const found = [];
  const visit = (path) => {
    for (const entry of readdirSync(join(ROOT, path), { withFileTypes: true })) {
      const below = `${path}/${entry.name}`;
      if (entry.isDirectory()) visit(below);
      else if (entry.isFile()) found.push(below);
    }
  };
  if (existsSync(join(ROOT, directory))) visit(directory);
  return found;
}

/** Epoch milliseconds of the last change, or 0 when there is no such file. */
export function modified(path) {
  return statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** A development tool from node_modules, run with the terminal; its exit status. */
export function tool(name, args) {
  return run(join(ROOT, 'node_modules/.bin', name), args);
}

/** Runs a program in the project's directory; its exit status (1 when it could not be started or was killed). */
export function run(program, args, options = {}) {
  const result = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit', ...options });
  if (result.error !== undefined) console.error(`${program}: ${result.error.message}`);
  return result.status ?? 1;
}
