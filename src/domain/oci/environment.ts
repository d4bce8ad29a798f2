/** The environment of a container's first process. */
import type { ContainerDefinition } from '../ecs/task-definition.ts';
import type { ImageRunConfig } from './types.ts';

export interface EnvironmentSources {
  readonly image: ImageRunConfig;
  readonly definition: ContainerDefinition;
  readonly fileEnvironment: readonly { readonly name: string; readonly value: string }[];
  readonly secrets: Readonly<Record<string, string>>;
  /** What the platform sets where the task does not. */
  readonly defaults: Readonly<Record<string, string>>;
  /** What the platform sets. */
  readonly injected: Readonly<Record<string, string>>;
  readonly hostname: string;
  readonly home: string;
}

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Each variable once, of the strongest source: platform, secrets, definition, files, the platform's defaults, image,
 * Docker's defaults.
 */
export function environmentOf(sources: EnvironmentSources): string[] {
  const { image, definition, fileEnvironment, secrets, injected } = sources;
  const variables = new Map<string, string>([
    ['PATH', DEFAULT_PATH],
    ['HOSTNAME', sources.hostname],
    ['HOME', sources.home],
  ]);
  if (definition.pseudoTerminal === true) variables.set('TERM', 'xterm');
  for (const entry of image.Env ?? []) {
    const split = entry.indexOf('=');
    if (split > 0) variables.set(entry.slice(0, split), entry.slice(split + 1));
  }
  for (const [name, value] of Object.entries(sources.defaults)) variables.set(name, value);
  for (const { name, value } of [...fileEnvironment, ...(definition.environment ?? [])]) {
    if (name !== undefined && name !== '') variables.set(name, value ?? '');
  }
  for (const [name, value] of [...Object.entries(secrets), ...Object.entries(injected)]) {
    variables.set(name, value);
  }
  return [...variables].map(([name, value]) => `${name}=${value}`);
}
