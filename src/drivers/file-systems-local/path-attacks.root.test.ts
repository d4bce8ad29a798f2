/** What tasks plant in a file system, and swap while others mount it and read from it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readFileSync, writeFileSync } from 'node:fs';
import { link, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  aLocalPlace,
  FILE_SYSTEM_ID,
  type LocalPlace,
  localFileSystemsMissing,
} from '../../../test/support/file-systems/local-place.ts';
import type { CreationInfo } from '../../domain/efs/records.ts';
import type { FileSystemView } from '../../domain/efs/view.ts';
import { hasKind, toAppError } from '../../domain/errors.ts';
import { openDirectoryAt, openDirectoryInRoot } from '../../linux/open-in-root.ts';
import { aMountRequest } from '../../ports/testing/file-system-mounts-suite.ts';
import { openFileSystem, openViewRoot, viewSource } from './view-source.ts';
import { patient } from '../../ports/testing/patience.ts';

const { signal } = new AbortController();
const isNotFound = (error: unknown): boolean => hasKind(error, 'not-found');
const RACES = 5000;

interface Scene extends LocalPlace {
  /** Beside the file system, with a file and a directory that hold `secret`. */
  readonly outside: string;
  /** Is ended before anything is taken away. */
  stopFirst(child: ChildProcess): void;
}

/** A file system with a directory `inside`, and another of the same form beside it. */
async function aScene(t: TestContext): Promise<Scene> {
  const place = await aLocalPlace();
  const children: ChildProcess[] = [];
  t.after(async () => {
    for (const child of children) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    await place.close();
  });
  const outside = join(place.root, 'outside');
  for (const [directory, word] of [
    [join(place.files, 'inside'), 'inside'],
    [outside, 'secret'],
  ] as const) {
    await mkdir(join(directory, 'below'), { recursive: true });
    for (const path of ['marker', 'below/marker']) await writeFile(join(directory, path), word);
  }
  return { ...place, outside, stopFirst: (child) => void children.push(child) };
}

function anAccessPoint(rootPath: string, creationInfo?: CreationInfo): FileSystemView {
  const posixUser = { uid: 0, gid: 0, secondaryGids: [] };
  const accessPoint = {
    accessPointId: 'fsap-00000001',
    rootPath,
    posixUser,
    ...(creationInfo && { creationInfo }),
  };
  return { fileSystemId: FILE_SYSTEM_ID, rootDirectory: '/', accessPoint };
}

/** Ways from a directory of the file system to another of the host. */
function waysTo(outside: string): string[] {
  return [outside, `${'../'.repeat(30)}${outside.slice(1)}`, '../../outside', '../../../outside'];
}

/**
 * Swaps a directory and symbolic links to those places, under the name `flip`, without end, in a process of its own.
 */
