/**
 * What the store keeps for ECR. Manifests and layers lie in the registry, by digest; which of them are images of a
 * repository, and by which tags, is here and nowhere else. Times are epoch milliseconds.
 */
import type { Tag } from '../ecs/task-definition.ts';

export type TagMutability = 'MUTABLE' | 'IMMUTABLE' | 'IMMUTABLE_WITH_EXCLUSION' | 'MUTABLE_WITH_EXCLUSION';

export interface TagExclusionFilter {
  readonly filterType: 'WILDCARD';
  readonly filter: string;
}

export interface RepositoryRecord {
  readonly name: string;
  /** What its keys, and its place in the registry, begin with; one made again under the name has another. */
  readonly repositoryId: string;
  readonly createdAt: number;
  readonly tagMutability: TagMutability;
  readonly tagExclusionFilters: readonly TagExclusionFilter[];
  readonly scanOnPush: boolean;
  readonly encryption: { readonly type: string; readonly kmsKey?: string };
  readonly tags: readonly Tag[];
  readonly policyText?: string;
  readonly lifecyclePolicyText?: string;
}

export interface ImageRecord {
  readonly digest: string;
  readonly mediaType: string;
  /** Media type of its configuration. */
  readonly artifactMediaType?: string;
  /** Its layers and its configuration; of an index, the largest of its images. */
  readonly sizeBytes: number;
  /** Manifests that it refers to: it is an index. */
  readonly manifests: readonly string[];
  readonly pushedAt: number;
}

export interface ImageTagRecord {
  readonly tag: string;
  readonly digest: string;
}

/** What was deleted and may still lie in the registry: an image, or all of a repository. */
export interface EcrTrashRecord {
  /** The repository's place in the registry. */
  readonly place: string;
  readonly digest?: string;
}
