/**
 * What the router is to do, free of syntax, and the file that says so in its own language. Sections stand in the order
 * that AWS's agent gives them: sources, filters, metadata, the user's own file, outputs.
 */
import { AppError, toAppError } from '../../errors.ts';
import type { AssignedContainer, TaskAssignment } from '../../task/assignment.ts';
import { fluentBitConfig } from './fluent-bit-config.ts';
import { fluentdConfig } from './fluentd-config.ts';
import {
  FIRELENS_HOST,
  FIRELENS_PORT,
  FIRELENS_SOCKET,
  findFirelensRouter,
  type FirelensRouter,
  firelensSecretVariables,
  firelensUsers,
  routedOptions,
  type RouterType,
} from './router.ts';

/** Names and values in the order in which they are written. */
export type Options = readonly (readonly [string, string])[];

export interface Plugin {
  readonly plugin: string;
  readonly options: Options;
}

export interface Filter {
  readonly match: string;
  readonly pattern: string;
}

export interface RouterConfig {
  readonly sources: readonly (Plugin & { readonly tag?: string })[];
  /** Keep only what has the pattern. */
  readonly includes: readonly Filter[];
  /** Drop what has the pattern. */
  readonly excludes: readonly Filter[];
  /** Members of every record, by what it matches. */
  readonly metadata?: { readonly match: string; readonly members: Options };
  /** A file of the router's image. */
  readonly ownFile?: string;
  readonly outputs: readonly (Plugin & { readonly match: string })[];
}

export interface RouterFile {
  /** The container that it is for. */
  readonly container: string;
  /** Where it is mounted, in place of the image's. */
  readonly path: string;
  readonly content: string;
}

/** The words of the two languages, where they differ by more than syntax. */
interface Language {
  readonly path: string;
  readonly wildcard: string;
  readonly outputKey: string;
  readonly placeholder: (variable: string) => string;
  readonly write: (config: RouterConfig) => string;
}

const LANGUAGES: Readonly<Record<RouterType, Language>> = {
  fluentbit: {
    path: '/fluent-bit/etc/fluent-bit.conf',
    wildcard: '*',
    outputKey: 'Name',
    placeholder: (variable) => `\${${variable}}`,
    write: fluentBitConfig,
  },
  fluentd: {
    path: '/fluentd/etc/fluent.conf',
    wildcard: '**',
    outputKey: '@type',
    placeholder: (variable) => `"#{ENV['${variable}']}"`,
    write: fluentdConfig,
  },
};

const HEALTH_TAG = 'firelens-healthcheck';
const HEALTH_PORT = 8877;
const DEFAULT_BUFFER_MB = 25;

type RoutedTask = Pick<TaskAssignment, 'clusterName' | 'taskArn' | 'family' | 'revision' | 'containers'>;

/** The file of the task's router; undefined when it has none. Throws `invalid` with AWS's words for options. */
export function firelensRouterFile(task: RoutedTask): RouterFile | undefined {
  const router = findFirelensRouter(task.containers);
  if (router === undefined) return undefined;
  const language = LANGUAGES[router.type];
  const config = routerConfig(task, router, language);
  return { container: router.container, path: language.path, content: language.write(config) };
}

function routerConfig(task: RoutedTask, router: FirelensRouter, language: Language): RouterConfig {
  const routes = firelensUsers(task.containers).map(({ container }) => routeOf(container, task, router));
  const own = ownFile(router);
  const hasMetadata = router.options['enable-ecs-log-metadata'] !== 'false';
  const health = router.type === 'fluentbit';
  return {
    sources: router.type === 'fluentbit' ? fluentBitSources(router) : FLUENTD_SOURCES,
    includes: routes.flatMap(({ include }) => include),
    excludes: routes.flatMap(({ exclude }) => exclude),
    ...(hasMetadata && {
      metadata: {
        match: language.wildcard,
        members: [
          ['ecs_cluster', task.clusterName],
          ['ecs_task_arn', task.taskArn],
          ['ecs_task_definition', `${task.family}:${task.revision}`],
        ] as const,
      },
    }),
    ...(own !== undefined && { ownFile: own }),
    outputs: [
      ...(health ? [{ plugin: 'null', match: HEALTH_TAG, options: [] }] : []),
      ...routes.flatMap(({ output }) => output),
    ],
  };
}

