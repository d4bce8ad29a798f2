/** A program of this machine with the libraries that it needs, as a layer of an image. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { type BuiltLayer, buildLayer } from '../../../src/cli/sample-image/image.ts';
import { directory, file } from '../../../src/cli/sample-image/tar.ts';

export async function programLayer(program: string): Promise<BuiltLayer> {
  const { stdout } = await promisify(execFile)('ldd', [program]);
  const paths = [program, ...(stdout.match(/\/\S+/g) ?? [])];
  const folders = new Set(paths.flatMap((path) => parents(path)));
  const files = await Promise.all(
    [...new Set(paths)].map(async (path) => file(path.slice(1), await readFile(path), { mode: 0o755 })),
  );
  return buildLayer([...[...folders].sort().map((path) => directory(path.slice(1))), ...files]);
}

/** The folders above a file, without the root. */
function parents(path: string): string[] {
  const parent = dirname(path);
  return parent === '/' ? [] : [...parents(parent), parent];
}
