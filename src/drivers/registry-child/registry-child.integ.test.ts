import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import { registryMissing } from '../../../test/support/registry/registry.ts';
import { hasKind } from '../../domain/errors.ts';
import { hasEndedWithin, processesWithArguments } from '../../linux/process-identity.ts';
import { describeImageRegistry } from '../../ports/testing/image-registry-suite.ts';
import { systemClock } from '../system/system-clock.ts';
import { RegistryChild } from './registry-child.ts';
import { patient } from '../../ports/testing/patience.ts';

const skip = (await registryMissing()) ?? false;

interface Place {
  readonly directory: string;
  readonly open: (program?: string) => RegistryChild;
  readonly remove: () => Promise<void>;
}

async function aPlace(): Promise<Place> {
  const directory = await mkdtemp(join(tmpdir(), 'ng-registry-'));
  const opened: RegistryChild[] = [];
  const open = (program = 'docker-registry'): RegistryChild => {
    const parts = { secret: 'secret', program, clock: systemClock, logger: silentLogger };
    const child = new RegistryChild({ directory, socket: join(directory, 'r.sock'), ...parts });
    opened.push(child);
    return child;
  };
  const remove = async (): Promise<void> => {
    for (const child of opened) await child.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { directory, open, remove };
}

const processes = ({ directory }: Place) => processesWithArguments([join(directory, 'config.yml')]);

async function begin(child: RegistryChild): Promise<string> {
  const answer = await child.exchange({ method: 'POST', path: '/v2/a/b/c/blobs/uploads/' });
  await buffer(answer.body);
  assert.equal(answer.status, 202);
  return String(answer.headers['location']);
}

async function statusOf(child: RegistryChild, path: string): Promise<number> {
  const answer = await child.exchange({ method: 'GET', path });
  await buffer(answer.body);
  return answer.status;
}

describeImageRegistry(
  'ImageRegistry: RegistryChild',
  async () => {
    const { open, remove } = await aPlace();
    return { registry: open(), close: remove };
  },
  { skip },
);

describe('RegistryChild', { skip }, () => {
  it('starts when it is needed, and leaves no process and no socket behind', async (t) => {
    const place = await aPlace();
    t.after(place.remove);
    const child = place.open();
    assert.deepEqual(await processes(place), []);
    assert.equal(await statusOf(child, '/v2/'), 200);
    const [process] = await processes(place);
    assert.ok(process !== undefined);
    await child.close();
    assert.ok(await hasEndedWithin(process, patient(1000)));
    assert.deepEqual(await processes(place), []);
    await assert.rejects(statusOf(child, '/v2/'), (error) => hasKind(error, 'unavailable'));
  });

  it('runs without any capability, and without a way to get one', async (t) => {
    const place = await aPlace();
    t.after(place.remove);
    await place.open().start();
    const [running] = await processes(place);
    const status = await readFile(`/proc/${running?.pid}/status`, 'utf8');
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) {
      assert.match(status, new RegExp(`^${set}:\\t0+$`, 'm'));
    }
    if (process.getuid?.() === 0) assert.match(status, /^CapBnd:\t0+$/m);
    assert.match(status, /^NoNewPrivs:\t1$/m);
  });

  it('answers again after the program was killed, and goes on with what was half uploaded', async (t) => {
    const place = await aPlace();
    t.after(place.remove);
    const child = place.open();
    const upload = await begin(child);
    const [first] = await processes(place);
    assert.ok(first !== undefined);
    process.kill(first.pid, 'SIGKILL');
    assert.ok(await hasEndedWithin(first, patient(5000)));
    assert.equal(await statusOf(child, upload), 204);
    const [second] = await processes(place);
    assert.notEqual(second?.pid, first.pid);
  });

  it('ends what an earlier one left running before it starts its own', async (t) => {
    const place = await aPlace();
    const first = place.open();
    await first.start();
    await first.close();
    const settings = join(place.directory, 'config.yml');
    const left = spawn('docker-registry', ['serve', settings], {
      stdio: 'ignore',
      env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
    });
    const ended = once(left, 'exit');
    t.after(async () => {
      left.kill('SIGKILL');
      await ended;
      await place.remove();
    });
    while ((await processes(place)).length === 0) await setImmediate();
    assert.equal(await statusOf(place.open(), '/v2/'), 200);
    await ended;
    assert.equal((await processes(place)).length, 1);
  });

  it('removes layers that no manifest names when it starts after a deletion', async (t) => {
    const place = await aPlace();
    t.after(place.remove);
    const child = place.open();
    const location = await begin(child);
    const digest = 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
    const done = await child.exchange({
      method: 'PUT',
      path: `${location}&digest=${digest}`,
      headers: { 'content-length': 5 },
      body: Buffer.from('hello'),
    });
    await buffer(done.body);
    const blob = join(place.directory, 'storage/docker/registry/v2/blobs/sha256/2c', digest.slice(7), 'data');
    assert.ok(existsSync(blob));
    await child.removeRepository('a/b/c');
    assert.ok(existsSync(blob), 'another upload may be about to name it');
    await child.close();
    await place.open().start();
    assert.ok(!existsSync(blob));
  });

  it('says unavailable, and what is missing, where the program is not installed', async (t) => {
    const place = await aPlace();
    t.after(place.remove);
    await assert.rejects(
      place.open('no-such-registry').start(),
      (error) => hasKind(error, 'unavailable') && /not installed \(Debian package/.test(String(error)),
    );
  });

  it('removes a repository that nothing was ever pushed to, also before it has run', async (t) => {
    const directory = join(tmpdir(), `ng-no-registry-${process.pid}`);
    t.after(() => rm(directory, { recursive: true, force: true }));
    const parts = { secret: 'secret', clock: systemClock, logger: silentLogger };
    const child = new RegistryChild({ directory, socket: join(directory, 'r.sock'), ...parts });
    await child.removeRepository('us-east-1/000000000000/app');
    await child.close();
  });

  it('keeps its files to its owner, and removes no place outside its storage', async (t) => {
    const place = await aPlace();
    t.after(place.remove);
    const child = place.open();
    await child.start();
    assert.ok((await readdir(place.directory)).includes('config.yml'));
    for (const wrong of ['..', 'a', '../../etc', '/etc', 'a/../b', '']) {
      await assert.rejects(child.removeRepository(wrong), (error) => hasKind(error, 'invalid'));
    }
  });
});
