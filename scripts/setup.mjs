/**
 * Makes a fresh clone ready: `node scripts/setup.mjs [--for run|demo|test|vm]`. npm packages from the lock file, the
 * build, and by the program (`neargate setup`) the Debian packages that are missing. What is there already is left
 * alone, so that it can stand before every command; then it takes a fraction of a second. NEARGATE_SETUP=no keeps it
 * from installing Debian packages.
 */
import { parseArgs } from 'node:util';
import { isStale } from './build.mjs';
import { BUNDLE, modified, run } from './project.mjs';

const OLDEST_NODE = [20, 19];

function nodeIsOld() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}

/** Tests that need what is missing skip themselves; nothing else can do without. */
async function systemPackages(purpose) {
  const { missingPackages, PURPOSES } = await import('../dist/src/cli/setup/debian-packages.js');
  if (!PURPOSES.includes(purpose)) throw new Error(`--for is one of ${PURPOSES.join(', ')}`);
  if (missingPackages(purpose).length === 0) return true;
  if (run(process.execPath, [BUNDLE, 'setup', '--for', purpose, ...consent()]) === 0) return true;
  if (purpose !== 'test') return false;
  console.error('Tests that need them will be skipped.');
  return true;
}

/** On a terminal it asks; otherwise they are installed unasked. */
function consent() {
  if (process.env['NEARGATE_SETUP'] === 'no') return ['--dry-run'];
  return process.stdin.isTTY && process.stdout.isTTY ? [] : ['--yes'];
}

function npmPackages() {
  // npm writes this file when it has installed.
  if (modified('node_modules/.package-lock.json') >= modified('package-lock.json')) return true;
  console.log('Installing npm packages from the lock file …');
  return run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund']) === 0;
}

function build() {
  if (!isStale()) return true;
  console.log('Building …');
  return run(process.execPath, ['scripts/build.mjs']) === 0;
}

async function main() {
  const { values } = parseArgs({ options: { for: { type: 'string', default: 'demo' } } });
  if (process.platform !== 'linux') {
    console.error('Neargate runs on Linux.');
    return 1;
  }
  if (nodeIsOld()) {
    console.error(
      `Neargate needs Node.js ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`,
    );
    return 1;
  }
  return npmPackages() && build() && (await systemPackages(values.for)) ? 0 : 1;
}

process.exitCode = await main();
