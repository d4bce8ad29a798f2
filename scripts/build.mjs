/**
 * Builds the project: types are checked and every file is emitted to dist/ (tests run from there), and the program is
 * bundled to dist/bin/neargate.mjs, where a command's code is loaded only when that command runs.
 * `--if-stale` does nothing when no source is newer than the bundle.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLE, files, modified, ROOT, tool } from './project.mjs';
import { thirdPartyLicences } from './third-party.mjs';

/** Native modules cannot be bundled; they are found in node_modules. */
const EXTERNAL = ['koffi', 'lmdb'];

const LICENCES = 'dist/bin/THIRD-PARTY-LICENCES.txt';

/** Bundled CommonJS packages call `require` for Node's own modules. */
const BANNER = `import { createRequire as neargateCreateRequire } from 'node:module';
const require = neargateCreateRequire(import.meta.url);`;

export function isStale() {
  const built = modified('dist/bin/neargate.mjs');
  if (built === 0) return true;
  const inputs = [
    'package.json',
    'package-lock.json',
    'tsconfig.base.json',
    'scripts/build.mjs',
    'scripts/third-party.mjs',
  ];
  const sources = ['src', 'test', 'bench'].flatMap(files).filter((path) => /\.(ts|json)$/.test(path));
  return [...inputs, ...sources].some((path) => modified(path) > built);
}

export async function bundle() {
  const { build } = await import('esbuild');
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: {
      neargate: 'src/main/program.ts',
      // A process for each mount and unmount, and for the mounts of a container that lie in its volumes.
      'nfs-mount': 'src/drivers/file-systems-nfs/mount-program.ts',
      'nested-mount': 'src/drivers/containerd/mounts/nested-mount-program.ts',
    },
    outdir: 'dist/bin',
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    sourcemap: true,
    external: EXTERNAL,
    banner: { js: BANNER },
    define: {
      NEARGATE_VERSION: JSON.stringify(version),
      // It would tell users of Neargate to update Node for the SDK's sake.
      'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED': '"true"',
    },
    logLevel: 'warning',
    legalComments: 'none',
    // The text of modules stays in memory; with one character in a comment that is not Latin it takes twice as much.
    minifyWhitespace: true,
    lineLimit: 160,
    metafile: true,
  });
  // Chunks of earlier builds; not removed before, so that there is always a program that runs.
  const written = new Set([...Object.keys(metafile.outputs), LICENCES]);
  writeFileSync(join(ROOT, LICENCES), thirdPartyLicences(Object.keys(metafile.inputs)));
  for (const path of files('dist/bin')) if (!written.has(path)) rmSync(join(ROOT, path));
}

async function main() {
  if (process.argv.includes('--if-stale') && !isStale()) return 0;
  const types = tool('tsc', ['-b']);
  try {
    await bundle();
  } catch {
    console.error('The program could not be bundled; esbuild says why (above).');
    return 1;
  }
  if (types !== 0) console.error(`The sources have type errors (above); ${BUNDLE} was built all the same.`);
  return types === 0 ? 0 : 1;
}

if (process.argv[1] === import.meta.filename) process.exitCode = await main();
