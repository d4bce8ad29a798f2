/** Environment files of a task's containers, fetched from S3 through the task's own network interface. */
import {
  type EnvironmentVariable,
  mergeEnvironmentFiles,
  objectLocation,
  parseEnvironmentFile,
} from '../../domain/ecs/environment-file.ts';
import { AppError, hasKind, toAppError } from '../../domain/errors.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ObjectAccess, ObjectSource } from '../../ports/object-source.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';
import { withDeadline } from '../runner/waiting.ts';

/** By container. */
export type EnvironmentOfFiles = ReadonlyMap<string, readonly EnvironmentVariable[]>;

export interface EnvironmentFilesDeps {
  readonly source: ObjectSource;
  readonly network: Pick<TaskNetwork, 'dialer'>;
  readonly clock: Clock;
}

const DOWNLOAD_MS = 30_000;
const ATTEMPTS = 3;
const FIRST_DELAY_MS = 200;
/** Far more than a process's environment holds. */
const MAX_BYTES = 2 ** 20;
const PREFIX = 'failed to download env files: file download command: non empty error stream';
const NO_CONNECTION =
  "The task can't download the environment variable files from Amazon S3. There is a connection issue between the task and Amazon S3. Check your task network configuration.";

/** Rejects with what users read after `ResourceInitializationError: `; `aborted` by the signal. */
export async function fetchEnvironmentFiles(
  assignment: TaskAssignment,
  deps: EnvironmentFilesDeps,
  signal: AbortSignal,
): Promise<EnvironmentOfFiles> {
  const access = { dialer: deps.network.dialer(assignment.taskId), signal };
  const arns = new Set(assignment.containers.flatMap(({ definition }) => filesOf(definition)));
  const files = new Map(
    await Promise.all(
      [...arns].map(
        async (arn): Promise<[string, Map<string, string>]> => [
          arn,
          parseEnvironmentFile(await download(arn, { assignment, deps, access })),
        ],
      ),
    ),
  );
  return new Map(
    assignment.containers.map(({ definition }) => [
      definition.name,
      mergeEnvironmentFiles(filesOf(definition).map((arn) => files.get(arn) ?? new Map())),
    ]),
  );
}

function filesOf({ environmentFiles }: TaskAssignment['containers'][number]['definition']): string[] {
  return (environmentFiles ?? []).map(({ value = '' }) => value);
}

interface Download {
  readonly assignment: TaskAssignment;
  readonly deps: EnvironmentFilesDeps;
  readonly access: ObjectAccess;
}

async function download(arn: string, { assignment, deps, access }: Download): Promise<string> {
  const location = objectLocation(arn);
  if (location === undefined) throw new AppError('invalid', `${PREFIX}: ${arn} names no object of S3`);
  const { clock, source } = deps;
  const query = { ...location, region: assignment.region, maxBytes: MAX_BYTES };
  try {
    const bytes = await withDeadline(clock, DOWNLOAD_MS, access.signal, (inner) =>
      withAttempts(clock, inner, () => source.get(query, { ...access, signal: inner })),
    );
    return bytes.toString('utf8');
  } catch (error) {
    if (hasKind(error, 'aborted')) throw error;
    throw worded(toAppError(error), arn);
  }
}

async function withAttempts<T>(clock: Clock, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= ATTEMPTS || !toAppError(error).retryable || signal.aborted) throw error;
    }
    await clock.sleep(FIRST_DELAY_MS * 2 ** (attempt - 1), signal);
  }
}

function worded(failure: AppError, arn: string): AppError {
  const isConnection = failure.kind === 'unavailable' || failure.kind === 'deadline';
  const text = isConnection
    ? `${NO_CONNECTION} ${failure.message}`
    : `${PREFIX}: unable to download env file ${arn}, error: ${failure.message}`;
  const kind = failure.kind === 'internal' ? 'unavailable' : failure.kind;
  return new AppError(kind, text, { cause: failure });
}