async function flipping(scene: Scene, directory: string, targets: readonly string[]): Promise<void> {
  await mkdir(join(directory, 'flip/below'), { recursive: true });
  for (const path of ['marker', 'below/marker']) await writeFile(join(directory, 'flip', path), 'inside');
  for (const [index, target] of targets.entries()) await symlink(target, join(directory, `link-${index}`));
  const script = `import ctypes, os
libc = ctypes.CDLL(None)
os.write(1, b'ready')
turn = 0
while True:
  turn += 1
  link = b'link-%d' % (turn % ${targets.length})
  for _ in range(2): libc.renameat2(-100, b'flip', -100, link, 2)`;
  const flipper = spawn('/usr/bin/python3', ['-c', script], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  scene.stopFirst(flipper);
  await once(flipper.stdout, 'data');
}

/** The marker in an open directory, read through the directory itself; undefined when it is not there just now. */
function markerIn(directory: number): string | undefined {
  try {
    return readFileSync(`/proc/self/fd/${directory}/marker`, 'utf8');
  } catch {
    return undefined;
  }
}

function tryToWrite(path: string): void {
  try {
    writeFileSync(path, 'written');
  } catch {
    // It is not there just now.
  }
}

/**
 * Counts what attempts say, until there have been many, and each word was said that is waited for. A failure must be
 * that the thing is not there.
 */
function attempts(words: readonly string[], attempt: () => string | undefined): Map<string, number> {
  const said = new Map<string, number>();
  const goesOn = (turn: number) => turn < RACES || words.some((word) => !said.has(word));
  for (let turn = 0; goesOn(turn) && turn < 20 * RACES; turn += 1) {
    let word: string;
    try {
      word = attempt() ?? 'nothing';
    } catch (error) {
      assert.ok(isNotFound(error), String(error));
      word = 'not-found';
    }
    said.set(word, (said.get(word) ?? 0) + 1);
  }
  return said;
}

describe('a planted path', { skip: localFileSystemsMissing(), timeout: patient(120_000) }, () => {
  it('of dots ends at the root of the file system', async (t) => {
    const { mounts } = await aScene(t);
    for (const [index, rootDirectory] of ['/..', '/../../..', '/inside/../../..'].entries()) {
      const request = aMountRequest('task', { rootDirectory }, { volume: `volume-${index}` });
      assert.deepEqual(await readdir((await mounts.mount(request, signal)).path), ['inside']);
    }
    await mounts.unmount('task');
  });

  it('over symbolic links ends inside, or nowhere', async (t) => {
    const { mounts, files, outside } = await aScene(t);
    for (const [index, way] of waysTo(outside).entries()) {
      await symlink(way, join(files, `link-${index}`));
      for (const rootDirectory of [`/link-${index}`, `/link-${index}/below`]) {
        await assert.rejects(mounts.mount(aMountRequest('task', { rootDirectory }), signal), isNotFound);
      }
    }
    await symlink('/inside', join(files, 'absolute'));
    await symlink('../../inside', join(files, 'inside/relative'));
    await symlink('/proc/self/fd', join(files, 'magic'));
    for (const [index, rootDirectory] of ['/absolute', '/inside/relative'].entries()) {
      const request = aMountRequest('task', { rootDirectory }, { volume: `volume-${index}` });
      assert.equal(
        await readFile(join((await mounts.mount(request, signal)).path, 'marker'), 'utf8'),
        'inside',
      );
    }
    await assert.rejects(
      mounts.mount(aMountRequest('task', { rootDirectory: '/magic' }), signal),
      isNotFound,
    );
    await mounts.unmount('task');
  });

  it('is followed by no access point, and nothing is made behind it', async (t) => {
    const { views, files, outside } = await aScene(t);
    const info = { ownerUid: 1, ownerGid: 1, permissions: '0777' };
    for (const [index, way] of [...waysTo(outside), 'inside'].entries()) {
      await symlink(way, join(files, `link-${index}`));
      for (const path of [`/link-${index}`, `/link-${index}/below`, `/link-${index}/new`]) {
        await assert.rejects(views.open(anAccessPoint(path)), isNotFound);
        await assert.rejects(views.open(anAccessPoint(path, info)), isNotFound);
      }
    }
    await assert.rejects(views.open(anAccessPoint('/../outside')), isNotFound);
    assert.deepEqual((await readdir(outside)).sort(), ['below', 'marker']);
    assert.deepEqual((await readdir(join(files, 'inside'))).sort(), ['below', 'marker']);
  });

  it('of a hard link does not lead through a view', async (t) => {
    const { views, files, outside } = await aScene(t);
    const { path } = await views.open(anAccessPoint('/inside'));
    for (const file of [join(outside, 'marker'), join(files, 'inside/marker')]) {
      await assert.rejects(link(file, join(path, 'hard')), { code: 'EXDEV' });
    }
    await link(join(path, 'marker'), join(path, 'hard'));
    await symlink(join(outside, 'marker'), join(path, 'soft'));
    await link(join(path, 'soft'), join(path, 'soft-too'));
    assert.equal(await readFile(join(path, 'hard'), 'utf8'), 'inside');
  });
});

describe('a directory that is swapped for links meanwhile', {
  skip: localFileSystemsMissing(),
  timeout: patient(300_000),
}, () => {
  it('is never left by the look-up of what to mount', async (t) => {
    const scene = await aScene(t);
    const { root, files, outside } = scene;
    await flipping(scene, files, [...waysTo(outside), '/inside']);
    const said = attempts(['inside', 'not-found'], () => {
      const top = openFileSystem(join(root, 'efs'), FILE_SYSTEM_ID);
      try {
        const directory = openDirectoryInRoot(top, '/flip/below');
        const word = markerIn(directory);
        closeSync(directory);
        return word;
      } finally {
        closeSync(top);
      }
    });
    t.diagnostic(JSON.stringify([...said]));
    assert.deepEqual(
      [...said.keys()].filter((word) => !['inside', 'not-found', 'nothing'].includes(word)),
      [],
    );
    assert.ok((said.get('inside') ?? 0) > 0 && (said.get('not-found') ?? 0) > 0);
  });

  it("is never left by the look-up of an access point's root, nor is anything made elsewhere", async (t) => {
    const scene = await aScene(t);
    const { root, files, outside } = scene;
    await flipping(scene, files, [...waysTo(outside), '/inside']);
    const info = { ownerUid: 1, ownerGid: 1, permissions: '0777' };
    const sources = ['/flip/below', '/flip/new'].map((path) => viewSource(anAccessPoint(path, info)));
    let turn = 0;
    const said = attempts(['inside', 'not-found'], () => {
      turn += 1;
      const directory = openViewRoot(join(root, 'efs'), sources[turn % 2] ?? assert.fail());
      const word = markerIn(directory);
      closeSync(directory);
      return word;
    });
    t.diagnostic(JSON.stringify([...said]));
    assert.deepEqual(
      [...said.keys()].filter((word) => !['inside', 'not-found', 'nothing'].includes(word)),
      [],
    );
    assert.ok((said.get('inside') ?? 0) > 0 && (said.get('not-found') ?? 0) > 0);
    assert.deepEqual((await readdir(outside)).sort(), ['below', 'marker']);
    assert.deepEqual((await readdir(join(files, 'inside'))).sort(), ['below', 'marker']);
  });

  it('is never left by mounts', async (t) => {
    const scene = await aScene(t);
    const { mounts, files, outside } = scene;
    await flipping(scene, files, waysTo(outside));
    for (let turn = 0; turn < 200; turn += 1) {
      const view = turn % 4 === 0 ? anAccessPoint('/flip/below') : { rootDirectory: '/flip/below' };
      try {
        const { path } = await mounts.mount(aMountRequest('task', view), signal);
        assert.equal(await readFile(join(path, 'marker'), 'utf8'), 'inside');
      } catch (error) {
        assert.ok(isNotFound(toAppError(error)), String(error));
      }
      await mounts.unmount('task');
    }
  });

  it('is never left by reads through a view, though bindfs follows the link', async (t) => {
    const scene = await aScene(t);
    const { views, files, outside } = scene;
    const { path } = await views.open(anAccessPoint('/inside'));
    // Inside the view, an absolute link leads here: by this is seen that the link was followed.
    await mkdir(join(files, 'inside/decoy/below'), { recursive: true });
    await writeFile(join(files, 'inside/decoy/below/marker'), 'decoy');
    await flipping(scene, join(files, 'inside'), ['/decoy', ...waysTo(outside)]);
    const top = openSync(path, constants.O_DIRECTORY);
    t.after(() => closeSync(top));
    let turn = 0;
    const said = attempts(['inside', 'decoy', 'not-found'], () => {
      const flip = openDirectoryAt(top, 'flip');
      try {
        const below = openDirectoryAt(flip, 'below');
        turn += 1;
        tryToWrite(`/proc/self/fd/${below}/new-${turn % 10}`);
        const word = markerIn(below);
        closeSync(below);
        return word;
      } finally {
        closeSync(flip);
      }
    });
    t.diagnostic(JSON.stringify([...said]));
    assert.deepEqual(
      [...said.keys()].filter((word) => !['inside', 'decoy', 'not-found', 'nothing'].includes(word)),
      [],
    );
    for (const word of ['inside', 'decoy', 'not-found']) assert.ok((said.get(word) ?? 0) > 0, word);
    assert.deepEqual((await readdir(outside)).sort(), ['below', 'marker']);
    assert.deepEqual(await readdir(join(outside, 'below')), ['marker']);
  });
});
