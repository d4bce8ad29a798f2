/**
 * The kinds of tasks that the suite runs, and how each ends where nothing disturbs it. Every container tells of its run
 * by a line with a random word, then numbers its lines, so that a second run, a lost line and a line that came twice show.
 */
import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import type { Draw } from './draw.ts';
import { type Field, PARAMETER, POINT } from './field.ts';

/** What of a container's output is known beforehand. */
export interface Voice {
  readonly container: string;
  /** Numbered lines, when it ends by itself. */
  readonly lines?: number;
  /** Each numbered line is told once a file with that number is on disk in this directory of EFS. */
  readonly filesIn?: string;
  /** A line that it says first. */
  readonly says?: string;
}

export interface Kind {
  readonly name: string;
  readonly containers: readonly ContainerDefinition[];
  readonly over: Partial<RegisterTaskDefinitionCommandInput>;
  readonly voices: readonly Voice[];
  /** Ends when it is stopped, or by itself: with a stop code, and what its reason says. */
  readonly end: 'stopped' | { readonly stopCode: string; readonly reason: RegExp };
  /** Where it ends by itself, by container. */
  readonly exitCodes?: Readonly<Record<string, number>>;
}

/** Of the field. */
export type Ingredients = Pick<Field, 'scene' | 'fileSystem' | 'accessPointId' | 'ecrImage'> & {
  readonly draw: Draw;
};

const VOLUME = 'files';
const EXITED = { stopCode: 'EssentialContainerExited', reason: /^Essential container in task exited$/ };
/** For tasks that run until they are stopped. */
const ENDLESS = 1_000_000;

/** `each` is run before a line is told. */
function talk(lines: number, { each = ':', first = ':', code = 0 } = {}): string[] {
  const script = `
    trap 'echo stopped; exit 0' TERM
    run=$(cat /proc/sys/kernel/random/uuid); echo "run $run"; ${first}
    i=0; while [ $i -lt ${lines} ]; do i=$((i + 1)); ${each}; echo "line $i"; sleep 0.2; done
    echo end; exit ${code}`;
  return ['sh', '-c', script];
}

type MakeKind = (ingredients: Ingredients) => Kind;

export const shortKind: MakeKind = ({ scene, draw }) => {
  const lines = draw.between(1, 20);
  return {
    name: 'short',
    containers: [scene.container('app', { command: talk(lines) })],
    over: {},
    voices: [{ container: 'app', lines }],
    end: EXITED,
    exitCodes: { app: 0 },
  };
};

const long: MakeKind = ({ scene, draw }) => {
  const blocking = draw.percent(30);
  const { logConfiguration, ...app } = scene.container('app', { command: talk(ENDLESS), stopTimeout: 10 });
  const options = { ...logConfiguration?.options, mode: blocking ? 'blocking' : 'non-blocking' };
  return {
    name: 'long',
    containers: [{ ...app, logConfiguration: { logDriver: 'awslogs', options } }],
    over: {},
    voices: [{ container: 'app' }],
    end: 'stopped',
  };
};

const fails: MakeKind = ({ scene, draw }) => {
  const lines = draw.between(1, 5);
  return {
    name: 'fails',
    containers: [scene.container('app', { command: talk(lines, { code: 3 }) })],
    over: {},
    voices: [{ container: 'app', lines }],
    end: EXITED,
    exitCodes: { app: 3 },
  };
};

const many: MakeKind = ({ scene, draw }) => {
  const lines = draw.between(1, 15);
  const probe = { command: ['CMD-SHELL', 'test -e /tmp/ok'], interval: 5, timeout: 5, retries: 10 };
  const first = { command: talk(2), essential: false };
  return {
    name: 'many containers',
    containers: [
      scene.container('first', first),
      scene.container('database', {
        command: talk(ENDLESS, { first: 'touch /tmp/ok' }),
        healthCheck: probe,
        stopTimeout: 10,
      }),
      scene.container('app', {
        command: talk(lines),
        dependsOn: [
          { containerName: 'first', condition: 'SUCCESS' },
          { containerName: 'database', condition: 'HEALTHY' },
        ],
      }),
    ],
    over: {},
    voices: [{ container: 'first', lines: 2 }, { container: 'app', lines }, { container: 'database' }],
    end: EXITED,
    exitCodes: { first: 0, app: 0 },
  };
};

const secret: MakeKind = ({ scene, draw }) => {
  const lines = draw.between(1, 5);
  const command = talk(lines, { first: 'echo "says $WORD"' });
  return {
    name: 'with a secret',
    containers: [scene.container('app', { command, secrets: [{ name: 'WORD', valueFrom: PARAMETER.name }] })],
    over: {},
    voices: [{ container: 'app', lines, says: `says ${PARAMETER.value}` }],
    end: EXITED,
    exitCodes: { app: 0 },
  };
};

const fromEcr: MakeKind = ({ scene, draw, ecrImage }) => {
  const lines = draw.between(1, 10);
  return {
    name: 'of an image of ECR',
    containers: [scene.container('app', { command: talk(lines), image: ecrImage })],
    over: {},
    voices: [{ container: 'app', lines }],
    end: EXITED,
    exitCodes: { app: 0 },
  };
};

const files: MakeKind = ({ scene, draw, fileSystem, accessPointId }) => {
  const isEndless = draw.percent(50);
  const byPoint = draw.percent(40);
  const lines = draw.between(5, 30);
  const each = 'echo "content $i" | dd of=/efs/$run-$i conv=fsync 2> /dev/null || exit 9';
  const app = scene.container('app', {
    command: talk(isEndless ? ENDLESS : lines, { each }),
    stopTimeout: 10,
    mountPoints: [{ sourceVolume: VOLUME, containerPath: '/efs' }],
  });
  const volume = byPoint ? fileSystem.volumeBy(VOLUME, accessPointId) : fileSystem.volume(VOLUME);
  return {
    name: `with files of EFS${byPoint ? ' by an access point' : ''}`,
    containers: [app],
    over: { volumes: [volume] },
    voices: [{ container: 'app', filesIn: byPoint ? POINT : '/', ...(isEndless ? {} : { lines }) }],
    end: isEndless ? 'stopped' : EXITED,
    ...(!isEndless && { exitCodes: { app: 0 } }),
  };
};

const noImage: MakeKind = ({ scene }) => ({
  name: 'without an image',
  containers: [{ ...scene.container('app'), image: scene.image.replace('neargate-sample', 'nowhere') }],
  over: {},
  voices: [],
  end: { stopCode: 'TaskFailedToStart', reason: /^CannotPullContainerError: / },
});

const noProgram: MakeKind = ({ scene }) => ({
  name: 'without a program',
  containers: [scene.container('app', { command: ['no-such-program'] })],
  over: {},
  voices: [],
  end: {
    stopCode: 'TaskFailedToStart',
    reason: /^Task failed to start|^Cannot(Start|Create)ContainerError: /,
  },
});

const KINDS: readonly [MakeKind, ...MakeKind[]] = [
  ...([shortKind, shortKind, long, long, many, many, fails] as const),
  ...[secret, fromEcr, files, files, noImage, noProgram],
];

/** One of them, with lengths that are drawn as well. */
export function drawKind(ingredients: Ingredients): Kind {
  return ingredients.draw.pick(KINDS)(ingredients);
}
