/** What the store keeps for the Parameter Store. Times are epoch milliseconds. */
import type { Tag } from '../ecs/task-definition.ts';

export type ParameterType = 'String' | 'StringList' | 'SecureString';

/** One version; all of a parameter's versions but the last are kept beside it. */
export interface ParameterRecord {
  readonly name: string;
  readonly type: ParameterType;
  /** As the server's key seals it, whatever its type. */
  readonly sealed: string;
  readonly version: number;
  readonly modifiedAt: number;
  /** ARN of whoever wrote it last. */
  readonly modifiedBy: string;
  readonly tier: string;
  readonly dataType: string;
  readonly description?: string;
  readonly allowedPattern?: string;
  /** Of a SecureString. */
  readonly keyId?: string;
  /** Of the parameter, at its last version. */
  readonly tags: readonly Tag[];
  /** Of this version; absent: none. */
  readonly labels?: readonly string[];
}
