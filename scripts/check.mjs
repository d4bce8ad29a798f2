/**
 * Checks the sources: format, lint, types and layers, laws, generated documents, unit tests (not with --static).
 * All are run, so that one look shows all that is wrong.
 */
import { brokenLaws } from './laws.mjs';
import { run, tool } from './project.mjs';

const CHECKS = [
  {
    name: 'format (npm run fix mends it)',
    passes: () => tool('biome', ['format', '--log-level=warn', '.']) === 0,
  },
  { name: 'types and layers', passes: () => tool('tsc', ['-b']) === 0 },
  {
    name: 'lint',
    passes: () => tool('oxlint', ['--type-aware', '--quiet', '--silent']) === 0 || explainLint(),
  },
  { name: 'laws (scripts/laws.mjs)', passes: laws },
  { name: 'documents (npm run docs mends them)', passes: () => script('docs.mjs', '--check') },
];

/** Said again with all that is wrong. */
function explainLint() {
  tool('oxlint', ['--type-aware']);
  return false;
}

function laws() {
  const broken = brokenLaws();
  for (const line of broken) console.error(line);
  return broken.length === 0;
}

function script(name, ...args) {
  return run(process.execPath, [`scripts/${name}`, ...args]) === 0;
}

function main() {
  const failed = CHECKS.filter(({ name, passes }) => {
    const start = performance.now();
    const passed = passes();
    console.log(
      `${passed ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`,
    );
    return !passed;
  });
  const tests = process.argv.includes('--static') || script('test.mjs', 'unit');
  return failed.length === 0 && tests ? 0 : 1;
}

process.exitCode = main();
