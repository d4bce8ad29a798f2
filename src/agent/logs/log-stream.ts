/** A log stream's making, in the words that Fargate has for its failures. */
import { AppError, type ApiError, isApiError, toAppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { attemptedCall, type CallPolicy } from '../inputs/attempted-call.ts';
import type { AwslogsOptions } from './awslogs-options.ts';
import type { LogsClient } from './logs-client.ts';

const UNREACHABLE =
  'The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a connection ' +
  'issue between the task and Amazon CloudWatch. Check your network configuration. : signal: killed';

/** Makes the stream, and where asked the group. What is there already is fine. */
export async function ensureLogStream(
  client: LogsClient,
  options: AwslogsOptions,
  signal: AbortSignal,
): Promise<void> {
  if (!options.createStream) return;
  try {
    await createStream(client, options, signal);
  } catch (error) {
    if (!isApiError(error, 'ResourceNotFoundException') || !options.createGroup) throw error;
    await ignoreExisting(client.createLogGroup(options.group, signal));
    await createStream(client, options, signal);
  }
}

/**
 * The same for a container that must not start without it. Tries again while the service does not answer; rejects
 * with what users read after `failed to validate logger args: `.
 */
export async function requireLogStream(
  client: LogsClient,
  options: AwslogsOptions,
  { calls, clock }: { readonly calls: CallPolicy; readonly clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  const work = (inner: AbortSignal): Promise<void> =>
    ensureLogStream(client, options, inner).catch((error: unknown) => {
      throw isApiError(error) ? answered(error) : toAppError(error);
    });
  const outcome = await attemptedCall(work, calls, clock, signal);
  if (!('error' in outcome)) return;
  const { error } = outcome;
  if (signal.aborted || error.kind === 'failed-precondition') throw error;
  throw new AppError('unavailable', UNREACHABLE, { cause: error });
}

/** Answers of the service that another try does not change. */
export function isRefusal(error: unknown): boolean {
  return (
    isApiError(error) &&
    !/Throttl|TooManyRequests|LimitExceeded|ServiceUnavailable|Internal|OperationAborted/.test(error.code)
  );
}

function answered(error: ApiError): AppError {
  const text = `${error.code}: ${error.message}`;
  if (!isRefusal(error)) {
    return new AppError('unavailable', text, { cause: error, details: { awsCode: error.code } });
  }
  return new AppError(
    'failed-precondition',
    `create stream has been retried 1 times: failed to create Cloudwatch log stream: ${text} : exit status 1`,
    { cause: error },
  );
}

async function createStream(client: LogsClient, options: AwslogsOptions, signal: AbortSignal): Promise<void> {
  await ignoreExisting(client.createLogStream(options.group, options.stream, signal));
}

async function ignoreExisting(creation: Promise<void>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!isApiError(error, 'ResourceAlreadyExistsException')) throw error;
  }
}