function fluentBitSources({ memoryMiB = 0 }: FirelensRouter): RouterConfig['sources'] {
  const half = Math.floor(memoryMiB / 2);
  const limit = `${half > 0 ? half : DEFAULT_BUFFER_MB}MB`;
  const listen = (port: number): Options => [
    ['Listen', FIRELENS_HOST],
    ['Port', String(port)],
  ];
  return [
    {
      plugin: 'forward',
      options: [
        ['Mem_Buf_Limit', limit],
        ['unix_path', FIRELENS_SOCKET],
      ],
    },
    { plugin: 'forward', options: listen(FIRELENS_PORT) },
    { plugin: 'tcp', tag: HEALTH_TAG, options: listen(HEALTH_PORT) },
  ];
}

const FLUENTD_SOURCES: RouterConfig['sources'] = [
  { plugin: 'unix', options: [['path', FIRELENS_SOCKET]] },
  {
    plugin: 'forward',
    options: [
      ['bind', FIRELENS_HOST],
      ['port', String(FIRELENS_PORT)],
    ],
  },
];

interface Route {
  readonly include: readonly Filter[];
  readonly exclude: readonly Filter[];
  readonly output: RouterConfig['outputs'];
}

/** A container whose options name no plugin is routed by the router's own file alone. */
function routeOf(container: AssignedContainer, task: RoutedTask, router: FirelensRouter): Route {
  const { name } = container.definition;
  const { wildcard, outputKey } = LANGUAGES[router.type];
  const match = `${name}-firelens${wildcard}`;
  try {
    const options = optionsOf(container, task, router);
    const filters = (option: string): Filter[] => {
      const pattern = options.get(option);
      return pattern === undefined ? [] : [{ match, pattern }];
    };
    const others = [...options].filter(
      ([option]) => ![outputKey, 'include-pattern', 'exclude-pattern'].includes(option),
    );
    const plugin = options.get(outputKey);
    if (plugin === undefined && others.length > 0) {
      throw new AppError(
        'invalid',
        `missing output key ${outputKey} which is required for firelens configuration of type ${router.type}`,
      );
    }
    return {
      include: filters('include-pattern'),
      exclude: filters('exclude-pattern'),
      output: plugin === undefined ? [] : [{ plugin, match, options: others }],
    };
  } catch (error) {
    const { kind, message } = toAppError(error);
    throw new AppError(
      kind,
      `unable to apply log options of container ${name} to firelens config: ${message}`,
    );
  }
}

/** By name, in alphabetical order; secret ones stand as names of variables. */
function optionsOf(
  container: AssignedContainer,
  { containers }: RoutedTask,
  { type }: FirelensRouter,
): ReadonlyMap<string, string> {
  const secrets = firelensSecretVariables(containers)
    .filter((each) => each.container === container.definition.name)
    .map(({ option, variable }) => [option, LANGUAGES[type].placeholder(variable)] as const);
  const options = new Map([...routedOptions(container), ...secrets]);
  for (const [name, value] of options) {
    // It would begin a line, or a section, of its own.
    if (/[\r\n]/.test(`${name}${value}`)) {
      throw new AppError('invalid', `option ${name.split(/[\r\n]/, 1)[0]} has a line break`);
    }
  }
  return new Map([...options].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function ownFile({ options }: FirelensRouter): string | undefined {
  const type = options['config-file-type'];
  const path = options['config-file-value'] ?? '';
  if (type === undefined) return undefined;
  if (type !== 'file') {
    throw new AppError('invalid', `invalid value ${type} is specified for option config-file-type`);
  }
  if (path === '') {
    throw new AppError(
      'invalid',
      'option config-file-type is specified but config-file-value is not specified',
    );
  }
  if (/[\r\n]/.test(path)) throw new AppError('invalid', 'option config-file-value has a line break');
  return path;
}
