/**
 * The environment files of a task, downloaded from S3 through the task's own network before its containers start: each
 * object once, all at the same time. All come, or the task fails with every reason in one text.
 */
import {
  downloadFailureText,
  type EnvironmentVariable,
  MAX_ENVIRONMENT_FILE_BYTES,
  mergeEnvironmentFiles,
  parseEnvironmentFile,
  parseEnvironmentFileArn,
} from '../../domain/ecs/environment-file.ts';
import { AppError, toAppError } from '../../domain/errors.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ObjectAccess, ObjectSource } from '../../ports/object-source.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';
import { Limiter } from '../limiter.ts';
import { withDeadline } from '../waiting.ts';
import { attemptedCall, type CallPolicy } from './attempted-call.ts';
import { isConnectionTrouble, requestFailureText } from './request-failure.ts';

export interface EnvironmentFilesDeps {
  /** Undefined: this machine has no S3. */
  readonly objects: ObjectSource | undefined;
  /** The dialer of a task connects from its network. */
  readonly network: Pick<TaskNetwork, 'dialer'>;
  readonly clock: Clock;
  /** How often S3 is asked. */
  readonly calls: CallPolicy;
}

/** By container; containers without files are not there. */
export type EnvironmentOfFiles = ReadonlyMap<string, readonly EnvironmentVariable[]>;

/** For one object, all tries together. */
export const DOWNLOAD_TIMEOUT_MS = 30_000;
const DOWNLOADS_AT_ONCE = 8;

const PREFIX = 'failed to download env files: file download command: non empty error stream: ';
const CANNOT_DOWNLOAD = "The task can't download the environment variable files from Amazon S3.";
const NO_CONNECTION = `${CANNOT_DOWNLOAD} There is a connection issue between the task and Amazon S3. Check your task network configuration. `;
const NO_SOURCE = `${CANNOT_DOWNLOAD} This machine has no S3: set s3Endpoint (neargate up --s3-endpoint URL).`;

/**
 * The variables that the files of each container set; of several files the first that sets one counts. May be repeated;
 * asks nobody when there are no files. Rejects with an AppError whose message is what users read after
 * `ResourceInitializationError: `, without any value; kind `aborted` when the signal fired.
 */
export async function fetchEnvironmentFiles(
  assignment: TaskAssignment,
  deps: EnvironmentFilesDeps,
  signal: AbortSignal,
): Promise<EnvironmentOfFiles> {
  const wanted = new Map(
    assignment.containers.flatMap(({ definition: { name, environmentFiles = [] } }) =>
      environmentFiles.length === 0 ? [] : [[name, environmentFiles.map(({ value = '' }) => value)] as const],
    ),
  );
  const files = await download([...new Set([...wanted.values()].flat())], assignment, deps, signal);
  return new Map(
    [...wanted].map(([name, arns]) => [name, mergeEnvironmentFiles(arns.map((arn) => files.get(arn) ?? []))]),
  );
}

/** The variables of each file by its ARN. */
async function download(
  arns: readonly string[],
  assignment: TaskAssignment,
  deps: EnvironmentFilesDeps,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly EnvironmentVariable[]>> {
  const limiter = new Limiter(DOWNLOADS_AT_ONCE);
  const outcomes = await Promise.all(
    arns.map(async (arn) => {
      try {
        return [arn, await limiter.run(() => fetchFile(arn, assignment, deps, signal), signal)] as const;
      } catch (error) {
        return toAppError(error);
      }
    }),
  );
  if (signal.aborted) throw new AppError('aborted', 'context canceled');
  const failures = outcomes.filter((outcome) => outcome instanceof AppError);
  if (failures[0] === undefined) {
    return new Map(outcomes.flatMap((outcome) => (outcome instanceof AppError ? [] : [outcome])));
  }
  const texts = [...new Set(failures.map(({ message }) => message))];
  throw new AppError(failures[0].kind, `${PREFIX}${texts.join(';')}`);
}

/** Throws AppError with the words for one file. */
async function fetchFile(
  arn: string,
  { taskId, region }: TaskAssignment,
  { objects, network, clock, calls }: EnvironmentFilesDeps,
  signal: AbortSignal,
): Promise<readonly EnvironmentVariable[]> {
  const location = parseEnvironmentFileArn(arn);
  if (objects === undefined) throw new AppError('failed-precondition', NO_SOURCE);
  const query = { ...location, region, maxBytes: MAX_ENVIRONMENT_FILE_BYTES };
  const dialer = network.dialer(taskId);
  const downloads = { ...calls, timeoutMs: DOWNLOAD_TIMEOUT_MS };
  const get = (access: ObjectAccess): Promise<Buffer> => objects.get(query, access);
  try {
    // The limit is for all tries of a file, so that slow ones take no longer than AWS would wait.
    const outcome = await withDeadline(clock, DOWNLOAD_TIMEOUT_MS, signal, (within) =>
      attemptedCall((inner) => get({ dialer, signal: inner }), downloads, clock, within),
    );
    if ('error' in outcome) throw outcome.error;
    return parseEnvironmentFile(outcome.value.toString('utf8'));
  } catch (thrown) {
    const error = toAppError(thrown);
    const text = requestFailureText(error);
    const message = isConnectionTrouble(error) ? NO_CONNECTION + text : downloadFailureText(location, text);
    throw new AppError(error.kind, message);
  }
}
