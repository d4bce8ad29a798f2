/** What all NfsServers do. */
import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { FileSystemView } from '../../domain/efs/view.ts';
import { hasKind } from '../../domain/errors.ts';
import type { NfsServers } from '../nfs-servers.ts';

/** What a client finds out about where it is. */
export interface Export {
  /** `viewKey` of the view. */
  readonly view: string;
  readonly readOnly: boolean;
  /** root is nobody there. */
  readonly squashRoot: boolean;
}

export interface NfsServersHarness {
  readonly servers: NfsServers;
  /** Makes the directory that a view needs. */
  provide(view: FileSystemView): Promise<void>;
  /** Talks to the server as its clients do; the connection stays open. */
  explore(connection: Duplex): Promise<Export>;
  /** Other NfsServers, over the same machine, as after a restart of the process. */
  next(): Promise<NfsServers>;
  close(): Promise<void>;
}

const WHOLE: FileSystemView = { fileSystemId: 'fs-0123456789abcdef0', rootDirectory: '/' };
const POINT: FileSystemView = {
  ...WHOLE,
  accessPoint: { accessPointId: 'fsap-0123456789abcdef0', rootPath: '/point' },
};
const OTHER: FileSystemView = { fileSystemId: 'fs-0123456789abcdef1', rootDirectory: '/' };
const PLAIN = { readOnly: false, squashRoot: false };

/** Runs the suite as test cases under `name`. */
export function describeNfsServers(
  name: string,
  start: () => Promise<NfsServersHarness>,
  options: { skip?: string | false } = {},
): void {
  describe(name, options, () => {
    let harness: NfsServersHarness;
    let servers: NfsServers;
    before(async () => {
      harness = await start();
      ({ servers } = harness);
      for (const view of [WHOLE, POINT, OTHER]) await harness.provide(view);
    });
    after(() => harness.close());
    beforeEach(async () => {
      for (const fileSystemId of await servers.list()) await servers.keepOnly(fileSystemId, []);
    });

    it('leads to the view and the access that are asked for', async () => {
      const exports: Export[] = [];
      for (const view of [WHOLE, POINT]) {
        for (const access of [PLAIN, { ...PLAIN, readOnly: true }, { ...PLAIN, squashRoot: true }]) {
          const connection = await servers.connect({ view, ...access });
          exports.push(await harness.explore(connection));
          connection.destroy();
        }
      }
      const keys = ['fs-0123456789abcdef0', 'fs-0123456789abcdef0/fsap-0123456789abcdef0'];
      assert.deepEqual(
        exports,
        keys.flatMap((view) => [
          { view, readOnly: false, squashRoot: false },
          { view, readOnly: true, squashRoot: false },
          { view, readOnly: false, squashRoot: true },
        ]),
      );
    });

    it('serves many connections at a time, also the first ones', async () => {
      const connections = await Promise.all(
        Array.from({ length: 8 }, () => servers.connect({ view: WHOLE, ...PLAIN })),
      );
      const found = await Promise.all(connections.map((connection) => harness.explore(connection)));
      assert.deepEqual(
        found.map(({ view }) => view),
        Array.from({ length: 8 }, () => WHOLE.fileSystemId),
      );
      for (const connection of connections) connection.destroy();
    });

    it('refuses a view whose directory is not there', async () => {
      const view = { fileSystemId: 'fs-00000000000000000', rootDirectory: '/' };
      await assert.rejects(servers.connect({ view, ...PLAIN }), (error) => hasKind(error, 'not-found'));
      assert.deepEqual(await servers.list(), []);
    });

    it('refuses what is no id of a file system', async () => {
      const view = { fileSystemId: '../../etc', rootDirectory: '/' };
      await assert.rejects(servers.connect({ view, ...PLAIN }), (error) => hasKind(error, 'invalid'));
    });

    it('lists file systems, each once', async () => {
      assert.deepEqual(await servers.list(), []);
      for (const view of [WHOLE, POINT, OTHER]) (await servers.connect({ view, ...PLAIN })).destroy();
      assert.deepEqual((await servers.list()).toSorted(), [WHOLE.fileSystemId, OTHER.fileSystemId]);
    });

    it('ends the servers of other views, and their connections, when told what to keep', async () => {
      const whole = await servers.connect({ view: WHOLE, ...PLAIN });
      const point = await servers.connect({ view: POINT, ...PLAIN });
      const other = await servers.connect({ view: OTHER, ...PLAIN });
      for (const connection of [whole, point, other]) await harness.explore(connection);
      point.on('error', () => undefined);
      const ended = new Promise((resolve) => point.once('close', resolve));
      await servers.keepOnly(WHOLE.fileSystemId, [WHOLE]);
      await servers.keepOnly(WHOLE.fileSystemId, [WHOLE]);
      await ended;
      assert.deepEqual([whole.destroyed, other.destroyed], [false, false]);
      await servers.keepOnly(WHOLE.fileSystemId, []);
      assert.deepEqual(await servers.list(), [OTHER.fileSystemId]);
      other.destroy();
    });

    it('leaves servers running when it is closed, to be taken over', async () => {
      (await servers.connect({ view: WHOLE, ...PLAIN })).destroy();
      await servers.close();
      servers = await harness.next();
      assert.deepEqual(await servers.list(), [WHOLE.fileSystemId]);
      const connection = await servers.connect({ view: WHOLE, ...PLAIN });
      assert.equal((await harness.explore(connection)).view, WHOLE.fileSystemId);
      connection.destroy();
      await servers.keepOnly(WHOLE.fileSystemId, []);
      assert.deepEqual(await servers.list(), []);
    });
  });
}
