import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasKind } from '../../../domain/errors.ts';
import { lowerDirectories } from './image-views.ts';
import { chainIds } from './layer-unpacker.ts';
import { hasVolatileOverlay, rootfsMount } from '../mounts/rootfs-mount.ts';

const mount = (type: string, source: string, ...options: string[]) => ({ type, source, target: '', options });

describe('chain ids', () => {
  it('are those of the OCI image specification', () => {
    assert.deepEqual(chainIds([]), []);
    assert.deepEqual(chainIds(['sha256:a', 'sha256:b', 'sha256:c']), [
      'sha256:a',
      // printf 'sha256:a sha256:b' | sha256sum, and so on
      'sha256:970a948bffa8de94d6e22d747ba8c95030e6e546909f98f54e99a13005e173a8',
      'sha256:dee159b33409cefa3f6eda71539f006014283e9d9130c18a1dea7bd8a33c9b1b',
    ]);
  });
});

describe('the lower directories of a view', () => {
  it('are the list of an overlay mount', () => {
    const overlay = mount('overlay', 'overlay', 'index=off', 'lowerdir=/s/2/fs:/s/1/fs');
    assert.deepEqual(lowerDirectories([overlay]), ['/s/2/fs', '/s/1/fs']);
  });

  it('are the source of a bind mount', () => {
    assert.deepEqual(lowerDirectories([mount('bind', '/s/1/fs', 'ro', 'rbind')]), ['/s/1/fs']);
  });

  it('are not guessed from any other mount', () => {
    for (const mounts of [[], [mount('btrfs', '/x')], [mount('overlay', 'x')]]) {
      assert.throws(
        () => lowerDirectories(mounts),
        (error) => hasKind(error, 'internal'),
      );
    }
  });
});

describe("a container's root file system", () => {
  const rootfs = { lowerDirs: ['/s/2/fs', '/s/1/fs'], upperDir: '/d/upper', workDir: '/d/work' };

  it('is an overlay over the layers, the topmost first', () => {
    const { type, options } = rootfsMount(rootfs, true);
    assert.equal(type, 'overlay');
    assert.ok(options?.includes('lowerdir=/s/2/fs:/s/1/fs'));
    assert.ok(options?.includes('upperdir=/d/upper'));
    assert.ok(options?.includes('volatile'));
    assert.ok(!rootfsMount(rootfs, false).options?.includes('volatile'));
  });

  it('is volatile where the kernel knows how', () => {
    const known = [
      '4.19.0-26-amd64',
      '5.4.0',
      '5.9.16',
      '5.10.0-28-amd64',
      '5.15.0',
      '6.1.0-21',
      '6.18.44-x',
    ];
    assert.deepEqual(known.map(hasVolatileOverlay), [false, false, false, true, true, true, true]);
  });

  for (const [name, wrong] of [
    ['without layers', { ...rootfs, lowerDirs: [] }],
    ['whose layer has a colon in its path', { ...rootfs, lowerDirs: ['/a:b'] }],
    ['whose upper directory has a comma in its path', { ...rootfs, upperDir: '/a,b' }],
    ['whose work directory is relative', { ...rootfs, workDir: 'work' }],
  ] as const) {
    it(`is refused ${name}`, () => {
      assert.throws(
        () => rootfsMount(wrong, true),
        (error) => hasKind(error, 'invalid'),
      );
    });
  }
});
