import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { AppError } from '../../domain/errors.ts';
import type { ContainerDefinition } from '../../domain/ecs/task-definition.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import {
  MemorySecretSource,
  type MemorySecrets,
  type SecretScript,
} from '../../drivers/secrets-memory/memory-secret-source.ts';
import { createLineLogger } from '../../drivers/system/line-logger.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { aContainer, anAssignment } from '../../../test/support/agent/assignments.ts';
import { HostDialer } from '../../../test/support/registry/host-dialer.ts';
import { callPolicy } from './attempted-call.ts';
import { fetchSecrets } from './secrets.ts';
import type { TaskSecrets } from './task-secrets.ts';

const DB = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:db-AbCdEf';
const HUB = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:hub-AbCdEf';
const FAR = 'arn:aws:ssm:us-east-1:000000000000:parameter/far';
const PREFIX = 'unable to pull secrets or registry auth: ';
const RETRIEVAL = 'execution resource retrieval failed: ';
const CONTENTS: MemorySecrets = {
  secrets: {
    [DB]: '{"user": "app", "password": "hunter2", "port": 5432}',
    [HUB]: '{"Username": "ann", "Password": "hunter3"}',
  },
  parameters: { '/a': 'A', '/b': 'B', '/far': 'F', token: 'T' },
};

interface Scene {
  readonly source: MemorySecretSource;
  readonly dialer: HostDialer;
  readonly fetch: (assignment: TaskAssignment, signal?: AbortSignal) => Promise<TaskSecrets>;
}

/** Time passes by itself: whoever sleeps is woken at once. */
function scene(
  options: { script?: SecretScript; contents?: MemorySecrets; credentials?: 'none' } = {},
): Scene {
  const clock = new ManualClock();
  const source = new MemorySecretSource(options.contents ?? CONTENTS, options.script);
  const dialer = new HostDialer();
  const deps = {
    secrets: source,
    access: { endpoint: { host: '127.0.0.1', port: 9 }, clock },
    calls: callPolicy({ attempts: 3, timeoutMs: 10_000 }),
    clock: {
      now: () => clock.now(),
      sleep(ms: number, signal?: AbortSignal) {
        const slept = clock.sleep(ms, signal);
        // Deadlines of calls are not passed, pauses between them are.
        if (ms < 10_000) clock.advance(ms);
        return slept;
      },
    },
    network: { dialer: () => dialer },
    credentials: async () => {
      if (options.credentials === 'none') throw new AppError('deadline', 'none came');
      return { accessKeyId: 'ASIA', secretAccessKey: 's', sessionToken: 't', expiresAt: 0 };
    },
  };
  return {
    source,
    dialer,
    fetch: (assignment, signal = new AbortController().signal) => fetchSecrets(assignment, deps, signal),
  };
}

function taskOf(...definitions: Partial<ContainerDefinition>[]): TaskAssignment {
  return anAssignment(definitions.map((definition, index) => aContainer(`c${index}`, definition)));
}

function withSecrets(...valueFroms: string[]): TaskAssignment {
  return taskOf({ secrets: valueFroms.map((valueFrom, index) => ({ name: `S${index}`, valueFrom })) });
}

function asked(source: MemorySecretSource): string[] {
  return source.asked.map(({ what, context }) => `${context.region} ${what}`);
}

async function reason(fetching: Promise<unknown>, kind: string): Promise<string> {
  try {
    await fetching;
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.kind, kind);
    assert.ok(error.message.startsWith(PREFIX), error.message);
    assert.doesNotMatch(inspect(error, { depth: 9 }), /hunter/);
    return error.message.slice(PREFIX.length);
  }
  return assert.fail('the secrets were had');
}

