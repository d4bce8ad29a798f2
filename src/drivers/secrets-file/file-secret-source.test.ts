import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ErrorKind, hasKind } from '../../domain/errors.ts';
import type { SecretQuery } from '../../ports/secret-source.ts';
import { describeSecretSource } from '../../ports/testing/secret-source-suite.ts';
import { FileSecretSource } from './file-secret-source.ts';

describe('FileSecretSource', () => {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'neargate-secrets-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const write = async (content: string, mode = 0o600): Promise<FileSecretSource> => {
    const path = join(directory, 'secrets.json');
    await writeFile(path, content);
    await chmod(path, mode);
    return new FileSecretSource(path);
  };
  const get = (source: FileSecretSource, query: Partial<SecretQuery>): Promise<string> =>
    source.get(
      { service: 'secretsmanager', id: 'db', region: 'eu-west-1', ...query },
      { credentials: () => Promise.reject(new Error('none')), signal: new AbortController().signal },
    );

  describeSecretSource('by the contract of its port', {
    open: (values) => write(JSON.stringify(values)),
  });

  it('knows secrets by their names too, and takes objects in place of their text', async () => {
    const source = await write('{"db": {"user": "u", "port": 1}, "/app/key": "k"}');
    const secret = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-a1B2c3';
    assert.equal(await get(source, { id: secret }), '{"user":"u","port":1}');
    const parameter = 'arn:aws:ssm:eu-west-1:111122223333:parameter/app/key';
    assert.equal(await get(source, { service: 'ssm', id: parameter }), 'k');
    assert.equal(await get(source, { service: 'ssm', id: '/app/key' }), 'k');
  });

  it('takes an edit into account at the next question', async () => {
    const source = await write('{"db": "one"}');
    assert.equal(await get(source, {}), 'one');
    await write('{"db": "two"}');
    assert.equal(await get(source, {}), 'two');
  });

  it('refuses a file that others can read, and never shows what is in one', async () => {
    const rejects = async (source: FileSecretSource, kind: ErrorKind): Promise<void> => {
      await assert.rejects(get(source, {}), (error) => {
        assert.ok(hasKind(error, kind));
        assert.ok(!error.message.includes('hush'));
        return true;
      });
    };
    await rejects(await write('{"db": "hush"}', 0o644), 'failed-precondition');
    await rejects(await write('{"db": hush'), 'invalid');
    await rejects(new FileSecretSource(join(directory, 'nothing')), 'unavailable');
  });
});
