import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { dataDir } from '../data-dir.ts';
import { runtimeDirectory } from './runtime-directory.ts';

async function aRoot(t: TestContext): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'neargate-runtime-'));
  t.after(() => rm(root, { recursive: true }));
  await mkdir(join(root, 'run'));
  await writeFile(join(root, 'run/agent.json'), '{}');
  return root;
}

describe('Format 2', () => {
  it('has no sockets and pid files in the data directory when they are elsewhere', async (t) => {
    const root = await aRoot(t);
    const dir = dataDir({ dataDir: root, runtimeDir: join(root, 'elsewhere') });
    await runtimeDirectory.run(dir);
    await runtimeDirectory.run(dir);
    assert.equal(existsSync(join(root, 'run')), false);
  });

  it('leaves them where they are when that is their place', async (t) => {
    const root = await aRoot(t);
    await runtimeDirectory.run(dataDir({ dataDir: root, runtimeDir: undefined }));
    assert.equal(existsSync(join(root, 'run/agent.json')), true);
  });
});
