/**
 * Where the values of secrets come from: AWS Secrets Manager and the SSM Parameter Store, or what stands for them on
 * this machine. Values go to whoever asks and nowhere else: no implementation keeps one, and none is ever in an error.
 * Every method may be repeated.
 */
import type { TaskCredentials } from '../domain/task/assignment.ts';
import type { Dialer } from './dialer.ts';

/** GetParameters takes no more names in one call. */
export const MOST_PARAMETERS = 10;

/** For which task, and by which way, the service is asked. */
export interface SecretContext {
  /** The region whose service is asked. */
  readonly region: string;
  /** Connects from the task's network; absent where the platform fetches secrets by a network of its own. */
  readonly dialer?: Dialer;
  /** Keys of the task's execution role. A source that signs its requests asks for them, any other does not. */
  readonly credentials: () => Promise<TaskCredentials>;
  readonly signal?: AbortSignal;
}

export interface SecretVersion {
  /** ARN or name. */
  readonly secretId: string;
  /** Absent: AWSCURRENT. */
  readonly versionStage?: string;
  readonly versionId?: string;
}

export interface Parameters {
  /** By the names and ARNs that were asked for, decrypted. */
  readonly values: ReadonlyMap<string, string>;
  /** What there is none of, in the order of the question. */
  readonly invalid: readonly string[];
}

export interface SecretSource {
  /**
   * The text of one version of a secret (GetSecretValue). Throws
   * - `not-found`: there is no such secret, or no such version of it;
   * - `failed-precondition`: the role may not read it (`details.denied` is true then), or the source is not in order;
   * - `invalid`: the service refuses the question, or the secret has no text;
   * - `unavailable`, `deadline`: no answer, worth another try; `aborted` by the signal.
   * `details.awsCode` is the exception's name (ResourceNotFoundException, AccessDeniedException …) where a service
   * answered; the message is the service's own.
   */
  secretValue(version: SecretVersion, context: SecretContext): Promise<string>;
  /**
   * The values of at most MOST_PARAMETERS parameters, by name or ARN (GetParameters with decryption). Unknown ones are
   * no error but part of the answer. Throws as `secretValue` does, `not-found` excepted.
   */
  parameters(names: readonly string[], context: SecretContext): Promise<Parameters>;
}
