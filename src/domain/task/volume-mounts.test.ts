import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aContainer } from '../../../test/support/agent/assignments.ts';
import type { ContainerDefinition, Volume } from '../ecs/task-definition.ts';
import { efsMounts, imageVolumes, volumeMounts } from './volume-mounts.ts';

type Definitions = Record<string, Partial<ContainerDefinition>>;
type Images = Record<string, string[]>;

const VOLUMES: Volume[] = [{ name: 'data' }, { name: 'logs' }, { name: 'host', host: {} }];
const EFS: Volume = { name: 'efs', efsVolumeConfiguration: { fileSystemId: 'fs-1' } };

/** The mounts of the container `app`, a line each: `destination = source ro <- copied path`. */
function lines(definitions: Definitions, images: Images = {}, volumes = VOLUMES): string[] {
  const containers = Object.entries(definitions).map(([name, definition]) => aContainer(name, definition));
  const app = containers.find(({ definition }) => definition.name === 'app');
  assert.ok(app !== undefined);
  const mounts = volumeMounts(app, containers, volumes, (name) => images[name] ?? []);
  return mounts.map(({ destination, source, readOnly, copyFrom }) => {
    const from = source.kind === 'task-volume' ? source.name : `${source.container}:${source.path}`;
    return `${destination} = ${from}${readOnly ? ' ro' : ''}${copyFrom === undefined ? '' : ` <- ${copyFrom}`}`;
  });
}

const at = (containerPath: string, sourceVolume = 'data', readOnly?: boolean) => ({
  sourceVolume,
  containerPath,
  readOnly,
});
const from = (sourceContainer: string, readOnly?: boolean) => ({ sourceContainer, readOnly });

