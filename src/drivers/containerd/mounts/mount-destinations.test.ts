import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { hasKind } from '../../../domain/errors.ts';
import { DEFAULT_MOUNTS } from '../../../domain/oci/spec-defaults.ts';
import type { Mount } from '../../../domain/oci/types.ts';
import { sortMounts } from './mount-destinations.ts';

/** Paths in the image and in a volume, with what they lead to. */
type Links = Readonly<Record<string, string>>;

async function aContainer(test: TestContext, { image = {}, volume = {} }: { image?: Links; volume?: Links }) {
  const directory = await mkdtemp(join(tmpdir(), 'neargate-destinations-'));
  test.after(() => rm(directory, { recursive: true, force: true }));
  const [upperDir, base, source] = ['upper', 'base', 'volume'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [upperDir, join(base, 'var/lib'), join(base, 'data'), source]) {
    await mkdir(path, { recursive: true });
  }
  for (const [path, target] of Object.entries(image)) await symlink(target, join(base, path));
  for (const [path, target] of Object.entries(volume)) await symlink(target, join(source, path));
  const rootfs = { upperDir, lowerDirs: [base], workDir: join(directory, 'work') };
  const mount = async (...destinations: string[]): Promise<string[]> => {
    const binds = destinations.map((destination): Mount => ({ destination, type: 'bind', source }));
    const { outer, nested } = await sortMounts(rootfs, [...DEFAULT_MOUNTS, ...binds]);
    assert.equal(outer.length + nested.length, DEFAULT_MOUNTS.length + binds.length);
    return nested.map(({ destination }) => destination);
  };
  return { mount, upperDir, source };
}

const isRefusal = (error: unknown): boolean =>
  hasKind(error, 'invalid') && /^AppError: cannot mount at \S+: /.test(String(error));

describe('The destinations of mounts', () => {
  it('may be new, lie behind links, inside each other, and in the runtime’s own directories', async (test) => {
    const { mount } = await aContainer(test, {
      image: { run: '/var/lib', 'var/up': '../data' },
      volume: { current: 'v1', home: '/data' },
    });
    await mount('/data', '/new/place', '/run/here', '/var/up/deep', '/var/lib');
    await mount('/data', '/data/current/cache', '/data/home');
    await mount('/dev/shm', '/dev/mine', '/sys/fs/bpf', '/sys');
  });

  it('are nested where the way leads through another bind', async (test) => {
    const { mount } = await aContainer(test, {
      image: { way: '/data', round: '/data/../var/lib' },
      volume: { out: '/var' },
    });
    assert.deepEqual(await mount('/data', '/dev/shm/mine', '/var/lib', '/database'), []);
    assert.deepEqual(await mount('/data', '/data/new/place', '/var'), ['/data/new/place']);
    assert.deepEqual(await mount('/data', '/way/place', '/data/out'), ['/way/place', '/data/out']);
    assert.deepEqual(await mount('/data', '/data/b', '/data/b/c'), ['/data/b', '/data/b/c']);
    // Straight out of it again: nothing in it was looked up.
    assert.deepEqual(await mount('/data', '/round'), []);
    assert.deepEqual(await mount('/dev/mine', '/dev/mine/b'), ['/dev/mine/b']);
  });

  const refused: readonly [what: string, links: { image?: Links; volume?: Links }, destinations: string[]][] =
    [
      ['the root, by a link of the image', { image: { x: '/' } }, ['/x']],
      ['the root, by links that go round', { image: { x: 'data/../y', y: '.' } }, ['/x/x']],
      ['the root, by a link of a volume', { volume: { b: '/' } }, ['/data', '/data/b']],
      [
        'the root, by a link to a volume’s link',
        { image: { y: 'data' }, volume: { b: '..' } },
        ['/data', '/y/b'],
      ],
      ['/dev', {}, ['/dev']],
      ['/dev, by a link', { image: { x: 'dev' } }, ['/x']],
      ['what lies in /dev, by a link', { volume: { b: '/dev/null' } }, ['/data', '/data/b']],
      ['/proc, by a link', { image: { x: '/proc/self' } }, ['/x']],
      ['nothing, by a link to itself', { image: { x: 'x' } }, ['/x']],
    ];
  for (const [what, links, destinations] of refused) {
    it(`are refused when they would cover ${what}`, async (test) => {
      const { mount } = await aContainer(test, links);
      await assert.rejects(mount(...destinations), isRefusal);
    });
  }

  it('are found or refused, whatever others swap in a volume meanwhile', async (test) => {
    const { mount, source } = await aContainer(test, {});
    const place = join(source, 'b');
    let isOver = false;
    const swapping = (async () => {
      while (!isOver) {
        await symlink('/', place);
        await rm(place);
        await mkdir(place);
        await rm(place, { recursive: true });
      }
    })();
    const outcomes = new Set<string>();
    try {
      for (let look = 0; look < 300; look += 1) {
        await mount('/data', '/data/b').then(
          (nested) => outcomes.add(nested.join()),
          (error: unknown) => assert.ok(isRefusal(error), String(error)),
        );
      }
    } finally {
      isOver = true;
      await swapping;
    }
    assert.deepEqual([...outcomes], ['/data/b']);
  });

  it('are looked at again when the container has changed its files', async (test) => {
    const { mount, upperDir } = await aContainer(test, {});
    await mount('/data');
    await symlink('/', join(upperDir, 'data'));
    await assert.rejects(mount('/data'), isRefusal);
  });
});
