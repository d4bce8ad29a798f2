import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hasKind } from '../../domain/errors.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { storeSuite } from '../../ports/testing/store-suite.ts';
import { LmdbStore } from './lmdb-store.ts';

const root = mkdtempSync(join(tmpdir(), 'neargate-store-'));
after(() => rmSync(root, { recursive: true, force: true }));
let lastDir = 0;
const newDir = (): string => join(root, String(++lastDir));

storeSuite('LmdbStore', (clock) => LmdbStore.open({ dir: newDir(), clock }));

describe('LmdbStore on disk', () => {
  const clock = new ManualClock();
  let dir: string;
  let child: ChildProcess | undefined;
  let stores: LmdbStore[];
  beforeEach(() => {
    dir = newDir();
    stores = [];
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    await Promise.all(stores.map((store) => store.close()));
  });
  const open = async (): Promise<LmdbStore> => {
    const store = await LmdbStore.open({ dir, clock });
    stores.push(store);
    return store;
  };

  /** Starts a process that puts keys and prints a line for each answer. */
  const startWriter = async (): Promise<AsyncIterableIterator<string>> => {
    const program = fileURLToPath(
      new URL('../../../test/support/store/put-until-killed.js', import.meta.url),
    );
    child = spawn(process.execPath, [program, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    assert.ok(child.stdout);
    return createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  };

  it('goes on where it was after it was closed', async () => {
    const first = await open();
    const written = await first.transact([], [{ put: 'a', value: 1 }]);
    assert.ok(written.ok);
    await first.close();
    const second = await open();
    assert.deepEqual(await second.get('a'), { key: 'a', value: 1, revision: written.revision });
    const next = await second.transact([], [{ put: 'b', value: 1 }]);
    assert.ok(next.ok && next.revision > written.revision);
  });

  it('has everything that was answered after its process was killed, and nothing by halves', async () => {
    const answers = await startWriter();
    let answered = -1;
    for await (const line of answers) {
      answered = Math.max(answered, Number(line));
      if (answered >= 150) child?.kill('SIGKILL');
    }
    assert.ok(answered >= 150, 'the writer ran');
    const store = await open();
    const found = new Set((await store.range({ prefix: 'key/' })).map(({ key }) => key));
    for (let i = 0; i <= answered; i++) assert.ok(found.has(`key/${i}/left`), `answered ${i}`);
    const halves = [...found].filter(
      (key) => !found.has(key.replace(/[^/]+$/, key.endsWith('left') ? 'right' : 'left')),
    );
    assert.deepEqual(halves, []);
    assert.deepEqual(await store.range({ prefix: 'leased/' }), [], 'leases have ended with their process');
  });

  it('refuses to open while another process or itself has it open', async () => {
    const inUse = (error: unknown): boolean => hasKind(error, 'failed-precondition');
    const answers = await startWriter();
    await answers.next();
    await assert.rejects(open(), inUse);
    child?.kill('SIGKILL');
    if (child !== undefined && child.signalCode === null) await once(child, 'exit');
    await open();
    await assert.rejects(open(), inUse);
  });

  it('rejects what no longer fits on the disk, and goes on', () => {
    const program = fileURLToPath(new URL('../../../test/support/store/fill-the-disk.js', import.meta.url));
    // The limit on a file's size stands for a full disk.
    const script = `trap '' XFSZ; ulimit -f 4000; exec "$0" "$1" "$2"`;
    const ran = spawnSync('sh', ['-c', script, process.execPath, program, dir], { encoding: 'utf8' });
    // LMDB says there when a write failed, which its process may not survive.
    assert.equal(ran.stderr, '');
    assert.equal(ran.status, 0);
  });

  it('leaves no way into its files to child processes', async () => {
    await open();
    const listed = spawnSync('ls', ['-l', '/proc/self/fd'], { encoding: 'utf8' });
    assert.equal(listed.status, 0);
    assert.ok(!listed.stdout.includes(dir), listed.stdout);
  });

  it('grows as needed and is readable by its owner alone', async () => {
    const store = await open();
    const value = 'x'.repeat(1 << 20);
    for (let i = 0; i < 8; i++) await store.transact([], [{ put: `big/${i}`, value }]);
    assert.equal((await store.range({ prefix: 'big/' })).length, 8);
    assert.equal(statSync(dir).mode & 0o777, 0o700);
    for (const name of readdirSync(dir)) assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600, name);
  });
});
