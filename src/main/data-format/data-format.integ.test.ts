import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import { PROGRAM } from '../../../test/support/neargate/instance.ts';
import { type DataDir, dataDir } from '../data-dir.ts';
import { openDataDir } from './data-format.ts';
import type { Migration, RecordsName } from './migration.ts';
import { MIGRATIONS } from './migrations.ts';

const NEWEST = 1 + MIGRATIONS.length;

async function aDirectory(t: TestContext, files: Readonly<Record<string, string>> = {}): Promise<DataDir> {
  const root = await mkdtemp(join(tmpdir(), 'neargate-format-'));
  t.after(() => rm(root, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return dataDir({ dataDir: root, runtimeDir: undefined });
}

async function open(dir: DataDir, migrations?: readonly Migration[]): Promise<void> {
  const options = { logger: silentLogger, ...(migrations !== undefined && { migrations }) };
  (await openDataDir(dir, options)).release();
}

const refused = (words: RegExp) => (error: unknown) =>
  hasKind(error, 'failed-precondition') && error instanceof Error && words.test(error.message);

const formatOf = (dir: DataDir): Promise<string> => readFile(join(dir.root, 'format'), 'utf8');
const recordsOf = (dir: DataDir): Promise<string> => readFile(join(dir.control, 'data.mdb'), 'utf8');

/** Adds a letter to the records of the control plane. */
function adds(
  letter: string,
  { changes = ['control'] as readonly RecordsName[], fails = 0 } = {},
): Migration {
  let left = fails;
  return {
    what: `${letter} is there`,
    changes,
    async run(dir) {
      const before = await recordsOf(dir);
      if (!before.includes(letter)) await writeFile(join(dir.control, 'data.mdb'), before + letter);
      left -= 1;
      if (left >= 0) throw new Error('killed');
    },
  };
}

describe('The data directory', () => {
  it('has the newest format when it is new, and keeps it', async (t) => {
    const dir = await aDirectory(t);
    await open(dir);
    assert.equal(await formatOf(dir), `${NEWEST}\n`);
    await open(dir);
    assert.equal(await formatOf(dir), `${NEWEST}\n`);
  });

  it('counts as the first format when it was written before there were formats', async (t) => {
    const dir = await aDirectory(t, { 'control/data.mdb': 'a' });
    await open(dir, [adds('b'), adds('c')]);
    assert.equal(await recordsOf(dir), 'abc');
    assert.equal(await formatOf(dir), '3\n');
  });

  it('is migrated from the format that it has, in order', async (t) => {
    const dir = await aDirectory(t, { 'control/data.mdb': 'a', format: '2\n' });
    await open(dir, [adds('x'), adds('c'), adds('d')]);
    assert.equal(await recordsOf(dir), 'acd');
    assert.equal(await formatOf(dir), '4\n');
  });

  it('of a newer format is refused, and left as it is', async (t) => {
    const dir = await aDirectory(t, { 'control/data.mdb': 'a', format: `${NEWEST + 1}\n` });
    await assert.rejects(open(dir), refused(/newer Neargate has written/));
    assert.equal(await formatOf(dir), `${NEWEST + 1}\n`);
    assert.deepEqual((await readdir(dir.root)).sort(), ['control', 'format', 'lock']);
  });

  for (const command of ['up', 'down --tasks']) {
    it(`of a newer format ends \`neargate ${command}\` with a status of its own`, async (t) => {
      const dir = await aDirectory(t, { format: `${NEWEST + 1}\n` });
      const args = [...command.split(' '), '--data-dir', dir.root];
      const child = spawn(PROGRAM, args, { stdio: ['ignore', 'ignore', 'pipe'] });
      const [said, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
      assert.match(said, /^neargate: the data in .* a newer Neargate has written/);
      assert.equal(status, 3);
    });
  }

  it('is refused when its format is no number', async (t) => {
    const dir = await aDirectory(t, { format: 'two\n' });
    await assert.rejects(open(dir), refused(/does not hold a number/));
  });

  it('is migrated to the end by the next start when one was interrupted', async (t) => {
    const dir = await aDirectory(t, { 'control/data.mdb': 'a' });
    const migrations = [adds('b'), adds('c', { fails: 1 }), adds('d')];
    await assert.rejects(open(dir, migrations), /killed/);
    assert.equal(await formatOf(dir), '2\n');
    await open(dir, migrations);
    assert.equal(await recordsOf(dir), 'abcd');
    assert.equal(await formatOf(dir), '4\n');
  });

  it('keeps a copy of what it was before an upgrade, also when that took two starts', async (t) => {
    const dir = await aDirectory(t, { 'control/data.mdb': 'a', 'agent/data.mdb': 'z' });
    const migrations = [adds('b'), adds('c', { fails: 1 })];
    await assert.rejects(open(dir, migrations), /killed/);
    await open(dir, migrations);
    const copy = join(dir.root, 'before-format-3');
    assert.equal(await readFile(join(copy, 'control/data.mdb'), 'utf8'), 'a');
    assert.equal(await readFile(join(copy, 'format'), 'utf8'), '1\n');
    assert.deepEqual(
      (await readdir(copy)).sort(),
      ['control', 'format'],
      'what no migration changes is not copied',
    );
  });

  it('keeps the copy of the latest upgrade only', async (t) => {
    const dir = await aDirectory(t, { 'control/data.mdb': 'a' });
    await open(dir, [adds('b')]);
    await open(dir, [adds('b'), adds('c')]);
    const copies = (await readdir(dir.root)).filter((name) => name.startsWith('before'));
    assert.deepEqual(copies, ['before-format-3']);
    assert.equal(await readFile(join(dir.root, 'before-format-3/control/data.mdb'), 'utf8'), 'ab');
  });

  it('is left as it is when there is no room for the copy', async (t) => {
    const dir = await aDirectory(t, { 'control/data.mdb': 'a' });
    await truncate(join(dir.control, 'data.mdb'), 2 ** 43);
    const migration: Migration = { what: '', changes: ['control'], run: () => assert.fail('it ran') };
    await assert.rejects(open(dir, [migration]), refused(/\d+ MiB are free/));
    await assert.rejects(formatOf(dir), { code: 'ENOENT' });
  });

  it('belongs to one process at a time', async (t) => {
    const dir = await aDirectory(t);
    const lock = await openDataDir(dir, { logger: silentLogger });
    await assert.rejects(open(dir), refused(new RegExp(`in use by process ${process.pid}`)));
    lock.release();
    await open(dir);
  });

  it('is migrated once the agent of before has ended', async (t) => {
    const dir = await aDirectory(t, { 'control/data.mdb': 'a', 'run/agent.pid': '' });
    const agent = spawn('sleep', ['600'], { stdio: 'ignore' });
    t.after(() => agent.kill('SIGKILL'));
    const ended = once(agent, 'exit');
    const stat = await readFile(`/proc/${agent.pid}/stat`, 'utf8');
    const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const identity = { pid: agent.pid, startTime, version: '0.0.1' };
    await writeFile(join(dir.run, 'agent.pid'), JSON.stringify(identity));
    const run = async (): Promise<void> => {
      const now = await readFile(`/proc/${agent.pid}/stat`, 'utf8').catch(() => '0 (gone) Z');
      assert.match(now, /\) Z/);
    };
    await open(dir, [{ what: '', changes: [], run }]);
    assert.deepEqual(await ended, [null, 'SIGTERM']);
  });
});
