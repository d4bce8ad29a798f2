import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError, AppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { DEFAULT_CALLS } from '../inputs/attempted-call.ts';
import { awslogsOptions } from './awslogs-options.ts';
import { requireLogStream } from './log-stream.ts';
import { blocksAsEvents } from '../../../test/support/logs/block-events.ts';
import type { LogsClient } from './logs-client.ts';

const owner = { taskId: 't1', containerName: 'web', region: 'eu-west-1', defaultMode: 'blocking' as const };
const missing = new ApiError('ResourceNotFoundException', 'The specified log group does not exist.');

/** Pauses pass at once, deadlines never. */
function impatientClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    sleep(ms) {
      if (ms >= DEFAULT_CALLS.timeoutMs) return new Promise(() => undefined);
      now += ms;
      return Promise.resolve();
    },
  };
}

function client(parts: Partial<LogsClient>): LogsClient {
  return {
    createLogGroup: async () => undefined,
    createLogStream: async () => undefined,
    putLogEvents: async () => undefined,
    ...blocksAsEvents(() => assert.fail('nothing is sent')),
    close: () => undefined,
    ...parts,
  };
}

function require(parts: Partial<LogsClient>, options: Record<string, string> = {}): Promise<void> {
  const parsed = awslogsOptions(
    { logDriver: 'awslogs', options: { 'awslogs-group': 'g', ...options } },
    owner,
  );
  const surroundings = { calls: DEFAULT_CALLS, clock: impatientClock() };
  return requireLogStream(client(parts), parsed, surroundings, new AbortController().signal);
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

  const unreachable = /^The task cannot find the Amazon CloudWatch log group .* : signal: killed$/;

  it('is given up in Fargate’s words when the network leads nowhere, thrice', async () => {
    let tries = 0;
    const createLogStream = async (): Promise<never> => {
      tries += 1;
      throw new AppError('deadline', 'x', { details: { address: '198.18.0.11' } });
    };
    await assert.rejects(require({ createLogStream }), { message: unreachable });
    assert.equal(tries, 3);
  });

  it('is waited for while the service itself is away for some seconds', async () => {
    let tries = 0;
    const createLogStream = async (): Promise<void> => {
      tries += 1;
      if (tries < 8) throw new AppError('unavailable', 'broken off');
    };
    await require({ createLogStream });
    assert.equal(tries, 8);
    tries = -100;
    await assert.rejects(require({ createLogStream }), { message: unreachable });
  });
});
