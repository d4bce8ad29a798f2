/**
 * Runs tests: `node scripts/test.mjs unit|integ|root|vm … [--only PART-OF-PATH …]`.
 * - unit (`*.test.ts`): pure or local, all in one process.
 * - integ (`*.integ.test.ts`): needs a local process; a process per file, one after the other.
 * - root (`*.root.test.ts`): needs root and Linux; a process per file, one after the other.
 * - vm (`*.vm.test.ts`): needs the machine of `npm run test:vm`, where it may install; the same.
 * One summary of Node's test runner stands at the end of the output. Tests that are skipped print their reason; with
 * CI=true a skip fails the run unless its reason begins with `kernel:` (something that no set-up can give a machine).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec as SpecReporter } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { bundle, isStale } from './build.mjs';
import { files, ROOT, tool } from './project.mjs';

const KINDS = ['unit', 'integ', 'root', 'vm'];
const FILE_TIMEOUT_MS = 10 * 60_000 * Number(process.env['TEST_PATIENCE'] ?? '1');

function kindOf(path) {
  if (!path.endsWith('.test.ts')) return undefined;
  return KINDS.find((kind) => path.endsWith(`.${kind}.test.ts`)) ?? 'unit';
}

/** What is compiled from sources that exist: dist may hold tests of sources that are gone. */
function compiledTests(kind, only) {
  return ['src', 'test']
    .flatMap(files)
    .filter((path) => kindOf(path) === kind && only.some((part) => path.includes(part)))
    .map((path) => join(ROOT, 'dist', path.replace(/\.ts$/, '.js')));
}

/**
 * One file that imports all unit tests: a process per file would take most of the time. A file that cannot be imported
 * is a failed test of its own, and the others run.
 */
function unitEntry(paths) {
  const entry = join(ROOT, 'dist/test/unit-tests.mjs');
  const code = `import { test } from 'node:test';
for (const path of ${JSON.stringify(paths)}) {
  try {
    await import(path);
  } catch (error) {
    test(path, () => {
      throw error;
    });
  }
}
`;
  mkdirSync(join(ROOT, 'dist/test'), { recursive: true });
  writeFileSync(entry, code);
  return entry;
}

/** Passes the events on, and remembers failures and skips. Unexpected skips are told before the summary. */
async function* watch(events, result) {
  let inSummary = false;
  for await (const event of events) {
    if (event.type === 'test:fail') result.failed = true;
    if (event.type === 'test:pass' && event.data.skip !== undefined) {
      result.skipped.push({ name: event.data.name, reason: event.data.skip });
    }
    if (!inSummary && event.type === 'test:diagnostic' && event.data.nesting === 0) {
      inSummary = true;
      tellSkips(result);
    }
    yield event;
  }
}

function canRun(kind) {
  return kind !== 'root' || process.getuid() === 0;
}

/** Told at the beginning; as skips they count at the end. */
function withoutRoot(kinds) {
  if (kinds.every(canRun)) return [];
  const skip = { name: 'all tests of kind root', reason: 'they need root: run them with sudo' };
  console.log(`Skipped: ${skip.name} (${skip.reason})`);
  return [skip];
}

function tellSkips(result) {
  if (process.env['CI'] !== 'true') return;
  const unexpected = result.skipped.filter(({ reason }) => !String(reason).startsWith('kernel:'));
  for (const { name, reason } of unexpected) {
    console.error(
      `Skipped, which fails a run with CI=true: ${name} (${reason === true ? 'no reason given' : reason})`,
    );
  }
  if (unexpected.length > 0) result.failed = true;
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { only: { type: 'string', multiple: true, default: [''] } },
  });
  const unknown = positionals.filter((kind) => !KINDS.includes(kind));
  if (unknown.length > 0 || positionals.length === 0) {
    console.error(`Usage: node scripts/test.mjs ${KINDS.join('|')} … [--only PART-OF-PATH …]`);
    return 2;
  }
  if (tool('tsc', ['-b', 'test', 'src/main']) !== 0) {
    console.error('The sources have type errors (above); the tests run on what was emitted.');
  }
  const separate = ['vm', 'integ', 'root'].filter((kind) => positionals.includes(kind));
  // These start the program as users do.
  if (separate.length > 0 && isStale()) await bundle();
  const unit = positionals.includes('unit') ? compiledTests('unit', values.only) : [];
  const paths = [
    ...(unit.length > 0 ? [unitEntry(unit)] : []),
    ...separate.filter(canRun).flatMap((kind) => compiledTests(kind, values.only)),
  ];
  if (paths.length === 0) {
    console.error('No test matches.');
    return 2;
  }
  process.env['NODE_OPTIONS'] = `${process.env['NODE_OPTIONS'] ?? ''} --enable-source-maps`;
  const result = { failed: false, skipped: withoutRoot(separate) };
  const events = run({ files: paths, concurrency: 1, timeout: FILE_TIMEOUT_MS });
  await pipeline(Readable.from(watch(events, result)), new SpecReporter(), process.stdout, { end: false });
  return result.failed ? 1 : 0;
}

process.exitCode = await main();
