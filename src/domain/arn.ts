/** ARNs and ids: one place that builds and takes apart each form. AWS's partition is always `aws`. */

/** An account in a region: the scope of nearly every resource. `account` has 12 digits. */
export interface Scope {
  readonly account: string;
  readonly region: string;
}

export interface Arn extends Scope {
  readonly service: string;
  /** All that follows the fifth colon, e.g. `task/default/0123…`. */
  readonly resource: string;
}

/** Builds `arn:aws:<service>:<region>:<account>:<resource>`. */
export function formatArn(service: string, scope: Scope, resource: string): string {
  return `arn:aws:${service}:${scope.region}:${scope.account}:${resource}`;
}

/** Takes an ARN apart; undefined when the text is not one. */
export function parseArn(text: string): Arn | undefined {
  const match = /^arn:aws[a-z-]*:([a-z0-9-]+):([a-z0-9-]*):(\d{12}|aws|):(.+)$/.exec(text);
  if (match === null) return undefined;
  const [, service = '', region = '', account = '', resource = ''] = match;
  return { service, region, account, resource };
}

export const clusterArn = (scope: Scope, cluster: string): string =>
  formatArn('ecs', scope, `cluster/${cluster}`);

export const taskArn = (scope: Scope, cluster: string, taskId: string): string =>
  formatArn('ecs', scope, `task/${cluster}/${taskId}`);

/** `uuid` is a container's own id, in UUID form. */
export const containerArn = (scope: Scope, cluster: string, taskId: string, uuid: string): string =>
  formatArn('ecs', scope, `container/${cluster}/${taskId}/${uuid}`);

export const taskDefinitionArn = (scope: Scope, family: string, revision: number): string =>
  formatArn('ecs', scope, `task-definition/${family}:${revision}`);

export const fileSystemArn = (scope: Scope, fileSystemId: string): string =>
  formatArn('elasticfilesystem', scope, `file-system/${fileSystemId}`);

export const accessPointArn = (scope: Scope, accessPointId: string): string =>
  formatArn('elasticfilesystem', scope, `access-point/${accessPointId}`);

export const logGroupArn = (scope: Scope, group: string): string =>
  formatArn('logs', scope, `log-group:${group}`);

/** `suffix`: six characters that AWS adds to the name. */
export const secretArn = (scope: Scope, name: string, suffix: string): string =>
  formatArn('secretsmanager', scope, `secret:${name}-${suffix}`);

export const parameterArn = (scope: Scope, name: string): string =>
  formatArn('ssm', scope, `parameter/${name.replace(/^\//, '')}`);