describe('The volumes of a container', () => {
  const cases: { name: string; definitions: Definitions; images?: Images; expected: string[] }[] = [
    { name: 'are none without mount points', definitions: { app: {} }, expected: [] },
    {
      name: 'are its mount points, read-only where that is said',
      definitions: { app: { mountPoints: [at('/data'), at('/logs', 'logs', true), at('/h', 'host')] } },
      expected: ['/data = data', '/logs = logs ro', '/h = host'],
    },
    {
      name: 'are the VOLUMEs of its image, with what the image has there',
      definitions: { app: {} },
      images: { app: ['/var/lib/db', '/cache'] },
      expected: ['/cache = app:/cache <- /cache', '/var/lib/db = app:/var/lib/db <- /var/lib/db'],
    },
    {
      name: 'take content from the image where a mount point stands at a VOLUME, and beat it',
      definitions: { app: { mountPoints: [at('/data'), at('/other', 'logs')] } },
      images: { app: ['/data'] },
      expected: ['/data = data <- /data', '/other = logs'],
    },
    {
      name: 'are the same place however it is written',
      definitions: { app: { mountPoints: [at('/data/./x/../', 'data')] } },
      images: { app: ['data/'] },
      expected: ['/data = data <- /data'],
    },
    {
      name: 'come with parents first',
      definitions: { app: { mountPoints: [at('/a/b/c'), at('/a', 'logs'), at('/z/b', 'host')] } },
      images: { app: ['/a/b'] },
      expected: ['/a = logs', '/a/b = app:/a/b <- /a/b', '/z/b = host', '/a/b/c = data'],
    },
    {
      name: 'are another’s mount points and VOLUMEs by volumesFrom, filled by their owner only',
      definitions: {
        web: { mountPoints: [at('/data'), at('/logs', 'logs', true)] },
        app: { volumesFrom: [from('web')] },
      },
      images: { web: ['/data', '/cache'] },
      expected: ['/cache = web:/cache', '/data = data', '/logs = logs ro'],
    },
    {
      name: 'are read-only when they are lent so',
      definitions: { web: { mountPoints: [at('/data')] }, app: { volumesFrom: [from('web', true)] } },
      images: { web: ['/cache'] },
      expected: ['/cache = web:/cache ro', '/data = data ro'],
    },
    {
      name: 'are lent on, read-only from the first that says so',
      definitions: {
        one: { mountPoints: [at('/data')] },
        two: { mountPoints: [at('/logs', 'logs')], volumesFrom: [from('one', true)] },
        app: { volumesFrom: [from('two')] },
      },
      expected: ['/data = data ro', '/logs = logs'],
    },
    {
      name: 'are its own mount point where another’s would come to the same place',
      definitions: {
        web: { mountPoints: [at('/data')] },
        app: { mountPoints: [at('/data', 'logs')], volumesFrom: [from('web')] },
      },
      expected: ['/data = logs'],
    },
    {
      name: 'are what is lent before its image’s VOLUME, so that two of one image share',
      definitions: { web: {}, app: { volumesFrom: [from('web')] } },
      images: { web: ['/data'], app: ['/data'] },
      expected: ['/data = web:/data'],
    },
    {
      name: 'are those of the last lender where two lend to the same place',
      definitions: {
        one: { mountPoints: [at('/data')] },
        two: { mountPoints: [at('/data', 'logs')] },
        app: { volumesFrom: [from('one'), from('two')] },
      },
      expected: ['/data = logs'],
    },
    {
      name: 'end where containers lend in a circle',
      definitions: {
        web: { mountPoints: [at('/web')], volumesFrom: [from('app')] },
        app: { mountPoints: [at('/app', 'logs')], volumesFrom: [from('web')] },
      },
      expected: ['/web = data', '/app = logs'],
    },
  ];
  for (const { name, definitions, images, expected } of cases) {
    it(name, () => {
      assert.deepEqual(lines(definitions, images).toSorted(), expected.toSorted());
      const depths = lines(definitions, images).map((line) => line.split(' ')[0]?.split('/').length ?? 0);
      assert.deepEqual(
        depths,
        depths.toSorted((one, other) => one - other),
      );
    });
  }

  it('are told apart from EFS file systems, which can be lent too', () => {
    const web = aContainer('web', { mountPoints: [at('/efs', 'efs'), at('/data')] });
    const app = aContainer('app', { volumesFrom: [from('web', true)] });
    const volumes = [...VOLUMES, EFS];
    const scene = [[web, app], volumes, () => ['/efs']] as const;
    assert.deepEqual(
      volumeMounts(web, ...scene).map(({ destination }) => destination),
      ['/data'],
    );
    assert.deepEqual(efsMounts(web, ...scene), [
      { destination: '/efs', source: { kind: 'efs', volume: EFS }, readOnly: false },
    ]);
    assert.deepEqual(efsMounts(app, ...scene), [
      { destination: '/efs', source: { kind: 'efs', volume: EFS }, readOnly: true },
    ]);
  });

  const refusals: {
    name: string;
    definition: Partial<ContainerDefinition>;
    volumes?: Volume[];
    kind: string;
  }[] = [
    { name: 'the root', definition: { mountPoints: [at('/data/..')] }, kind: 'invalid' },
    { name: 'one place twice', definition: { mountPoints: [at('/d'), at('/d/', 'logs')] }, kind: 'invalid' },
    { name: 'an unknown volume', definition: { mountPoints: [at('/d', 'nothing')] }, kind: 'invalid' },
    {
      name: 'a volume that is configured at launch',
      definition: { mountPoints: [at('/d', 'ebs')] },
      volumes: [{ name: 'ebs', configuredAtLaunch: true }],
      kind: 'unimplemented',
    },
  ];
  for (const { name, definition, volumes, kind } of refusals) {
    it(`refuse ${name}`, () => {
      assert.throws(() => lines({ app: definition }, {}, volumes), { kind });
    });
  }

  it('refuse an image whose VOLUME is the root', () => {
    assert.throws(() => lines({ app: {} }, { app: ['/'] }), { kind: 'invalid' });
  });

  it('are found in an image’s configuration', () => {
    const image = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } };
    assert.deepEqual(imageVolumes({ ...image, config: { Volumes: { '/a': {}, '/b': {} } } }), ['/a', '/b']);
    assert.deepEqual(imageVolumes({ ...image, config: { Volumes: null } }), []);
    assert.deepEqual(imageVolumes(image), []);
  });
});
