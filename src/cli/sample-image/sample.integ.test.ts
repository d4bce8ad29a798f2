import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, lstat, mkdtemp, readFile, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { registryMissing, startRegistry } from '../../../test/support/registry/registry.ts';
import { buildLayer } from './image.ts';
import { buildSampleImage, pushImage, SAMPLE_PAGE } from './sample.ts';
import { directory, file, opaque, symlink, whiteout } from './tar.ts';

const BUSYBOX = '/bin/busybox';
const noBusybox = await access(BUSYBOX).then(
  () => false as const,
  () => `${BUSYBOX} is missing (Debian package busybox-static)`,
);
const noRegistry = (await registryMissing()) ?? false;

/** Unpacks a gzip layer with the machine's own tar. */
async function unpack(t: TestContext, layers: readonly Buffer[]): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'neargate-layer-'));
  t.after(() => rm(root, { recursive: true }));
  for (const layer of layers) {
    const tar = spawn('tar', ['-xzf', '-', '-C', root], { stdio: ['pipe', 'ignore', 'inherit'] });
    tar.stdin.end(layer);
    const [status] = (await once(tar, 'exit')) as [number];
    assert.equal(status, 0);
  }
  return root;
}

describe('a layer', () => {
  it('is an archive that tar reads, with modes, links, whiteouts and long names', async (t) => {
    const long = `${'directory/'.repeat(15)}name-é`;
    const root = await unpack(t, [
      buildLayer([
        directory('bin', { mode: 0o750 }),
        file('bin/tool', 'tool', { mode: 0o755, mtime: 1000 }),
        symlink('bin/link', 'tool'),
        { path: 'bin/hard', type: 'hardlink', target: 'bin/tool' },
        file(long, 'deep'),
        symlink('far', long),
        whiteout('bin/gone'),
        opaque('etc'),
        file('empty', ''),
        file('block', 'x'.repeat(512)),
      ]).bytes,
    ]);
    assert.equal((await stat(join(root, 'bin'))).mode & 0o7777, 0o750);
    const tool = await stat(join(root, 'bin/tool'));
    assert.deepEqual([tool.mode & 0o7777, tool.nlink, tool.mtimeMs], [0o755, 2, 1_000_000]);
    assert.equal(await readlink(join(root, 'bin/link')), 'tool');
    assert.equal(await readFile(join(root, long), 'utf8'), 'deep');
    assert.equal(await readlink(join(root, 'far')), long);
    await Promise.all(['bin/.wh.gone', 'etc/.wh..wh..opq', 'empty'].map((path) => access(join(root, path))));
    assert.equal((await stat(join(root, 'block'))).size, 512);
  });
});

describe('the sample image', { skip: noBusybox }, () => {
  it('holds a busybox with its tools, users, a page, and the commands of the demo', async (t) => {
    const image = await buildSampleImage(BUSYBOX);
    const root = await unpack(
      t,
      image.blobs.slice(0, 2).map((blob) => blob.bytes),
    );
    assert.equal(await readlink(join(root, 'bin/httpd')), 'busybox');
    assert.ok((await lstat(join(root, 'bin/wget'))).isSymbolicLink());
    assert.match(await readFile(join(root, 'etc/passwd'), 'utf8'), /^app:x:1000:1000:/m);
    assert.equal(await readFile(join(root, 'www/index.html'), 'utf8'), SAMPLE_PAGE);
    for (const command of ['serve', 'fetch-and-exit']) {
      assert.equal((await stat(join(root, 'usr/bin', command))).mode & 0o111, 0o111);
    }
    assert.equal((await stat(join(root, 'tmp'))).mode & 0o7777, 0o1777);
  });

  it('is the same, byte for byte, each time it is built', async () => {
    const [one, two] = [await buildSampleImage(BUSYBOX), await buildSampleImage(BUSYBOX)];
    assert.equal(one.root.descriptor.digest, two.root.descriptor.digest);
  });

  it('refuses a program that is not statically linked', async () => {
    await assert.rejects(buildSampleImage(process.execPath), /not statically linked/);
  });

  it('is taken by a registry, also a second time', { skip: noRegistry }, async (t) => {
    const registry = await startRegistry();
    t.after(() => registry.close());
    const image = await buildSampleImage(BUSYBOX);
    const target = { registryUrl: registry.url, repository: 'neargate-sample', tag: 'latest' };
    assert.deepEqual(await pushImage(image, target), await pushImage(image, target));
    const answer = await fetch(`${registry.url}/v2/neargate-sample/manifests/latest`, {
      headers: { accept: image.root.descriptor.mediaType },
    });
    assert.equal(answer.headers.get('docker-content-digest'), image.root.descriptor.digest);
  });
});
