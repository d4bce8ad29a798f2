/**
 * The forms in which a request names clusters, tasks and task definitions: names, ids and ARNs. What is well formed
 * and names nothing is somebody else's to find out.
 */
import { parseArn, type Arn, type Scope } from '../arn.ts';
import { ApiError } from '../errors.ts';
import type { RefusalCode } from './constraints.ts';

export const DEFAULT_CLUSTER = 'default';

const NAME = /^[a-zA-Z0-9\-_]{1,255}$/;
const TASK_ID_MAX = 36;
const TASK_ID = /^[a-zA-Z0-9-]+$/;

const invalid = (message: string): ApiError => new ApiError('InvalidParameterException', message);

/** The name in a cluster's name or ARN; absent means `default`. */
export function clusterNameOf(reference: string | undefined, scope: Scope): string {
  if (reference === undefined) return DEFAULT_CLUSTER;
  if (reference === '') throw invalid('Cluster can not be blank.');
  const name = reference.startsWith('arn:') ? resourceOf(reference, 'cluster', scope)[0] : reference;
  return checkClusterName(name ?? '');
}

/** The name itself, when it is one. */
export function checkClusterName(name: string): string {
  if (NAME.test(name)) return name;
  throw invalid(`Cluster must match ^[a-zA-Z0-9\\-_]{1,255}$, but was ${name.slice(0, 300)}`);
}

/** The id in a task's id or ARN; an ARN of another cluster is refused. */
export function taskIdOf(reference: string, clusterName: string, scope: Scope): string {
  if (!reference.startsWith('arn:')) return checkTaskId(reference);
  const parts = resourceOf(reference, 'task', scope);
  const [cluster, id] = parts.length === 1 ? [clusterName, parts[0]] : parts;
  if (cluster !== clusterName) {
    throw invalid(`Invalid identifier: Identifier is for cluster ${cluster}. Your cluster is ${clusterName}`);
  }
  return checkTaskId(id ?? '');
}

function checkTaskId(id: string): string {
  if (id.length > TASK_ID_MAX) throw invalid(`taskId longer than ${TASK_ID_MAX}.`);
  if (!TASK_ID.test(id)) throw invalid('Task Identifier is invalid');
  return id;
}

/** The parts behind `<type>/` of an ARN of this service, account and region. */
function resourceOf(reference: string, type: string, scope: Scope): string[] {
  const arn = parseEcsArn(reference);
  const [actual, ...parts] = arn.resource.split('/');
  if (actual !== type) throw invalid(`Unsupported resource type: ${actual}`);
  if (parts.length === 0 || parts.length > 2 || parts.some((part) => part === '')) {
    throw invalid('Invalid identifier: Unexpected number of separators');
  }
  checkScope(arn, scope, 'InvalidParameterException');
  return parts;
}

function parseEcsArn(reference: string): Arn {
  const arn = parseArn(reference);
  if (arn === undefined || arn.service !== 'ecs')
    throw invalid(`Invalid identifier: ${reference.slice(0, 300)}`);
  return arn;
}

function checkScope(arn: Arn, scope: Scope, code: RefusalCode): void {
  if (arn.account !== scope.account) throw new ApiError(code, 'AccountIDs mismatch');
  if (arn.region !== scope.region) throw new ApiError(code, 'Regions mismatch');
}

export interface TaskDefinitionReference {
  readonly family: string;
  /** Absent: the family's newest ACTIVE revision. */
  readonly revision?: number;
}

/** Takes `family`, `family:revision` or an ARN apart. */
export function taskDefinitionReferenceOf(reference: string, scope: Scope): TaskDefinitionReference {
  let text = reference;
  if (reference.startsWith('arn:')) {
    const arn = parseArn(reference);
    const prefix = 'task-definition/';
    if (arn === undefined || arn.service !== 'ecs' || !arn.resource.startsWith(prefix)) {
      throw new ApiError('ClientException', 'Invalid arn syntax.');
    }
    checkScope(arn, scope, 'ClientException');
    text = arn.resource.slice(prefix.length);
  }
  const [family = '', revision, ...rest] = text.split(':');
  if (rest.length > 0 || !NAME.test(family)) {
    throw new ApiError('ClientException', 'Family contains invalid characters.');
  }
  if (revision === undefined) return { family };
  if (!/^[1-9]\d{0,7}$/.test(revision)) {
    throw new ApiError('ClientException', `Invalid revision number. Number: ${revision.slice(0, 100)}`);
  }
  return { family, revision: Number(revision) };
}

/** What a tag operation's ARN names. */
export type TaggableReference =
  | { readonly kind: 'cluster'; readonly clusterName: string }
  | { readonly kind: 'task'; readonly clusterName: string; readonly taskId: string }
  | { readonly kind: 'task-definition'; readonly family: string; readonly revision: number };

export function taggableReferenceOf(resourceArn: string, scope: Scope): TaggableReference {
  const arn = parseEcsArn(resourceArn);
  checkScope(arn, scope, 'InvalidParameterException');
  const [type = '', ...parts] = arn.resource.split('/');
  if (type === 'cluster' && parts.length === 1) {
    return { kind: 'cluster', clusterName: checkClusterName(parts[0] ?? '') };
  }
  if (type === 'task' && parts.length === 2) {
    const clusterName = checkClusterName(parts[0] ?? '');
    return { kind: 'task', clusterName, taskId: checkTaskId(parts[1] ?? '') };
  }
  if (type === 'task-definition' && parts.length === 1) {
    const { family, revision } = taskDefinitionReferenceOf(resourceArn, scope);
    if (revision === undefined) throw invalid('Revision is missing.');
    return { kind: 'task-definition', family, revision };
  }
  throw invalid(`Unsupported resource type: ${type}`);
}

/** True for what may be a family's name. */
export function isFamilyName(family: string): boolean {
  return NAME.test(family);
}
