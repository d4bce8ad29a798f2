/** A log stream's making, in the words that Fargate has for its failures. */
import { AppError, isApiError, toAppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { AwslogsOptions } from './awslogs-options.ts';
import type { LogsClient } from './logs-client.ts';

const UNREACHABLE =
  'The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a connection ' +
  'issue between the task and Amazon CloudWatch. Check your network configuration. : signal: killed';

/** How long a start waits for a log service that does not answer. */
const GIVE_UP_AFTER_MS = 30_000;
const FIRST_DELAY_MS = 200;
const LAST_DELAY_MS = 5_000;

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
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const deadline = clock.now() + GIVE_UP_AFTER_MS;
  let delayMs = FIRST_DELAY_MS;
  for (;;) {
    try {
      await ensureLogStream(client, options, signal);
      return;
    } catch (error) {
      if (isRefusal(error)) throw refused(error);
      if (signal.aborted) throw toAppError(error);
      if (clock.now() + delayMs > deadline) throw new AppError('unavailable', UNREACHABLE, { cause: error });
    }
    await clock.sleep(delayMs, signal);
    delayMs = Math.min(delayMs * 2, LAST_DELAY_MS);
  }
}

/** Answers of the service that another try does not change. */
export function isRefusal(error: unknown): error is Error & { code: string } {
  return (
    isApiError(error) &&
    !/Throttl|TooManyRequests|LimitExceeded|ServiceUnavailable|Internal|OperationAborted/.test(error.code)
  );
}

function refused(error: Error & { code: string }): AppError {
  const text = `${error.code}: ${error.message}`;
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
