/** Versions of a secret and the staging labels that move between them. */
import type { SecretRecord, SecretVersionRecord } from './records.ts';

export const CURRENT = 'AWSCURRENT';
export const PREVIOUS = 'AWSPREVIOUS';
/** Without a label a version may go; this many stay for those who know their ids. */
const MOST_WITHOUT_LABEL = 20;

export interface VersionChoice {
  readonly versionId?: string | undefined;
  readonly versionStage?: string | undefined;
}

export interface AddedVersion {
  readonly versions: readonly SecretVersionRecord[];
  /** Ids of those that are gone. */
  readonly dropped: readonly string[];
}

/**
 * The versions with a new one that takes its labels from the others. Whoever loses AWSCURRENT becomes AWSPREVIOUS,
 * unless that label is among those given.
 */
export function addVersion(
  versions: readonly SecretVersionRecord[],
  added: SecretVersionRecord,
): AddedVersion {
  const takesCurrent = added.stages.includes(CURRENT);
  const last = versions.find(({ stages }) => stages.includes(CURRENT))?.versionId;
  const moves = takesCurrent && last !== undefined && !added.stages.includes(PREVIOUS);
  const taken = new Set(moves ? [...added.stages, PREVIOUS] : added.stages);
  const others = versions.map((version) => ({
    ...version,
    stages: [
      ...version.stages.filter((stage) => !taken.has(stage)),
      ...(moves && version.versionId === last ? [PREVIOUS] : []),
    ],
  }));
  const unlabelled = others.filter(({ stages }) => stages.length === 0);
  const dropped = unlabelled.slice(0, Math.max(0, unlabelled.length - MOST_WITHOUT_LABEL));
  const droppedIds = new Set(dropped.map(({ versionId }) => versionId));
  return {
    versions: [...others.filter(({ versionId }) => !droppedIds.has(versionId)), added],
    dropped: [...droppedIds],
  };
}

/**
 * The versions with a label taken from one (where it must stand) and put on another; either may be left out. Whoever loses
 * AWSCURRENT to another becomes AWSPREVIOUS. Undefined when the label does not stand where it is to be taken from, or
 * stands elsewhere and is not taken from there.
 */
export function moveStage(
  versions: readonly SecretVersionRecord[],
  stage: string,
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
): readonly SecretVersionRecord[] | undefined {
  const holder = versions.find(({ stages }) => stages.includes(stage))?.versionId;
  if (holder !== from && (from !== undefined || holder !== to)) return undefined;
  const becomesPrevious = stage === CURRENT && from !== undefined && to !== undefined && from !== to;
  return versions.map((version) => {
    const { versionId, stages } = version;
    const isPrevious = becomesPrevious && versionId === from;
    const kept = stages.filter((each) => each !== stage && !(becomesPrevious && each === PREVIOUS));
    const added = [...(versionId === to ? [stage] : []), ...(isPrevious ? [PREVIOUS] : [])];
    return { ...version, stages: [...kept, ...added] };
  });
}

/** The version that is asked for; `mismatch` where the label does not stand at the id. */
export function findVersion(
  { versions }: SecretRecord,
  { versionId, versionStage }: VersionChoice,
): SecretVersionRecord | 'mismatch' | undefined {
  if (versionId === undefined) {
    return versions.find(({ stages }) => stages.includes(versionStage ?? CURRENT));
  }
  const found = versions.find((version) => version.versionId === versionId);
  if (found === undefined || versionStage === undefined) return found;
  return found.stages.includes(versionStage) ? found : 'mismatch';
}
