/** The versions of a parameter: at most a hundred, the last one in its record, earlier ones beside it. */
import type { Scope } from '../../domain/arn.ts';
import { ApiError } from '../../domain/errors.ts';
import { keys } from '../../domain/keys.ts';
import type { ParameterRecord } from '../../domain/ssm/records.ts';
import type { Store, Write } from '../../ports/store.ts';

const MOST_VERSIONS = 100;

/** All versions, the oldest first. `record`: the last. */
export async function allVersions(
  store: Store,
  scope: Scope,
  record: ParameterRecord,
): Promise<readonly ParameterRecord[]> {
  const prefix = keys.parameterVersions(scope, record.name);
  const earlier = await store.range<ParameterRecord>({ prefix });
  return [...earlier.map(({ value }) => value), record];
}

/** Of a number or a label; undefined where there is none. */
export async function findVersion(
  store: Store,
  scope: Scope,
  record: ParameterRecord,
  selector: string,
): Promise<ParameterRecord | undefined> {
  if (!/^\d+$/.test(selector)) {
    const versions = await allVersions(store, scope, record);
    return versions.find(({ labels = [] }) => labels.includes(selector));
  }
  const version = Number(selector);
  if (version === record.version) return record;
  return (await store.get<ParameterRecord>(keys.parameterVersion(scope, record.name, version)))?.value;
}

/**
 * What keeps the last version when there is to be another. Throws ParameterMaxVersionLimitExceeded where the oldest would
 * have to go and has a label.
 */
export async function keepVersion(store: Store, scope: Scope, record: ParameterRecord): Promise<Write[]> {
  const { tags: _, ...kept } = record;
  const { name, version } = record;
  const prefix = keys.parameterVersions(scope, name);
  const earlier = await store.range<ParameterRecord>({ prefix });
  const over = earlier.slice(0, Math.max(0, earlier.length + 2 - MOST_VERSIONS));
  const labelled = over.find(({ value }) => (value.labels ?? []).length > 0)?.value;
  if (labelled !== undefined) {
    throw new ApiError(
      'ParameterMaxVersionLimitExceeded',
      `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ${labelled.version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    );
  }
  return [
    { put: keys.parameterVersion(scope, name, version), value: { ...kept, tags: [] } },
    ...over.map(({ key }) => ({ delete: key })),
  ];
}
