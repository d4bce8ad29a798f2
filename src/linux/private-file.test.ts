import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readPrivateFile } from './private-file.ts';

describe('a private file', () => {
  let directory = '';
  let path = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'neargate-private-'));
    path = join(directory, 'file');
    await writeFile(path, 'text', { mode: 0o600 });
  });
  after(() => rm(directory, { recursive: true }));

  it('is read when it belongs to its owner alone', async () => {
    for (const mode of [0o600, 0o400, 0o700]) {
      await chmod(path, mode);
      assert.equal(await readPrivateFile(path, 4), 'text');
    }
  });

  it('is refused while anybody else has rights, with what to do', async () => {
    for (const mode of [0o640, 0o604, 0o620, 0o611]) {
      await chmod(path, mode);
      const message = `${path} is open to others (mode 0${mode.toString(8)}): run chmod 600 ${path}`;
      await assert.rejects(readPrivateFile(path, 4), { kind: 'failed-precondition', message });
    }
    await chmod(path, 0o600);
  });

  it('must be there, be a file, and be short', async () => {
    await assert.rejects(readPrivateFile(join(directory, 'none'), 4), { kind: 'not-found' });
    await chmod(directory, 0o700);
    await assert.rejects(readPrivateFile(directory, 4), { kind: 'invalid' });
    await assert.rejects(readPrivateFile(path, 3), {
      kind: 'invalid',
      message: `${path} is longer than 3 bytes`,
    });
  });
});
