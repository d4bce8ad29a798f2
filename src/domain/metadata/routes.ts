/** What a path of the metadata endpoint asks for. Paths are the ECS agent's, ids are anything but a slash. Pure. */
import { FAULT_KINDS, type FaultKind } from './network-faults.ts';

/** Link-local, the same in every task. */
export const METADATA_ADDRESS = '169.254.170.2';

export type MetadataRoute =
  | {
      readonly kind: 'task';
      readonly version: 'v2' | 'v3' | 'v4';
      readonly id?: string;
      readonly tags: boolean;
    }
  | { readonly kind: 'container'; readonly version: 'v2' | 'v3' | 'v4'; readonly id: string }
  | { readonly kind: 'task-stats'; readonly version: 'v2' | 'v3' | 'v4'; readonly id?: string }
  | { readonly kind: 'container-stats'; readonly version: 'v2' | 'v3' | 'v4'; readonly id: string }
  | { readonly kind: 'associations'; readonly version: 'v3' | 'v4'; readonly id: string }
  | {
      readonly kind: 'association';
      readonly version: 'v3' | 'v4';
      readonly id: string;
      readonly type: string;
      readonly name: string;
    };

type Build = (parts: readonly string[], version: 'v3' | 'v4') => MetadataRoute;

const V2: readonly (readonly [RegExp, (id: string) => MetadataRoute])[] = [
  [/^\/v2\/metadata\/?$/, () => ({ kind: 'task', version: 'v2', tags: false })],
  [/^\/v2\/metadataWithTags\/?$/, () => ({ kind: 'task', version: 'v2', tags: true })],
  [/^\/v2\/metadata\/([^/]+)$/, (id) => ({ kind: 'container', version: 'v2', id })],
  [/^\/v2\/stats\/?$/, () => ({ kind: 'task-stats', version: 'v2' })],
  [/^\/v2\/stats\/([^/]+)$/, (id) => ({ kind: 'container-stats', version: 'v2', id })],
];

const BELOW_ID: readonly (readonly [RegExp, Build])[] = [
  [/^$/, ([id = ''], version) => ({ kind: 'container', version, id })],
  [/^\/task$/, ([id = ''], version) => ({ kind: 'task', version, id, tags: false })],
  [/^\/taskWithTags$/, ([id = ''], version) => ({ kind: 'task', version, id, tags: true })],
  [/^\/stats$/, ([id = ''], version) => ({ kind: 'container-stats', version, id })],
  [/^\/task\/stats$/, ([id = ''], version) => ({ kind: 'task-stats', version, id })],
  [/^\/associations\/[^/]+\/?$/, ([id = ''], version) => ({ kind: 'associations', version, id })],
  [
    /^\/associations\/([^/]+)\/(.+)$/,
    ([id = '', type = '', name = ''], version) => ({ kind: 'association', version, id, type, name }),
  ],
];

/** Undefined for a path that leads nowhere. */
export function metadataRoute(path: string): MetadataRoute | undefined {
  for (const [pattern, build] of V2) {
    const match = pattern.exec(path);
    if (match !== null) return build(match[1] ?? '');
  }
  const [, version, id, rest = ''] = /^\/(v3|v4)\/([^/]*)(\/.*)?$/.exec(path) ?? [];
  if (id === undefined || (version !== 'v3' && version !== 'v4')) return undefined;
  for (const [pattern, build] of BELOW_ID) {
    const match = pattern.exec(rest);
    if (match !== null) return build([id, ...match.slice(1)], version);
  }
  return undefined;
}

export interface CredentialsRoute {
  readonly version: 1 | 2;
  readonly id: string;
}

/** Credentials of the task's role; `query` begins with its question mark, if there is one. */
export function credentialsRoute(path: string, query: string): CredentialsRoute | undefined {
  if (path === '/v1/credentials') return { version: 1, id: /[?&]id=([^&]*)/.exec(query)?.[1] ?? '' };
  const [, id] = /^\/v2\/credentials\/([^/]*)$/.exec(path) ?? [];
  return id === undefined ? undefined : { version: 2, id };
}

/** The id in the path of task protection; undefined for another path. */
export function protectionRoute(path: string): string | undefined {
  return /^\/api\/([^/]*)\/task-protection\/v1\/state$/.exec(path)?.[1];
}

export interface FaultRoute {
  readonly id: string;
  readonly kind: FaultKind;
  readonly operation: 'start' | 'stop' | 'status';
}

/** What a path asks of fault injection; undefined for another path. */
export function faultRoute(path: string): FaultRoute | undefined {
  const [, id, name, operation] =
    /^\/api\/([^/]*)\/fault\/v1\/([^/]+)\/(start|stop|status)$/.exec(path) ?? [];
  const kind = FAULT_KINDS.find((known) => known === name);
  if (id === undefined || kind === undefined) return undefined;
  return { id, kind, operation: operation as FaultRoute['operation'] };
}

/** The path without double slashes and detours, to which Go's router sends; the same text when it is clean. */
export function cleanPath(path: string): string {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  const clean = `/${names.join('/')}`;
  return path.endsWith('/') && clean !== '/' ? `${clean}/` : clean;
}
