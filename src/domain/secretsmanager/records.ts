/** What the store keeps for Secrets Manager. Values lie apart, sealed. Times are epoch milliseconds. */
import type { Tag } from '../ecs/task-definition.ts';

export interface SecretRecord {
  readonly name: string;
  /** What the keys of its values begin with; one made again under the name has another. */
  readonly secretId: string;
  readonly arn: string;
  readonly description?: string;
  readonly kmsKeyId?: string;
  readonly tags: readonly Tag[];
  /** Who else may use it, JSON. */
  readonly policy?: string;
  readonly createdAt: number;
  readonly changedAt: number;
  /** The oldest first. A staging label stands at one of them at most. */
  readonly versions: readonly SecretVersionRecord[];
  /** When it was asked to be deleted, and when it may be. */
  readonly deletion?: { readonly askedAt: number; readonly dueAt: number };
}

export interface SecretVersionRecord {
  readonly versionId: string;
  readonly stages: readonly string[];
  readonly createdAt: number;
}

export interface SecretValueRecord {
  /** As the server's key seals it: of a text, or of bytes in base64. */
  readonly sealed: string;
  readonly isBinary: boolean;
}
