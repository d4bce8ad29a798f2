import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import { SealingKeyFile } from './sealing-key-file.ts';

describe('The file of the sealing key', () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ng-test-'));
    path = join(directory, 'etc', 'sealing.key');
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const isRefused = (error: unknown): boolean => hasKind(error, 'failed-precondition');

  it('is made with the first value, for its owner alone, and stays the same', () => {
    const file = new SealingKeyFile(path);
    assert.equal(file.find(), undefined);
    assert.deepEqual(readdirSync(directory), []);
    const key = file.make();
    assert.equal(key.byteLength, 32);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(join(directory, 'etc')).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(join(directory, 'etc')), ['sealing.key']);
    assert.deepEqual(new SealingKeyFile(path).make(), key);
    assert.deepEqual(new SealingKeyFile(path).find(), key);
  });

  it('is refused while others can read it, and when it holds no key', () => {
    new SealingKeyFile(path).make();
    chmodSync(path, 0o640);
    assert.throws(() => new SealingKeyFile(path).find(), isRefused);
    assert.throws(() => new SealingKeyFile(path).make(), isRefused);
    chmodSync(path, 0o600);
    writeFileSync(path, 'too short\n');
    assert.throws(() => new SealingKeyFile(path).find(), isRefused);
  });

  it('is refused where it cannot be made', () => {
    writeFileSync(join(directory, 'etc'), 'a file in the way');
    assert.throws(() => new SealingKeyFile(path).make(), isRefused);
  });
});
