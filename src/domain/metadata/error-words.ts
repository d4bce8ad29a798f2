/** The errors of the metadata endpoint in the ECS agent's words: a status, and a text that is sent as a JSON string. */
import type { MetadataRoute } from './routes.ts';

export interface MetadataError {
  readonly status: number;
  readonly message: string;
}

const HANDLERS: Readonly<Record<MetadataRoute['kind'], string>> = {
  task: 'task metadata handler',
  container: 'container metadata handler',
  'task-stats': 'task stats handler',
  'container-stats': 'container stats handler',
  associations: 'container associations handler',
  association: 'container associations handler',
};

/** No container has the id in the path. */
export function unknownId(route: MetadataRoute, id: string): MetadataError {
  if (route.version === 'v2') return unknownInV2(route, id);
  const prefix = `${route.version.toUpperCase()} ${HANDLERS[route.kind]}`;
  const words =
    route.kind === 'container'
      ? `unable to get container ID from request: unable to get docker ID from v3 endpoint ID: ${id}`
      : `unable to get task arn from request: unable to get task Arn from v3 endpoint ID: ${id}`;
  return { status: statusOf(route), message: `${prefix}: ${words}` };
}

function unknownInV2({ kind }: MetadataRoute, id: string): MetadataError {
  const message =
    kind === 'container-stats'
      ? `Unable to get container stats for: ${id}`
      : `Unable to generate metadata for container '${id}'`;
  return { status: 400, message };
}

/** Associations are accelerators' and the like; no task here has one. */
export function unknownAssociation(version: 'v3' | 'v4', type: string, name: string): MetadataError {
  const prefix = `${version.toUpperCase()} ${HANDLERS.association}`;
  const words = `unable to get association from association type ${type} and association name ${name}`;
  return { status: 400, message: `${prefix}: ${words}` };
}

function statusOf({ version, kind }: MetadataRoute): number {
  if (kind === 'associations' || kind === 'association') return 400;
  if (version === 'v4') return 404;
  return kind === 'task' || kind === 'container' ? 500 : 400;
}