describe('the secrets of a task', () => {
  it('are what its variables, log options and registries name', async () => {
    const secrets = await scene().fetch(
      taskOf(
        {
          secrets: [
            { name: 'ALL', valueFrom: DB },
            { name: 'PORT', valueFrom: `${DB}:port::` },
            { name: 'B', valueFrom: '/b' },
            { name: 'F', valueFrom: FAR },
          ],
          logConfiguration: {
            logDriver: 'splunk',
            secretOptions: [{ name: 'splunk-token', valueFrom: 'token' }],
          },
        },
        { repositoryCredentials: { credentialsParameter: HUB } },
        { repositoryCredentials: { credentialsParameter: 'hub' }, secrets: [{ name: 'B', valueFrom: '/a' }] },
      ),
    );
    assert.deepEqual(secrets.environment('c0'), {
      ALL: CONTENTS.secrets?.[DB],
      PORT: '5432',
      B: 'B',
      F: 'F',
    });
    assert.deepEqual(secrets.logOptions('c0'), { 'splunk-token': 'T' });
    assert.equal(secrets.registryAuth('c0'), undefined);
    assert.deepEqual(secrets.environment('c1'), {});
    assert.deepEqual(secrets.registryAuth('c1'), { username: 'ann', password: 'hunter3' });
    assert.deepEqual(secrets.registryAuth('c2'), { username: 'ann', password: 'hunter3' });
    assert.deepEqual(secrets.environment('c2'), { B: 'A' });
  });

  it('are asked for once where several places name them, in the region that they lie in', async () => {
    const { source, fetch } = scene();
    const names = Array.from({ length: 11 }, (_, index) => `/n${index}`);
    const parameters = { ...CONTENTS.parameters, ...Object.fromEntries(names.map((name) => [name, name])) };
    const many = scene({ contents: { ...CONTENTS, parameters } });
    await fetch(withSecrets(DB, `${DB}:user::`, `${DB}:port::`, '/a', '/b', '/a', FAR));
    assert.deepEqual(asked(source), [`eu-west-1 ${DB} AWSCURRENT`, 'eu-west-1 /a,/b', `us-east-1 ${FAR}`]);
    await many.fetch(withSecrets(...names));
    assert.deepEqual(asked(many.source), [`eu-west-1 ${names.slice(0, 10).join(',')}`, 'eu-west-1 /n10']);
  });

  it('are asked for at the same time', async () => {
    let waiting = 0;
    let release = (): void => undefined;
    const all = new Promise<void>((resolve) => (release = resolve));
    const { fetch } = scene({
      script: () => {
        waiting += 1;
        if (waiting === 3) release();
        return all;
      },
    });
    assert.equal((await fetch(withSecrets(DB, HUB, '/a'))).environment('c0')['S2'], 'A');
  });

  it("are fetched through the task's own network where the platform does so, by nobody where there are none", async () => {
    const { source, dialer, fetch } = scene();
    await fetch(taskOf({}));
    assert.equal(source.asked.length, 0);
    await fetch(withSecrets('/a'));
    assert.equal(source.asked[0]?.context.dialer, dialer);
    assert.equal((await source.asked[0]?.context.credentials())?.accessKeyId, 'ASIA');
    const before = { ...withSecrets('/a'), platformVersion: '1.3.0' };
    await fetch(before);
    assert.equal(source.asked[1]?.context.dialer, undefined);
  });

  it('show nothing when they are printed, logged or turned into JSON', async () => {
    const secrets = await scene().fetch(withSecrets(DB, `${DB}:password::`));
    assert.equal(secrets.environment('c0')['S1'], 'hunter2');
    assert.equal(JSON.stringify({ secrets }), '{"secrets":"[secrets]"}');
    assert.equal(inspect({ secrets }, { depth: 9, showHidden: true }), '{ secrets: [secrets] }');
    assert.equal(String(secrets), '[secrets]');
    assert.equal(JSON.stringify(Object.entries(secrets)), '[]');
    let line = '';
    const write = (text: string): void => void (line += text);
    createLineLogger({ level: 'info', format: 'text', write, now: () => 0 }).info('x', { secrets });
    assert.match(line, /secrets="\[secrets\]"\n$/);
  });
});

