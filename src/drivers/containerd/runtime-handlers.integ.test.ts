import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import { decode } from './proto/codec.ts';
import { RuntimeHandlers } from './runtime-handlers.ts';

/** In place of runsc: prints its arguments, a line each. */
const PRINTER =
  '#!/bin/sh\nif [ "$*" = flags ]; then echo "  -platform string"; exit; fi\nprintf "%s\\n" "$@"\n';

describe('RuntimeHandlers', () => {
  let directory: string;
  let runsc: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ng-test-'));
    runsc = join(directory, "some program's name");
    await writeFile(runsc, PRINTER);
    await chmod(runsc, 0o755);
  });
  after(() => rm(directory, { recursive: true, force: true }));

  it('know runc, and take other names for runtimes of containerd', async () => {
    const handlers = new RuntimeHandlers({ directory });
    const runc = await handlers.resolve('runc', false);
    assert.equal(runc.name, 'io.containerd.runc.v2');
    assert.deepEqual(await handlers.resolve(runc.name, false), runc);
    assert.deepEqual(await handlers.resolve('io.containerd.kata.v2', false), {
      name: 'io.containerd.kata.v2',
    });
    assert.equal(handlers.gvisorOf({ name: 'io.containerd.runc.v2', options: undefined }), undefined);
  });

  it('have a script for gVisor that adds its flags to whatever the shim asks for', async () => {
    const handlers = new RuntimeHandlers({ directory: join(directory, "it's new"), runsc });
    const { name, options } = await handlers.resolve('gvisor', false);
    assert.equal(name, 'io.containerd.runc.v2');
    const value = Buffer.from(options?.value ?? []);
    const script = decode('RuncOptions', value).binaryName;
    assert.equal((await stat(script)).mode & 0o777, 0o700);
    const called = (...args: string[]): string[] =>
      execFileSync(script, args, { encoding: 'utf8' }).split('\n');
    assert.deepEqual(called('--root', '/r', 'create', '--pid-file', '/b/init.pid', 'a b'), [
      '--network=host',
      '--platform=ptrace',
      '--root',
      '/r',
      'create',
      '--pid-file',
      '/b/init.pid',
      'a b',
      '',
    ]);
    const commands = join(directory, "it's new", 'gvisor/commands');
    assert.deepEqual(called('exec', '--pid-file', '/b/exec-1.pid', 'id').slice(2), [
      'exec',
      '--pid-file',
      '/b/exec-1.pid',
      '--internal-pid-file',
      join(commands, 'exec-1.pid'),
      'id',
      '',
    ]);
    assert.deepEqual(await readdir(commands), []);
    const again = new RuntimeHandlers({ directory: join(directory, "it's new"), runsc });
    const recorded = { name, options: { typeUrl: options?.typeUrl ?? '', value } };
    assert.equal(again.gvisorOf(recorded)?.script, script);
  });

  it('say that gVisor is not installed, and look again the next time', async () => {
    const late = join(directory, 'late');
    const handlers = new RuntimeHandlers({ directory: join(directory, 'other'), runsc: late });
    await assert.rejects(handlers.resolve('gvisor', false), (error) => hasKind(error, 'failed-precondition'));
    await writeFile(late, PRINTER);
    await chmod(late, 0o755);
    assert.equal((await handlers.resolve('gvisor', false)).name, 'io.containerd.runc.v2');
  });
});
