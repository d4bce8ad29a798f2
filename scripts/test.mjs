/**
 * Runs tests: `node scripts/test.mjs unit|integ|root|vm … [--only PART-OF-PATH …] [--jobs N]`.
 * - unit (`*.test.ts`): pure or local, all in one process.
 * - integ (`*.integ.test.ts`): needs a local process; a process per file.
 * - root (`*.root.test.ts`): needs root and Linux; a process per file.
 * - vm (`*.vm.test.ts`): needs the machine of `npm run test:vm`, where it may install; the same.
 * Of all but the first so many run at the same time as `--jobs` says, but for those that need the machine to themselves.
 * One summary stands at the end of the output. Tests that are skipped print their reason; with CI=true a skip fails the
 * run unless its reason begins with `kernel:` (something that no set-up can give a machine).
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
/** For a file that hangs. */
const FILE_TIMEOUT_MS = 10 * 60_000 * Number(process.env['TEST_PATIENCE'] ?? '3');
/** Parts of paths of tests that count what the whole machine has, or change what others see of it. */
const ALONE = [
  'src/cli/demo/',
  'src/drivers/network-linux/machine-side',
  'test/root/run-task',
  'test/root/thirty-tasks',
  'test/root/vpc-reachability',
  'test/root/vpc-script',
  'test/vm/',
];
/** Those that mostly wait begin first, so that others run meanwhile. */
const WAITING = [
  'test/root/container-insights',
  'test/root/task-order',
  'test/root/efs-failures',
  'test/root/vpc-endpoints',
];

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

/** Runs groups of files one after the other; their events, with one summary of all at the end. */
async function* runAll(groups, result) {
  const sums = new Map();
  for (const { files: paths, jobs } of groups) {
    const events = run({ files: paths, concurrency: jobs, timeout: FILE_TIMEOUT_MS });
    for await (const event of watch(events, result)) {
      const [, name, count] = isOfSummary(event) ? (/^(\w+) ([\d.]+)$/.exec(event.data.message) ?? []) : [];
      if (name === undefined) yield event;
      else sums.set(name, { event, count: (sums.get(name)?.count ?? 0) + Number(count) });
    }
  }
  tellSkips(result);
  for (const [name, { event, count }] of sums) {
    yield { ...event, data: { ...event.data, message: `${name} ${count}` } };
  }
}

/** Passes the events on, and remembers failures and skips. */
async function* watch(events, result) {
  for await (const event of events) {
    if (event.type === 'test:fail') result.failed = true;
    if (event.type === 'test:pass' && event.data.skip !== undefined) {
      result.skipped.push({ name: event.data.name, reason: event.data.skip });
    }
    yield event;
  }
}

function isOfSummary({ type, data }) {
  return type === 'test:diagnostic' && data.nesting === 0;
}

/** What runs together: the unit tests alone, most files beside each other, and then the others one by one. */
function groupsOf(unit, separate, jobs) {
  const isOneOf = (parts) => (path) => parts.some((part) => path.includes(`/dist/${part}`));
  const shared = separate.filter((path) => !isOneOf(ALONE)(path));
  const waiting = shared.filter(isOneOf(WAITING));
  return [
    { files: unit, jobs: 1 },
    { files: [...waiting, ...shared.filter((path) => !waiting.includes(path))], jobs },
    { files: separate.filter(isOneOf(ALONE)), jobs: 1 },
  ].filter(({ files: paths }) => paths.length > 0);
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
    options: {
      only: { type: 'string', multiple: true, default: [''] },
      jobs: { type: 'string', default: '1' },
    },
  });
  const unknown = positionals.filter((kind) => !KINDS.includes(kind));
  if (unknown.length > 0 || positionals.length === 0 || !/^[1-9]\d*$/.test(values.jobs)) {
    console.error(`Usage: node scripts/test.mjs ${KINDS.join('|')} … [--only PART-OF-PATH …] [--jobs N]`);
    return 2;
  }
  if (tool('tsc', ['-b', 'test', 'src/main']) !== 0) {
    console.error('The sources have type errors (above); the tests run on what was emitted.');
  }
  const separate = ['vm', 'integ', 'root'].filter((kind) => positionals.includes(kind));
  // These start the program as users do.
  if (separate.length > 0 && isStale()) await bundle();
  const unit = positionals.includes('unit') ? compiledTests('unit', values.only) : [];
  const groups = groupsOf(
    unit.length > 0 ? [unitEntry(unit)] : [],
    separate.filter(canRun).flatMap((kind) => compiledTests(kind, values.only)),
    Number(values.jobs),
  );
  if (groups.length === 0) {
    console.error('No test matches.');
    return 2;
  }
  process.env['NODE_OPTIONS'] = `${process.env['NODE_OPTIONS'] ?? ''} --enable-source-maps`;
  const result = { failed: false, skipped: withoutRoot(separate) };
  await pipeline(Readable.from(runAll(groups, result)), new SpecReporter(), process.stdout, { end: false });
  return result.failed ? 1 : 0;
}

process.exitCode = await main();
