import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { NfsClient } from '../../../test/support/nfs/nfs-client.ts';
import { nfsMissing, NfsScene, WHOLE } from '../../../test/support/nfs/nfs-scene.ts';
import { type FileSystemView, viewKey } from '../../domain/efs/view.ts';
import { hasKind } from '../../domain/errors.ts';
import { mountsBelow } from '../../linux/mount-table.ts';
import { hasEndedWithin, signalProcess } from '../../linux/process-identity.ts';
import { describeNfsServers, type Export } from '../../ports/testing/nfs-servers-suite.ts';
import { patient } from '../../ports/testing/patience.ts';

const skip = nfsMissing();
const PLAIN = { readOnly: false, squashRoot: false };
const ROOT = { uid: 0, gid: 0 };

describeNfsServers(
  'GaneshaNfsServers',
  async () => {
    const scene = await NfsScene.start();
    return {
      servers: scene.servers,
      async provide(view) {
        await scene.makeFileSystem(view.fileSystemId);
        if (view.accessPoint !== undefined) await scene.makeFileSystem(join(view.fileSystemId, 'point'));
        const { path } = await scene.views.open(view);
        await writeFile(join(path, 'view'), viewKey(view));
      },
      async explore(connection) {
        const client = await NfsClient.mount(connection, ROOT);
        const found = await explore(client);
        await client.session.leave();
        return found;
      },
      next: async () => scene.restart(),
      close: () => scene.close(),
    };
  },
  { skip },
);

async function explore(client: NfsClient): Promise<Export> {
  const view = (await client.readFile('/view')).toString('utf8');
  const { mode } = await client.stat('/');
  let readOnly = false;
  try {
    await client.chmod('/', mode);
  } catch (error) {
    readOnly = (error as { code?: string }).code === 'EROFS';
    if (readOnly) return { view, readOnly, squashRoot: false };
    return { view, readOnly, squashRoot: (error as { code?: string }).code === 'EPERM' };
  }
  return { view, readOnly, squashRoot: false };
}

describe('a server of an export', { skip }, () => {
  let scene: NfsScene;
  before(async () => {
    scene = await NfsScene.start();
  });
  after(() => scene.close());

  it('is started again, for the next connection, when it was killed', async () => {
    const connection = await scene.servers.connect({ view: WHOLE, ...PLAIN });
    connection.resume().on('error', () => undefined);
    const ended = new Promise((resolve) => connection.once('close', resolve));
    await kill(scene, WHOLE);
    await ended;
    const client = await scene.mount(WHOLE);
    assert.deepEqual(await client.names('/'), []);
  });

  it('is found by an agent that knows nothing of it, and used', async () => {
    await scene.mount(WHOLE);
    const { pid } = await scene.server(WHOLE);
    scene.restart();
    const client = await scene.mount(WHOLE);
    assert.deepEqual(await client.names('/'), []);
    assert.equal((await scene.server(WHOLE)).pid, pid);
  });

  it('is ended, and its directory with it, when nobody was connected for long', async () => {
    await scene.servers.keepOnly(WHOLE.fileSystemId, []);
    const servers = scene.restart({ idleMs: 20 });
    const client = await scene.mount(WHOLE);
    const server = await scene.server(WHOLE);
    await client.close();
    assert.ok(await hasEndedWithin(server, patient(10_000)));
    await servers.close();
    assert.deepEqual(await scene.restart().list(), []);
  });

  it('serves the view that is there now, when the old one has ended', async () => {
    scene.restart();
    const old = await scene.mount(WHOLE);
    await old.writeFile('/kept', 'by the disk');
    await scene.views.close(WHOLE);
    const client = await scene.mount(WHOLE);
    assert.equal((await client.readFile('/kept')).toString('utf8'), 'by the disk');
  });

  it('does not come up when it cannot, and says why', async () => {
    await scene.servers.keepOnly(WHOLE.fileSystemId, []);
    const missing = scene.restart({ program: '/usr/bin/no-such-ganesha' });
    await assert.rejects(missing.connect({ view: WHOLE, ...PLAIN }), (error) => {
      return (
        hasKind(error, 'unavailable') && /not installed \(Debian packages nfs-ganesha/.test(String(error))
      );
    });
    const failing = scene.restart({ program: '/bin/false' });
    await assert.rejects(failing.connect({ view: WHOLE, ...PLAIN }), (error) => {
      return hasKind(error, 'unavailable') && /has ended/.test(String(error));
    });
  });

  it('leaves nothing behind', async () => {
    const other = await NfsScene.start();
    await other.mount(WHOLE);
    const server = await other.server(WHOLE);
    await other.close();
    assert.ok(await hasEndedWithin(server, 0));
    assert.deepEqual(await mountsBelow(other.directory), []);
  });
});

async function kill(scene: NfsScene, view: FileSystemView): Promise<void> {
  const server = await scene.server(view);
  await signalProcess(server, 'SIGKILL');
  assert.ok(await hasEndedWithin(server, patient(5000)));
}
