import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

const MODULE = new URL('./core-dumps.js', import.meta.url).href;
/** Of a dump its beginning is enough. */
const LIMIT_BYTES = 65_536;
const pattern = readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim();
/** Or all in one place. */
const isOfProgram = pattern.startsWith('|') || pattern.includes('/');
const skip = isOfProgram ? 'kernel: core dumps go to a program here' : false;

/** The files that a process leaves where it runs which ends by SIGABRT. */
async function leftBy(script: string): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'neargate-dumps-'));
  try {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    // The process itself has taken that away; the rest is to hold without it.
    await promisify(execFile)('prlimit', ['--pid', String(child.pid), `--core=${LIMIT_BYTES}:`]);
    child.kill('SIGABRT');
    await ended;
    return await readdir(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describe('A process without core dumps', { skip }, () => {
  const waits = 'console.log("ready"); setInterval(() => {}, 1000);';

  it('leaves none where others leave one, whatever its limit is', async () => {
    assert.equal((await leftBy(waits)).length, 1);
    const withheld = `const { withholdCoreDumps } = await import('${MODULE}'); withholdCoreDumps(); ${waits}`;
    assert.deepEqual(await leftBy(withheld), []);
  });

  it('hands its limit on to what it starts', async () => {
    const limits = `const { withholdCoreDumps } = await import('${MODULE}'); withholdCoreDumps();
      const { execFileSync } = await import('node:child_process');
      console.log(execFileSync('cat', ['/proc/self/limits'], { encoding: 'utf8' }));`;
    const command = ['--core=unlimited', process.execPath, '--input-type=module', '-e', limits];
    const { stdout } = await promisify(execFile)('prlimit', command);
    assert.match(stdout, /^Max core file size\s+0\s+unlimited/m);
  });
});
