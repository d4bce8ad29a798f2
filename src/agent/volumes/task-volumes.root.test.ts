/** Volumes as containers see them: mount points of a definition, made on a disk, filled from an image, really mounted. */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { aContainer } from '../../../test/support/agent/assignments.ts';
import {
  openSpecScene,
  type SpecScene,
  specSceneMissing,
} from '../../../test/support/containerd/spec-scene.ts';
import type { ContainerDefinition } from '../../domain/ecs/task-definition.ts';
import { imageVolumes, volumeMounts } from '../../domain/task/volume-mounts.ts';
import type { StoredImage } from '../../ports/image-store.ts';
import { storeTestImage } from '../../ports/testing/image-store-suite.ts';
import { aTestImage } from '../../ports/testing/test-image.ts';
import { TaskVolumes } from './task-volumes.ts';

const APP_USER = { uid: 1000, gid: 1000, additionalGids: [1000], home: '/' };

describe('The volumes of a task in its containers', { skip: specSceneMissing() ?? false }, () => {
  let scene: SpecScene;
  let image: StoredImage;
  let disk: string;
  before(async () => {
    scene = await openSpecScene();
    disk = join(scene.directory, 'disk');
    await mkdir(disk, { mode: 0o700 });
    const own = { uid: 1000, gid: 1000 };
    const entries = [
      { path: 'var', directory: true },
      { path: 'var/data', directory: true, mode: 0o700, ...own },
      { path: 'var/data/seed', content: 'seed\n', mode: 0o600, ...own },
    ] as const;
    const config = { Volumes: { '/var/data': {}, '/cache': {} } };
    image = await storeTestImage(scene.images, 'registry.test/app:1', aTestImage([{ entries }], { config }));
  });
  after(() => scene?.close());

  const containers = [
    aContainer('app', { mountPoints: [{ sourceVolume: 'data', containerPath: '/var/data' }] }),
    aContainer('side', { volumesFrom: [{ sourceContainer: 'app', readOnly: true }] }),
    aContainer('plain', {
      mountPoints: [
        { sourceVolume: 'scratch', containerPath: '/scratch/inner' },
        { sourceVolume: 'data', containerPath: '/scratch' },
      ],
    }),
  ];

  /** Runs a script as one of the containers. */
  async function run(name: string, script: string, user = APP_USER): Promise<string> {
    const container = containers.find(({ definition }) => definition.name === name);
    assert.ok(container !== undefined);
    const volumes = [{ name: 'data' }, { name: 'scratch' }];
    const declared = (of: string): string[] => (of === 'app' ? imageVolumes(image.config) : []);
    const mounts = volumeMounts(container, containers, volumes, declared);
    const binds = await new TaskVolumes(scene.images).prepare(disk, image, mounts);
    const definition: ContainerDefinition = { readonlyRootFilesystem: true };
    return (await scene.run(script, definition, { mounts: binds, user })).output;
  }

  it('belong to the image’s user where they stand at a VOLUME, with what it has there', async () => {
    const output = await run(
      'app',
      'cat /var/data/seed; echo more > /var/data/own; ls -l /var/data; ls -ld /var/data',
    );
    assert.match(output, /^seed\n/);
    assert.match(output, /^-rw-r--r-- .* 1000 +1000 .* own$/m);
    assert.match(output, /^drwx------ .* 1000 +1000 .* \/var\/data$/m);
  });

  it('are lent with all that was written, and read-only', async () => {
    const output = await run(
      'side',
      'cat /var/data/seed /var/data/own; echo x > /var/data/x; echo x > /cache/x',
    );
    assert.match(output, /^seed\nmore\n/);
    assert.match(output, /can't create \/var\/data\/x: Read-only file system/);
    assert.match(output, /can't create \/cache\/x: Read-only file system/);
  });

  it('lie within one another', async () => {
    const root = { uid: 0, gid: 0, additionalGids: [0], home: '/root' };
    const output = await run(
      'plain',
      'cat /scratch/own; ls -ld /scratch/inner; echo y > /scratch/inner/y; cat /scratch/inner/y',
      root,
    );
    assert.match(output, /^more\n/);
    assert.match(output, /^drwxr-xr-x .* 0 +0 .* \/scratch\/inner$/m);
    assert.match(output, /^y$/m);
  });
});
