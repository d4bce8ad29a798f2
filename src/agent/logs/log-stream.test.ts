import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError, AppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { awslogsOptions } from './awslogs-options.ts';
import { requireLogStream } from './log-stream.ts';
import type { LogsClient } from './logs-client.ts';

const owner = { taskId: 't1', containerName: 'web', region: 'eu-west-1' };
const missing = new ApiError('ResourceNotFoundException', 'The specified log group does not exist.');

function impatientClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
  };
}

function client(parts: Partial<LogsClient>): LogsClient {
  return {
    createLogGroup: async () => undefined,
    createLogStream: async () => undefined,
    putLogEvents: async () => undefined,
    close: () => undefined,
    ...parts,
  };
}

function require(parts: Partial<LogsClient>, options: Record<string, string> = {}): Promise<void> {
  const parsed = awslogsOptions(
    { logDriver: 'awslogs', options: { 'awslogs-group': 'g', ...options } },
    owner,
  );
  return requireLogStream(client(parts), parsed, impatientClock(), new AbortController().signal);
}

describe('A log stream', () => {
  it('may be there already', async () => {
    await require({
      createLogStream: async () => {
        throw new ApiError('ResourceAlreadyExistsException', 'x');
      },
    });
  });

  it('is refused in Fargate’s words when its group is missing', async () => {
    await assert.rejects(
      require({
        createLogStream: async () => {
          throw missing;
        },
      }),
      {
        message:
          'create stream has been retried 1 times: failed to create Cloudwatch log stream: ' +
          'ResourceNotFoundException: The specified log group does not exist. : exit status 1',
      },
    );
  });

  it('is made with its group where that is asked', async () => {
    const groups = new Set<string>();
    await require({
      createLogGroup: async (group) => void groups.add(group),
      createLogStream: async (group) => {
        if (!groups.has(group)) throw missing;
      },
    }, { 'awslogs-create-group': 'true' });
    assert.deepEqual([...groups], ['g']);
  });

  it('is waited for while nobody answers, and then given up in Fargate’s words', async () => {
    let tries = 0;
    const createLogStream = async (): Promise<never> => {
      tries += 1;
      throw new AppError('unavailable', 'x');
    };
    await assert.rejects(require({ createLogStream }), {
      message: /^The task cannot find the Amazon CloudWatch log group .* : signal: killed$/,
    });
    assert.ok(tries > 3);
  });
});
