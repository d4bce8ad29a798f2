import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NfsFile } from '../../../test/support/nfs/nfs-file.ts';
import { accessPointView, nfsMissing, NfsScene, WHOLE } from '../../../test/support/nfs/nfs-scene.ts';
import type { FileSystemView } from '../../domain/efs/view.ts';
import { hasEndedWithin, isRunning, signalProcess } from '../../linux/process-identity.ts';
import { patient } from '../../ports/testing/patience.ts';

const APP = accessPointView(1, {
  rootPath: '/app',
  posixUser: { uid: 1001, gid: 1002, secondaryGids: [] },
  creationInfo: { ownerUid: 1001, ownerGid: 1002, permissions: '0755' },
});
const BLOCK_BYTES = 64 * 1024;
const BLOCKS_BEFORE = 40;
const AGENT = new URL('../../../test/support/nfs/agent-to-kill.js', import.meta.url).pathname;

const refused = (code: string) => (error: unknown) => (error as { code?: string }).code === code;

describe('an NFS server that is killed', { skip: nfsMissing() }, () => {
  let scene: NfsScene;
  before(async () => {
    scene = await NfsScene.start();
  });
  after(() => scene.close());

  for (const { name, view, path } of [
    { name: 'of a file system', view: WHOLE, path: 'journal' },
    { name: 'of an access point', view: APP, path: 'app/journal' },
  ]) {
    it(`${name} loses nothing that it said is on disk, and its client goes on`, async () => {
      const client = await scene.mount(view);
      const file = await client.open('/journal', { for: 'both', create: 0o600 });
      await file.lock('write');
      const writer = new Writer(file);
      await writer.enough;
      await kill(scene, view);
      await assert.rejects(writer.ended, refused('ECONNRESET'));
      const { safeBytes } = writer;
      const onDisk = await readFile(join(scene.files, path));
      assert.ok(safeBytes >= BLOCKS_BEFORE * BLOCK_BYTES);
      assert.ok(onDisk.subarray(0, safeBytes).equals(contentOf(safeBytes)));

      await client.recover(await scene.servers.connect({ view, readOnly: false, squashRoot: false }));
      assert.ok((await file.read(0, BLOCK_BYTES)).equals(contentOf(BLOCK_BYTES)));
      await file.write(safeBytes, Buffer.from('and on'), { stable: true });
      const other = await scene.mount(view);
      const same = await untilAllowed(async () => {
        await client.names('/');
        return await other.open('/journal', { for: 'both' });
      });
      await assert.rejects(same.lock('write'), refused('EAGAIN'));
      await file.close();
      const whole = await readFile(join(scene.files, path), 'utf8');
      assert.equal(whole.slice(safeBytes, safeBytes + 6), 'and on');
    });
  }

  it('lets others in when those who were there have not come back in time', async () => {
    const quick = await NfsScene.start({ leaseSeconds: 2 });
    try {
      const client = await quick.mount(WHOLE);
      const file = await client.open('/taken', { for: 'both', create: 0o600 });
      await file.lock('write');
      await kill(quick, WHOLE);
      const other = await quick.mount(WHOLE);
      await assert.rejects(other.open('/taken', { for: 'both' }), refused('EAGAIN'));
      const opened = await untilAllowed(() => other.open('/taken', { for: 'both' }));
      await opened.lock('write');
      await opened.close();
    } finally {
      await quick.close();
    }
  });
});

describe('an NFS server whose agent is killed', { skip: nfsMissing() }, () => {
  let scene: NfsScene;
  before(async () => {
    scene = await NfsScene.start();
  });
  after(() => scene.close());

  it('goes on, for the next agent', async () => {
    const agent = startAgent(scene);
    await once(agent.stdout, 'data');
    const server = await scene.server(WHOLE);
    agent.kill('SIGKILL');
    await once(agent, 'exit');
    assert.ok(await isRunning(server));
    const client = await scene.mount(WHOLE);
    await client.writeFile('/after', 'x');
    assert.deepEqual(await scene.server(WHOLE), server);
  });

  it('serves the next agent, at whatever moment of its start that was', async () => {
    for (const delayMs of [0, 40, 80, 120, 160, 200, 300]) {
      await scene.servers.keepOnly(WHOLE.fileSystemId, []);
      const agent = startAgent(scene);
      await once(agent.stderr, 'data');
      await sleep(delayMs);
      agent.kill('SIGKILL');
      await once(agent, 'exit');
      const servers = scene.restart();
      const client = await scene.mount(WHOLE);
      await client.names('/');
      await client.close();
      await servers.keepOnly(WHOLE.fileSystemId, []);
      assert.deepEqual(await servers.list(), [], `after ${delayMs} ms`);
    }
  });
});

/** Writes blocks, one after the other, until the server is gone; each second one is committed, the others are stable. */
class Writer {
  readonly enough: Promise<void>;
  readonly ended: Promise<void>;
  /** What the server said is on disk. */
  safeBytes = 0;

  constructor(file: NfsFile) {
    const { promise, resolve } = withResolver();
    this.enough = promise;
    this.ended = this.#run(file, resolve);
    this.ended.catch(() => undefined);
  }

  async #run(file: NfsFile, onEnough: () => void): Promise<void> {
    for (let index = 0; ; index += 1) {
      const stable = index % 2 === 0;
      const verifier = await file.write(index * BLOCK_BYTES, blockOf(index), { stable });
      if (!stable && (await file.commit()) !== verifier) continue;
      this.safeBytes = (index + 1) * BLOCK_BYTES;
      if (index === BLOCKS_BEFORE) onEnough();
    }
  }
}

function withResolver(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function blockOf(index: number): Buffer {
  return Buffer.alloc(BLOCK_BYTES, `block ${index} `);
}

function contentOf(bytes: number): Buffer {
  return Buffer.concat(Array.from({ length: bytes / BLOCK_BYTES }, (_, index) => blockOf(index)));
}

/** As clients do, as long as the server asks for patience. */
async function untilAllowed<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!refused('EAGAIN')(error)) throw error;
      await sleep(100);
    }
  }
}

async function kill(scene: NfsScene, view: FileSystemView): Promise<void> {
  const server = await scene.server(view);
  await signalProcess(server, 'SIGKILL');
  assert.ok(await hasEndedWithin(server, patient(5000)));
}

/** Says something on stderr when it begins to connect, on stdout when it is connected. */
function startAgent(scene: NfsScene) {
  return spawn(process.execPath, [AGENT, scene.directory], { stdio: ['ignore', 'pipe', 'pipe'] });
}