describe('secrets that cannot be had', () => {
  it('are told as not found', async () => {
    const none = DB.replace('db', 'none');
    assert.equal(
      await reason(scene().fetch(withSecrets(none)), 'not-found'),
      `${RETRIEVAL}unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${none} from secrets manager: ResourceNotFoundException: The task can't retrieve the secret with ARN '${none}' from AWS Secrets Manager. Check whether the secret exists in the specified Region: operation error Secrets Manager: GetSecretValue, ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
    );
  });

  it('are told by key, by form and by name of parameter, all in one text', async () => {
    assert.equal(
      await reason(scene().fetch(withSecrets('/y', `${DB}:none::`, '/a', `${DB}:user`, '/z')), 'not-found'),
      `${RETRIEVAL}unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key none;trying to retrieve secret with value ${DB}:user resulted in error: an invalid ARN format for the AWS Secrets Manager secret was specified. Specify a valid ARN and try again.;unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid ssm parameters: /y,/z`,
    );
  });

  it('are told as no JSON without showing them', async () => {
    const contents = { secrets: { [DB]: 'hunter2', [HUB]: '["hunter3"]' } };
    const task = taskOf({
      secrets: [{ name: 'X', valueFrom: `${DB}:user::` }],
      repositoryCredentials: { credentialsParameter: HUB },
    });
    assert.equal(
      await reason(scene({ contents }).fetch(task), 'invalid'),
      `${RETRIEVAL}unable to retrieve secret from asm: service call has been retried 1 time(s): invalid character in the secret, which is not JSON;unable to get registry auth from asm: service call has been retried 1 time(s): asm fetching authorization data: unable to unmarshal secret value, invalid schema`,
    );
  });

  it('are told as denied after one call', async () => {
    const script = (): never => {
      const details = { awsCode: 'AccessDeniedException', denied: true, status: 400, requestId: 'r-1' };
      throw new AppError('failed-precondition', 'User: u is not authorized', { details });
    };
    const { source, fetch } = scene({ script });
    const task = taskOf({
      secrets: [{ name: 'A', valueFrom: '/a' }],
      repositoryCredentials: { credentialsParameter: HUB },
    });
    assert.equal(
      await reason(fetch(task), 'failed-precondition'),
      `${RETRIEVAL}unable to retrieve secrets from ssm: service call has been retried 1 time(s): operation error SSM: GetParameters, https response error StatusCode: 400, RequestID: r-1, api error AccessDeniedException: User: u is not authorized;unable to get registry auth from asm: service call has been retried 1 time(s): asm fetching secret from the service for ${HUB}: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, RequestID: r-1, api error AccessDeniedException: User: u is not authorized`,
    );
    assert.equal(source.asked.length, 2);
  });

  const unreachable: readonly (readonly [what: string, error: AppError, words: string])[] = [
    [
      'does not answer',
      new AppError('deadline', 'x', { details: { host: 'h.aws', port: 443, address: '198.18.0.17' } }),
      'request send failed, Post "URL": dial tcp 198.18.0.17:443: i/o timeout',
    ],
    [
      'refuses connections',
      new AppError('unavailable', 'x', {
        details: { host: 'h.aws', port: 443, address: '198.18.0.17', syscallCode: 'ECONNREFUSED' },
      }),
      'request send failed, Post "URL": dial tcp 198.18.0.17:443: connect: connection refused',
    ],
    [
      'has no name',
      new AppError('unavailable', 'x', {
        details: {
          host: 'h.aws',
          port: 443,
          address: 'h.aws',
          syscallCode: 'ENOTFOUND',
          dnsServer: '10.0.0.2',
        },
      }),
      'request send failed, Post "URL": dial tcp: lookup h.aws on 10.0.0.2:53: no such host',
    ],
    ['is silent once connected', new AppError('deadline', 'x'), 'canceled, context deadline exceeded'],
  ];
  for (const [what, error, words] of unreachable) {
    it(`are told as a matter of the network when the service ${what}, three times`, async () => {
      const script = (): never => {
        throw error;
      };
      const { source, fetch } = scene({ script });
      const tail = (service: string): string => {
        const url = `https://${service}.eu-west-1.amazonaws.com/`;
        return `exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , ${words.replace('URL', url)}`;
      };
      assert.equal(
        await reason(fetch(withSecrets('/a', DB)), error.kind),
        `unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets Manager. Check your task network configuration. failed to fetch secret ${DB} from secrets manager: operation error Secrets Manager: GetSecretValue, ${tail('secretsmanager')};unable to retrieve secrets from ssm: The task cannot pull secrets from AWS Systems Manager. There is a connection issue between the task and AWS Systems Manager Parameter Store. Check your task network configuration. operation error SSM: GetParameters, ${tail('ssm')}`,
      );
      assert.equal(source.asked.length, 6);
    });
  }

  it('are told so when they hold the credentials of a registry', async () => {
    const script = (): never => {
      throw new AppError('deadline', 'x');
    };
    const task = taskOf({ repositoryCredentials: { credentialsParameter: HUB } });
    assert.equal(
      await reason(scene({ script }).fetch(task), 'deadline'),
      `unable to get registry auth from asm: There is a connection issue between the task and AWS Secrets Manager. Check your task network configuration. asm fetching secret from the service for ${HUB}: operation error Secrets Manager: GetSecretValue, exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , canceled, context deadline exceeded`,
    );
  });

  it('are had when a later call is answered', async () => {
    let calls = 0;
    const script = (): void => {
      calls += 1;
      if (calls < 3) throw new AppError('unavailable', 'not now');
    };
    assert.equal((await scene({ script }).fetch(withSecrets('/a'))).environment('c0')['S0'], 'A');
    assert.equal(calls, 3);
  });

  it('are told as a lack of credentials', async () => {
    const script: SecretScript = async ({ context }) => void (await context.credentials());
    const found = await reason(
      scene({ script, credentials: 'none' }).fetch(withSecrets('/a')),
      'failed-precondition',
    );
    assert.match(found, /retried 1 time\(s\): unable to find execution role credentials$/);
  });

  it('are given up when the signal fires', async () => {
    const controller = new AbortController();
    const script = (): Promise<void> => {
      controller.abort();
      return new Promise(() => undefined);
    };
    await assert.rejects(scene({ script }).fetch(withSecrets(DB, '/a'), controller.signal), {
      kind: 'aborted',
      message: 'context canceled',
    });
  });
});
