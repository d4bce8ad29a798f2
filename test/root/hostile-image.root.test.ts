/**
 * Hostile images in real tasks: archives that lead out of the layers, files that stand where Neargate and the runtime look
 * or mount, and configurations that nobody checked. A directory of the machine is what they all aim at; it stays as it is.
 */
import assert from 'node:assert/strict';
import { lstat, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ContainerDefinition, RegisterTaskDefinitionCommandInput, Task } from '@aws-sdk/client-ecs';
import { type BuiltLayer, wrapLayer } from '../../src/cli/sample-image/image.ts';
import { OCI_LAYER } from '../../src/domain/oci/media-types.ts';
import type { ImageRunConfig } from '../../src/domain/oci/types.ts';
import { atOnce, patient } from '../../src/ports/testing/patience.ts';
import { makeTar, type TarEntry } from '../../src/ports/testing/test-image.ts';
import { hasCode } from '../support/neargate/api-error.ts';
import { RUNTIMES } from '../support/neargate/runtimes.ts';
import { REGISTRY_NAME, Scene } from '../support/neargate/scene.ts';

/** Deeper than anything that a layer is unpacked in. */
const UP = '../'.repeat(16);
/** Many run at the same time. */
const PATIENCE_MS = patient(180_000);
/** Numbers that descriptors of the runtime may have which it forgot to close. */
const DESCRIPTORS = [7, 8];

const file = (path: string, content = 'x', mode = 0o644): TarEntry => ({ path, content, mode });
const symlink = (path: string, link: string): TarEntry => ({ path, link });

function layerOf(entries: readonly TarEntry[]): BuiltLayer {
  const tar = makeTar(entries);
  return wrapLayer(tar, tar, OCI_LAYER);
}

interface Ended {
  readonly task: Task;
  readonly lines: readonly string[];
}

