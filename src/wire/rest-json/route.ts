/**
 * Methods and paths of operations: `PUT /2015-02-01/file-systems/{FileSystemId}/policy`. A label is one segment of the
 * path, percent-decoded. Segments that a signature's canonical path leaves out (empty, `.`, `..`) fit nothing; a slash
 * at the end, which some clients send, is of no account.
 */
import type { OperationSchema } from '../service.ts';
import { operationTraits } from '../shape.ts';
import type { WireRequest } from '../sigv4/canonical-request.ts';

export interface Route {
  readonly method: string;
  readonly segments: readonly Segment[];
  /** HTTP's, when all went well. */
  readonly status: number;
}

type Segment = { readonly text: string } | { readonly label: string };

/** The labels' values by name. */
export type Labels = ReadonlyMap<string, string>;

const LEFT_OUT: ReadonlySet<string> = new Set(['', '.', '..']);

/** The route of an operation by its trait `http`. Throws TypeError for a form that is not known here. */
export function routeOf(schema: OperationSchema): Route {
  const http = operationTraits(schema)['http'];
  const [method, path, status] = Array.isArray(http) ? (http as readonly unknown[]) : [];
  if (typeof method !== 'string' || typeof path !== 'string' || typeof status !== 'number') {
    throw new TypeError(`${schema[2]} has no HTTP binding`);
  }
  if (/[?+]/.test(path)) throw new TypeError(`${schema[2]} has a binding that is not known: ${path}`);
  const segments = path.split('/').slice(1).map(segmentOf);
  return { method, segments, status };
}

function segmentOf(text: string): Segment {
  const label = /^\{(\w+)\}$/.exec(text)?.[1];
  return label === undefined ? { text } : { label };
}

/** The segments of a request's path, percent-decoded; undefined when no route can fit. */
export function pathSegments(url: string): readonly string[] | undefined {
  const queryStart = url.indexOf('?');
  const path = queryStart === -1 ? url : url.slice(0, queryStart);
  const raw = path.replace(/\/$/, '').split('/').slice(1);
  try {
    const segments = raw.map(decodeURIComponent);
    return segments.some((segment) => LEFT_OUT.has(segment)) ? undefined : segments;
  } catch {
    return undefined;
  }
}

/** The labels when the request fits the route. */
export function matchRoute(route: Route, method: string, segments: readonly string[]): Labels | undefined {
  if (route.method !== method || route.segments.length !== segments.length) return undefined;
  const labels = new Map<string, string>();
  for (const [index, segment] of route.segments.entries()) {
    const text = segments[index] ?? '';
    if ('label' in segment) labels.set(segment.label, text);
    else if (segment.text !== text) return undefined;
  }
  return labels;
}

/** The labels of a request that fits the route. */
export function labelsOf(route: Route, { method, url }: Pick<WireRequest, 'method' | 'url'>): Labels {
  return matchRoute(route, method, pathSegments(url) ?? []) ?? new Map();
}

/** Those with fewer labels first: a literal segment goes before a label in its place. */
export function byLabels(one: Route, other: Route): number {
  return labelCount(one) - labelCount(other);
}

function labelCount({ segments }: Route): number {
  return segments.filter((segment) => 'label' in segment).length;
}
