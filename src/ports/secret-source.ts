/** Where the values of secrets and parameters come from. Values are never logged, recorded or put into errors. */
import type { TaskCredentials } from '../domain/task/assignment.ts';
import type { Dialer } from './dialer.ts';

export interface SecretQuery {
  readonly service: 'secretsmanager' | 'ssm';
  /** ARN of a secret or a parameter (without anything behind its name), or a parameter's bare name. */
  readonly id: string;
  readonly region: string;
  /** Of a secret; absent: the current one. */
  readonly versionStage?: string;
  readonly versionId?: string;
}

export interface SecretAccess {
  /** Through the task's own network interface; absent: by the platform's own way. */
  readonly dialer?: Dialer;
  /** Of the execution role, valid now; sources of this machine need none. */
  readonly credentials: () => Promise<TaskCredentials>;
  readonly signal: AbortSignal;
}

export interface SecretSource {
  /**
   * The whole text of one secret or parameter. `not-found` (no such secret, version or stage), `failed-precondition`
   * (the role may not read it), `invalid` (not an id), `unavailable` or `deadline` (the service does not answer),
   * `aborted`. Messages are the service's own words, `Exception: text` where it gave an answer.
   */
  get(query: SecretQuery, access: SecretAccess): Promise<string>;
}
