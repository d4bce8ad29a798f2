/**
 * Names of what belongs to us on the machine. All carry the instance's tag, so that several Neargates side by side
 * can tell theirs apart, and the id of the VPC or task, so that a sweep knows whose a thing is.
 *
 *   namespaces         ng-<tag>-vpc-<17 hex>      ng-<tag>-task-<task id>
 *   host interfaces    ng-<tag>-<hash of VPC>     (15 bytes are the most that an interface may have)
 *   VPC interfaces     uplink                     eni<hash of task>
 *   host nft table     neargate_<tag>
 */
import { createHash } from 'node:crypto';
import { AppError } from '../../domain/errors.ts';

const VPC_ID = /^vpc-[0-9a-f]{1,17}$/;
const TASK_ID = /^[A-Za-z0-9_-]{1,128}$/;

/** The uplink as the VPC's namespace sees it. */
export const UPLINK = 'uplink';
/** The interface of a task in its own namespace. */
export const TASK_INTERFACE = 'eth1';
/** Interfaces of tasks in a VPC's namespace begin with this. */
export const ENI_PREFIX = 'eni';
/** Tables of all instances in the host's firewall begin with this. */
export const HOST_TABLE_PREFIX = 'neargate_';
/** Host interfaces of all instances begin with this. */
export const ANY_UPLINK_PREFIX = 'ng-';

function hash(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}

/** Name of a task's interface in its VPC's namespace. */
export function eniInterface(taskId: string): string {
  return ENI_PREFIX + hash(taskId, 12);
}

/** A locally administered MAC address that is always the same for the same text. */
export function macFor(text: string): string {
  return ['02', ...(hash(text, 10).match(/../g) ?? [])].join(':');
}

export class Names {
  readonly hostTable: string;
  /** Host interfaces of this instance begin with it. */
  readonly uplinkPrefix: string;
  readonly vpcPrefix: string;
  readonly taskPrefix: string;

  /** `instance` may be any text, for example the data directory. */
  constructor(instance: string) {
    const tag = hash(instance, 5);
    this.hostTable = HOST_TABLE_PREFIX + tag;
    this.uplinkPrefix = `${ANY_UPLINK_PREFIX}${tag}-`;
    this.vpcPrefix = `ng-${tag}-`;
    this.taskPrefix = `ng-${tag}-task-`;
  }

  /** `invalid` for what is no VPC id. */
  vpcNamespace(vpcId: string): string {
    if (!VPC_ID.test(vpcId)) throw new AppError('invalid', `not a VPC id: ${vpcId}`);
    return this.vpcPrefix + vpcId;
  }

  vpcIdOf(namespace: string): string | undefined {
    const id = namespace.slice(this.vpcPrefix.length);
    return namespace.startsWith(this.vpcPrefix) && VPC_ID.test(id) ? id : undefined;
  }

  /** `invalid` for what is no task id. */
  taskNamespace(taskId: string): string {
    if (!TASK_ID.test(taskId)) throw new AppError('invalid', `not a task id: ${taskId}`);
    return this.taskPrefix + taskId;
  }

  taskIdOf(namespace: string): string | undefined {
    const id = namespace.slice(this.taskPrefix.length);
    return namespace.startsWith(this.taskPrefix) && TASK_ID.test(id) ? id : undefined;
  }

  uplink(vpcId: string): string {
    return this.uplinkPrefix + hash(vpcId, 6);
  }
}
