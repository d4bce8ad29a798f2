/**
 * Runs tests in a virtual machine that is like users' machines: Debian 12 with its own kernel and cgroup v2.
 * `npm run test:vm [-- --only PART-OF-PATH … | --all | --run COMMAND] [--minutes N] [--memory SIZE]`
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { interrupted } from '../processes.mjs';
import { ROOT } from '../project.mjs';
import { runMachine } from './machine.mjs';
import { projectDrive } from './project-drive.mjs';
import { systemImage } from './system-image.mjs';
import { TESTS } from './tests.mjs';

const CACHE = join(ROOT, '.vm');

function settings() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: TESTS },
      all: { type: 'boolean', default: false },
      run: { type: 'string' },
      minutes: { type: 'string', default: '90' },
      memory: { type: 'string', default: '6G' },
    },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error('--minutes is a number');
  if (!/^[1-9]\d*[MG]$/.test(values.memory)) throw new Error('--memory is a size as 4G');
  const only = values.all ? [''] : values.only;
  return { ...values, only, minutes };
}

function testCommand(parts) {
  const only = parts.map((part) => ` --only '${part.replaceAll("'", `'\\''`)}'`);
  return `exec node scripts/test.mjs vm root${only.join('')}`;
}

/** Instead of the machine's own: for a host that has other work, too. */
function patience() {
  const factor = process.env['TEST_PATIENCE'];
  return factor === undefined ? '' : `export TEST_PATIENCE=${Number(factor)}\n`;
}

async function main() {
  const { only, run, minutes, memory } = settings();
  if (process.arch !== 'x64') throw new Error('the machine is an x86-64 one, and so must this host be');
  if (process.getuid() !== 0) throw new Error("it needs root to build the machine's drives");
  mkdirSync(CACHE, { recursive: true });
  const ended = interrupted();
  const system = await systemImage(CACHE, ended);
  const project = join(CACHE, 'project');
  await projectDrive(project, `${patience()}${run ?? testCommand(only)}\n`, ended);
  const started = performance.now();
  const late = AbortSignal.timeout(minutes * 60_000);
  const signal = AbortSignal.any([ended, late]);
  const code = await runMachine({ system, project, memory, signal }).catch((error) => {
    throw late.aborted ? new Error(`not done after ${minutes} minutes`) : error;
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(
    `\ntest:vm ${code === 0 ? 'PASSED' : `FAILED: exit code ${code}`}, ${seconds} s in the machine`,
  );
  return code === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error) => {
  console.error(`\ntest:vm FAILED: ${error.message}`);
  return 1;
});