describe('A hostile image', { concurrency: atOnce(3) }, () => {
  let scene: Scene;
  /** Of the machine; `victim`, `passwd` and `ptmx` lie in it. */
  let outside: string;
  let images = 0;

  before(async () => {
    outside = await mkdtemp(join(tmpdir(), 'neargate-outside-'));
    await writeFile(join(outside, 'victim'), 'of the machine', { mode: 0o644 });
    // What runc replaces in /dev.
    await writeFile(join(outside, 'ptmx'), '');
    await writeFile(join(outside, 'passwd'), 'stranger:x:4242:4242::/:/bin/sh\n', { mode: 0o644 });
    scene = await Scene.start(['--runtimes', RUNTIMES.join()]);
  });

  after(async () => {
    await scene?.close();
    await rm(outside, { recursive: true, force: true });
  });

  const push = (layers: BuiltLayer[], config: object = {}): Promise<string> => {
    images += 1;
    return scene.push(`hostile-${images}`, { layers, config: config as ImageRunConfig });
  };

  const run = async (
    image: string,
    container: Partial<ContainerDefinition> = {},
    {
      runtime = 'runc',
      ...definition
    }: Partial<RegisterTaskDefinitionCommandInput> & { runtime?: string } = {},
  ): Promise<Ended> => {
    const hostile = scene.container('hostile', { image, command: ['sh', '-c', 'echo ran'], ...container });
    const tags = [{ key: 'neargate:runtime', value: runtime }];
    const arn = await scene.run(await scene.register([hostile], definition), { tags });
    const task = await scene.until(arn, 'STOPPED', PATIENCE_MS);
    assert.doesNotMatch(task.stoppedReason ?? '', /^ResourceInitializationError/);
    return { task, lines: await scene.output(arn, 'hostile') };
  };

  /** Nothing was made, changed, removed or linked to. */
  const assertUntouched = async (): Promise<void> => {
    assert.deepEqual((await readdir(outside)).toSorted(), ['passwd', 'ptmx', 'victim']);
    assert.ok((await lstat(join(outside, 'ptmx'))).isFile());
    assert.equal(await readFile(join(outside, 'victim'), 'utf8'), 'of the machine');
    const { mode, nlink } = await lstat(join(outside, 'victim'));
    assert.deepEqual([mode & 0o7777, nlink], [0o644, 1]);
  };

  /** It ran, and what it looked for it did not see; or the runtime refused it. */
  const assertRanOrRefused = ({ task, lines }: Ended): void => {
    if (lines.length > 0) assert.deepEqual(lines, ['ran']);
    else assert.match(task.stoppedReason ?? '', /^CannotStartContainerError: /);
  };

  /** Of archives: each runs, with what it has inside its root, or is refused as it is unpacked. */
  const assertHarmless = async (...archives: TarEntry[][]): Promise<void> => {
    const ended = archives.map(async (entries) => run(await push([layerOf(entries)])));
    for (const { task, lines } of await Promise.all(ended)) {
      if (task.containers?.[0]?.exitCode === 0) assert.deepEqual(lines, ['ran']);
      else assert.match(task.stoppedReason ?? '', /^CannotPullContainerError: .*failed to extract layer/);
    }
    await assertUntouched();
  };

  it('writes nothing outside by paths with dots or from the root', async () => {
    await assertHarmless([
      file(`${UP}${outside}/made`),
      file(`${UP}${outside}/victim`, 'x', 0o777),
      file(`${outside}/victim`),
      { path: `/..${outside}/made`, directory: true },
    ]);
  });

  it('writes nothing outside through links of its own', async () => {
    await assertHarmless([
      ...[symlink('out', outside), file('out/made'), file('out/victim')],
      ...[symlink('up', `${UP}${outside}`), file('up/made'), { path: 'up/victim', directory: true } as const],
    ]);
  });

  it('has no hard link to a file outside', async () => {
    const link = (hardLink: string): TarEntry => ({ path: 'stolen', hardLink });
    await assertHarmless(
      [link(`${UP}${outside}/victim`)],
      [link(`${outside}/victim`)],
      [symlink('out', outside), link('out/victim')],
    );
  });

  it('removes nothing outside by whiteouts', async () => {
    await assertHarmless(
      [
        ...[file(`${UP}${outside}/.wh.victim`), file(`${UP}${outside}/.wh..wh..opq`)],
        ...[symlink('out', outside), file('out/.wh.victim'), file('out/.wh..wh..opq')],
      ],
      ['.wh...', 'etc/.wh...', '.wh..', '.wh.', '.wh..wh..wh..'].map((path) => file(path)),
    );
  });

  it('writes nothing outside, and no more than there is room for, by records that beat its headers', async () => {
    const long = `${'deep/'.repeat(2000)}end`;
    await assertHarmless(
      [{ ...file('plain'), pax: { path: `${UP}${outside}/made` } }],
      [{ ...file('plain'), pax: { path: `${outside}/victim` } }],
      [{ ...symlink('out', 'x'), pax: { linkpath: outside } }, file('out/made')],
      [{ path: 'stolen', hardLink: 'x', pax: { linkpath: `${UP}${outside}/victim` } }],
      [{ ...file('long'), pax: { path: long } }],
      [{ ...file('long'), pax: { path: 'n'.repeat(70_000) } }],
      [{ ...file('huge'), pax: { size: '9223372036854775807' } }],
      [{ ...file('negative'), pax: { size: '-1' } }],
      [{ ...file('old'), pax: { mtime: '-99999999999999999999', uid: '99999999999', gid: '-5' } }],
    );
  });

  it('does not say where overlay looks for files', async () => {
    const yes = Buffer.from('y');
    const redirected = layerOf([
      { path: 'redirected', directory: true, xattrs: { 'trusted.overlay.redirect': Buffer.from('/bin') } },
      { path: 'copied', content: '', xattrs: { 'trusted.overlay.metacopy': Buffer.alloc(0) } },
      { path: 'etc', directory: true, xattrs: { 'trusted.overlay.opaque': yes, 'user.overlay.opaque': yes } },
    ]);
    const command = ['sh', '-c', 'ls /redirected | wc -l; test -e /etc/passwd && echo still'];
    const { lines } = await run(await push([redirected]), { command });
    assert.deepEqual(lines, ['0', 'still']);
  });

  for (const runtime of RUNTIMES) {
    it(`cannot use the devices that it brings along (${runtime})`, async () => {
      const devices = layerOf([
        { path: 'disk', blockDevice: [7, 0] },
        { path: 'memory', device: [1, 1] },
      ]);
      const command = [
        'sh',
        '-c',
        'for one in /disk /memory; do head -c 1 $one > /dev/null 2>&1 && echo read; done; echo end',
      ];
      const { lines } = await run(await push([devices]), { command }, { runtime });
      assert.deepEqual(lines, ['end']);
    });

    it(`has nothing mounted outside where links stand in its way (${runtime})`, async () => {
      const links = [
        ['etc/resolv.conf', `${UP}${outside}/victim`],
        ['etc/hosts', `${outside}/victim`],
        ['etc/hostname', `${UP}${outside}/made`],
        ['volume', `${UP}${outside}`],
      ].map(([path = '', target = '']) => symlink(path, target));
      const image = await push([layerOf(links)], { Volumes: { '/volume/own': {} } });
      const mountPoints = [{ sourceVolume: 'own', containerPath: '/volume/deeper' }];
      const command = ['sh', '-c', 'echo x > /volume/made; echo x > /volume/deeper/made; echo ran'];
      const ended = await run(image, { command, mountPoints }, { runtime, volumes: [{ name: 'own' }] });
      assertRanOrRefused(ended);
      await assertUntouched();
    });

    it(`has no directory of the machine to work in, by a descriptor or a link (${runtime})`, async () => {
      const image = await push([layerOf([symlink('work', `${UP}${outside}`)])], { WorkingDir: '/work/made' });
      const command = ['sh', '-c', `cat victim ${UP}${outside.slice(1)}/victim 2> /dev/null; echo ran`];
      const places = [undefined, ...DESCRIPTORS.map((number) => `/proc/self/fd/${number}`)];
      const ended = await Promise.all(
        places.map((place) =>
          run(image, { command, ...(place !== undefined && { workingDirectory: place }) }, { runtime }),
        ),
      );
      for (const one of ended) assertRanOrRefused(one);
      await assertUntouched();
    });
  }

  for (const runtime of RUNTIMES) {
    it(`has no volume for its root or its /dev (${runtime})`, async () => {
      const image = await push([layerOf([symlink('root-link', '/'), symlink('dev-link', '/dev')])]);
      // What runc would go on with, if the volume were the root: a /dev that leads out, and the link that led there.
      const prepare = [
        `cp -a /bin /v/bin; mkdir /v/proc /v/sys; ln -s ${outside} /v/dev; ln -s / /v/root-link; ln -s / /v/nested`,
        'ln -s /proc/keys /v/null',
      ].join('; ');
      const places = [['/root-link'], ['/dev'], ['/dev-link'], ['/volume', '/volume/nested']];
      const ended = places.map(async (paths) => {
        const at = (path: string) => ({ sourceVolume: 'v', containerPath: path });
        const first = scene.container('first', {
          command: ['sh', '-c', prepare],
          mountPoints: [at('/v')],
          essential: false,
        });
        const hostile = scene.container('hostile', {
          image,
          command: ['sh', '-c', 'echo ran'],
          mountPoints: paths.map(at),
          dependsOn: [{ containerName: 'first', condition: 'SUCCESS' }],
        });
        const definition = await scene.register([first, hostile], { volumes: [{ name: 'v' }] });
        const arn = await scene.run(definition, { tags: [{ key: 'neargate:runtime', value: runtime }] });
        return scene.until(arn, 'STOPPED', PATIENCE_MS);
      });
      for (const { stoppedReason } of await Promise.all(ended)) {
        assert.match(
          stoppedReason ?? '',
          /^CannotStartContainerError: .*cannot mount at \/[-\w/]+: it would be/,
        );
      }
      await assertUntouched();
    });
  }

  it('has no link in place of /dev, /proc or /sys', async () => {
    // In place of the directory that lies below.
    const swapped = ['proc', 'sys', 'dev'].map(async (path) =>
      run(await push([layerOf([file(`.wh.${path}`, ''), symlink(path, `${UP}${outside}`)])])),
    );
    for (const { lines } of await Promise.all(swapped)) assert.deepEqual(lines, ['ran']);
    await assertUntouched();
  });

  it('names no users of the machine', async () => {
    const image = await push([layerOf([symlink('etc/passwd', `${UP}${outside}/passwd`)])]);
    const { task } = await run(image, { user: 'stranger' });
    assert.match(
      task.stoppedReason ?? '',
      /unable to find user stranger: no matching entries in passwd file/,
    );
  });

  it('has no name with path parts, nor has its container', async () => {
    const named = (name: string) => scene.container(name);
    const registering = [
      scene.register([named('../hostile')]),
      scene.register([named('a/b')]),
      scene.register([named('a')], { family: '../hostile' }),
      scene.register([named('a')], { volumes: [{ name: '../hostile' }] }),
    ];
    await Promise.all(
      registering.map((one) => assert.rejects(one, (error) => hasCode(error, 'ClientException'))),
    );
    for (const image of ['../hostile:latest', 'hostile/../hostile', 'hostile:../latest']) {
      const { task } = await run(`${REGISTRY_NAME}/${image}`);
      assert.match(task.stoppedReason ?? '', /^CannotPullContainerError: invalid reference format/);
    }
  });

  it('with a hostile configuration names nothing of the machine', async () => {
    const victim = `${UP}${outside}/victim`;
    const labels = Object.fromEntries(
      Array.from({ length: 2000 }, (_, index) => [`../${index}`, 'x'.repeat(1000)]),
    );
    const configs: readonly (readonly [config: object, reason: RegExp])[] = [
      [{ User: '../../etc/passwd' }, /unable to find user \.\.\/\.\.\/etc\/passwd/],
      [{ User: '0:../../etc/group' }, /unable to find group \.\.\/\.\.\/etc\/group/],
      [{ User: '99999999999' }, /uids and gids must be in range 0-2147483647$/],
      [{ Entrypoint: [victim] }, /^CannotStartContainerError: .*no such file or directory/],
      [{ Entrypoint: [`/proc/1/root${outside}/victim`] }, /^CannotStartContainerError: /],
      [{ Env: [`PATH=${outside}`], Entrypoint: ['victim'] }, /^CannotStartContainerError: /],
      [{ Labels: labels, Cmd: ['true'] }, /^Essential container in task exited/],
      [{ StopSignal: '../../9', Cmd: ['true'] }, /^Essential container in task exited/],
      [
        { ExposedPorts: { '../x': {}, '99999/tcp': {} }, Cmd: ['true'] },
        /^Essential container in task exited/,
      ],
    ];
    const ended = configs.map(async ([config, reason]) => {
      const { task } = await run(await push([], config), { command: [] });
      assert.match(task.stoppedReason ?? '', reason, JSON.stringify(config).slice(0, 200));
    });
    await Promise.all(ended);
    await assertUntouched();
  });

  it('with a malformed configuration fails its own task only', async () => {
    const odd: object[] = [{ Env: 5 }, { Env: ['A=\0'] }, { Volumes: ['/data'] }];
    for (const { task } of await Promise.all(odd.map(async (config) => run(await push([], config))))) {
      assert.match(
        task.stoppedReason ?? '',
        /^CannotPullContainerError: .*the image's configuration is malformed/,
      );
    }
    const kept = {
      WorkingDir: '/a\nb/../c',
      Env: ['A=1\nB=2', 'C'],
      Volumes: { [`${UP}${outside}/made`]: {} },
    };
    const { lines } = await run(await push([], kept), {
      command: ['sh', '-c', 'pwd; echo "$A"; echo "[$B]"'],
    });
    assert.deepEqual(lines, ['/c', '1', 'B=2', '[]']);
    await assertUntouched();
  });
});
