import {
  LabelParameterVersion$,
  type LabelParameterVersionRequest,
  type LabelParameterVersionResult,
  UnlabelParameterVersion$,
  type UnlabelParameterVersionRequest,
  type UnlabelParameterVersionResult,
} from '@aws-sdk/client-ssm';
import type { Scope } from '../../domain/arn.ts';
import { ApiError } from '../../domain/errors.ts';
import { keys } from '../../domain/keys.ts';
import type { ParameterRecord } from '../../domain/ssm/records.ts';
import type { Write } from '../../ports/store.ts';
import { operation, type OperationDefinition, type RequestContext } from '../../wire/service.ts';
import { type Decision, transactWithRetry } from '../transact.ts';
import { invalid } from './constraints.ts';
import type { SsmDeps } from './deps.ts';
import { findParameter, versionNotFound } from './parameter-store.ts';
import { allVersions } from './parameter-versions.ts';

const MOST_LABELS = 10;
const LONGEST_LABEL = 100;
const LABEL = /^(?!aws|ssm)[A-Za-z_.-][A-Za-z0-9_.-]*$/i;

/** A label stands at one version: given to another, it moves. */
export function labelParameterVersion(deps: SsmDeps): OperationDefinition {
  return operation(
    LabelParameterVersion$,
    (input: LabelParameterVersionRequest, context): Promise<LabelParameterVersionResult> => {
      const asked = askedLabels(input.Labels);
      const [good, bad] = parted(asked, isLabel);
      return change(deps, input, { context, operation: 'LabelParameterVersion' }, ({ chosen, all }) => {
        const labels = [...new Set([...(chosen.labels ?? []), ...good])];
        if (labels.length > MOST_LABELS) {
          throw new ApiError(
            'ParameterVersionLabelLimitExceeded',
            `The parameter version can have maximum ${MOST_LABELS} labels. Move one or more labels to another version and try again.`,
          );
        }
        const changed = all.map((each) =>
          each.version === chosen.version ? { ...each, labels } : without(each, good),
        );
        return { changed, answer: { InvalidLabels: bad, ParameterVersion: chosen.version } };
      });
    },
  );
}

export function unlabelParameterVersion(deps: SsmDeps): OperationDefinition {
  return operation(
    UnlabelParameterVersion$,
    (input: UnlabelParameterVersionRequest, context): Promise<UnlabelParameterVersionResult> => {
      const asked = askedLabels(input.Labels);
      return change(deps, input, { context, operation: 'UnlabelParameterVersion' }, ({ chosen, all }) => {
        const [gone, unknown] = parted(asked, (label) => (chosen.labels ?? []).includes(label));
        const changed = all.map((each) => (each.version === chosen.version ? without(each, gone) : each));
        return { changed, answer: { RemovedLabels: gone, InvalidLabels: unknown } };
      });
    },
  );
}

interface Versions {
  readonly chosen: ParameterRecord;
  /** The oldest first, `chosen` among them. */
  readonly all: readonly ParameterRecord[];
}

type Changed<T> = (versions: Versions) => {
  readonly changed: readonly ParameterRecord[];
  readonly answer: T;
};

/** Of the version that is asked for, or the last. Throws ParameterNotFound, ParameterVersionNotFound. */
function change<T>(
  { store }: SsmDeps,
  { Name: name = '', ParameterVersion }: { Name?: string | undefined; ParameterVersion?: number | undefined },
  { context, operation: asked }: { readonly context: RequestContext; readonly operation: string },
  decide: Changed<T>,
): Promise<T> {
  const { scope } = context;
  return transactWithRetry(store, async (): Promise<Decision<T>> => {
    const found = await findParameter({ store }, name, context, asked);
    if (found === undefined) throw new ApiError('ParameterNotFound', '');
    const last = await store.get<ParameterRecord>(keys.parameter(scope, found.record.name));
    if (last === undefined) throw new ApiError('ParameterNotFound', '');
    const all = await allVersions(store, scope, last.value);
    const version = ParameterVersion ?? last.value.version;
    const chosen = all.find((each) => each.version === version);
    if (chosen === undefined) throw versionNotFound(last.value.name, version);
    const { changed, answer } = decide({ chosen, all });
    const writes = changed
      .filter((each, index) => each !== all[index])
      .map((each) => put(scope, each, last.value));
    // Every change of labels writes the last version, so that two at once cannot both hold.
    return {
      answer,
      conditions: [{ key: last.key, revision: last.revision }],
      writes: withLast(writes, last),
    };
  });
}

function withLast(writes: Write[], last: { readonly key: string; readonly value: ParameterRecord }): Write[] {
  if (writes.length === 0 || writes.some((write) => 'put' in write && write.put === last.key)) return writes;
  return [...writes, { put: last.key, value: last.value }];
}

function put(scope: Scope, record: ParameterRecord, last: ParameterRecord): Write {
  const { name, version } = record;
  const isLast = version === last.version;
  return {
    put: isLast ? keys.parameter(scope, name) : keys.parameterVersion(scope, name, version),
    value: record,
  };
}

function askedLabels(labels: readonly string[] | undefined): string[] {
  const asked = [...new Set(labels ?? [])];
  if (asked.length >= 1 && asked.length <= MOST_LABELS && asked.every(({ length }) => length >= 1))
    return asked;
  throw invalid(
    `1 validation error detected: Value at 'labels' failed to satisfy constraint: Member must have length between 1 and ${MOST_LABELS}`,
  );
}

function isLabel(label: string): boolean {
  return LABEL.test(label) && label.length <= LONGEST_LABEL;
}

function without(record: ParameterRecord, gone: readonly string[]): ParameterRecord {
  const labels = record.labels?.filter((label) => !gone.includes(label));
  return labels === undefined || labels.length === record.labels?.length ? record : { ...record, labels };
}

function parted(labels: readonly string[], test: (label: string) => boolean): [string[], string[]] {
  return [labels.filter(test), labels.filter((label) => !test(label))];
}
