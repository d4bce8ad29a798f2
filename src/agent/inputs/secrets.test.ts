import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { aContainer, anAssignment } from '../../../test/support/agent/assignments.ts';
import type { ContainerDefinition } from '../../domain/ecs/task-definition.ts';
import { AppError, toAppError } from '../../domain/errors.ts';
import { MemorySecretSource } from '../../drivers/secrets-memory/memory-secret-source.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SecretAccess, SecretQuery } from '../../ports/secret-source.ts';
import { fetchSecrets, type TaskSecrets } from './secrets.ts';

const SECRET = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:db-a1B2c3';
const PREFIX = 'unable to pull secrets or registry auth: execution resource retrieval failed';
const instantly: Clock = { now: () => 0, sleep: () => Promise.resolve() };

function aTaskWith(
  definition: Partial<ContainerDefinition>,
  changes: Partial<TaskAssignment> = {},
): TaskAssignment {
  return anAssignment([aContainer('web', definition)], changes);
}

/** A source that also notes how it was asked. */
class WatchedSource extends MemorySecretSource {
  readonly accesses: SecretAccess[] = [];

  override get(query: SecretQuery, access: SecretAccess): Promise<string> {
    this.accesses.push(access);
    return super.get(query, access);
  }
}

async function fetch(assignment: TaskAssignment, source: MemorySecretSource): Promise<TaskSecrets> {
  const network = { dialer: () => ({ connect: () => Promise.reject(new Error('not dialled')) }) };
  const credentials = (): Promise<never> => Promise.reject(new Error('not needed'));
  const { signal } = new AbortController();
  return fetchSecrets(assignment, { source, network, credentials, clock: instantly }, signal);
}

async function failure(assignment: TaskAssignment, source: MemorySecretSource): Promise<string> {
  const said = await fetch(assignment, source).catch((error: unknown) => toAppError(error).message);
  return typeof said === 'string' ? said : assert.fail('it did not fail');
}

describe('The secrets of a task', () => {
  it('are asked for once each, whichever of their members are wanted, and given to their containers', async () => {
    const source = new WatchedSource({ [SECRET]: '{"user":"u","password":"p"}', '/app/key': 'k' });
    const assignment = anAssignment([
      aContainer('web', {
        secrets: [
          { name: 'USER', valueFrom: `${SECRET}:user::` },
          { name: 'PASSWORD', valueFrom: `${SECRET}:password::` },
          { name: 'KEY', valueFrom: '/app/key' },
        ],
        repositoryCredentials: { credentialsParameter: SECRET.replace('db', 'db') },
      }),
      aContainer('other', {
        logConfiguration: {
          logDriver: 'splunk',
          secretOptions: [{ name: 'splunk-token', valueFrom: '/app/key' }],
        },
      }),
    ]);
    const named = new WatchedSource({
      [SECRET]: '{"username":"u","user":"u","password":"p"}',
      '/app/key': 'k',
    });
    const secrets = await fetch(assignment, named);
    assert.deepEqual(secrets.environment('web'), { USER: 'u', PASSWORD: 'p', KEY: 'k' });
    assert.deepEqual(secrets.environment('other'), {});
    assert.deepEqual(secrets.logOptions('other'), { 'splunk-token': 'k' });
    assert.deepEqual(secrets.registryAuth('web'), { username: 'u', password: 'p' });
    assert.equal(named.queries.length, 2);
    assert.match(await failure(assignment, source), /needs a JSON object with username and password/);
  });

  it('go through the task’s interface on 1.4.0, and the platform’s own way on 1.3.0', async () => {
    for (const [platformVersion, through] of [
      ['1.4.0', true],
      ['1.3.0', false],
    ] as const) {
      const source = new WatchedSource({ key: 'k' });
      await fetch(aTaskWith({ secrets: [{ name: 'K', valueFrom: 'key' }] }, { platformVersion }), source);
      assert.equal(source.accesses[0]?.dialer !== undefined, through);
    }
  });

  it('never show when they are printed or turned into JSON', async () => {
    const source = new MemorySecretSource({ key: 'hush' });
    const secrets = await fetch(aTaskWith({ secrets: [{ name: 'K', valueFrom: 'key' }] }), source);
    for (const shown of [
      inspect(secrets, { depth: 9, showHidden: true }),
      JSON.stringify({ secrets }),
      `${String(secrets)}`,
    ]) {
      assert.ok(!shown.includes('hush'), shown);
    }
  });

  const failures: {
    name: string;
    valueFrom: string;
    source: Record<string, string | AppError>;
    says: string;
  }[] = [
    {
      name: 'a secret that is not there',
      valueFrom: SECRET,
      source: { [SECRET]: new AppError('not-found', 'ResourceNotFoundException: gone') },
      says: `${PREFIX}: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${SECRET} from secrets manager: ResourceNotFoundException: gone`,
    },
    {
      name: 'a service that does not answer',
      valueFrom: 'key',
      source: { key: new AppError('unavailable', 'dial tcp 10.0.0.1:443: i/o timeout') },
      says: `${PREFIX}: unable to retrieve secrets from ssm: service call has been retried 3 time(s): dial tcp 10.0.0.1:443: i/o timeout`,
    },
    {
      name: 'a JSON key that is not there',
      valueFrom: `${SECRET}:nothing::`,
      source: { [SECRET]: '{"user":"hush"}' },
      says: `${PREFIX}: unable to retrieve secret from asm: retrieved secret from Secrets Manager did not contain json key nothing`,
    },
    {
      name: 'an ARN that is none',
      valueFrom: `${SECRET}:a:b`,
      source: {},
      says: `${PREFIX}: unable to retrieve secret from asm: trying to retrieve secret with value ${SECRET}:a:b resulted in error: an invalid ARN format for the AWS Secrets Manager secret was specified. Specify a valid ARN and try again.`,
    },
  ];
  for (const { name, valueFrom, source, says } of failures) {
    it(`fail in Fargate’s words for ${name}`, async () => {
      const assignment = aTaskWith({ secrets: [{ name: 'K', valueFrom }] });
      assert.equal(await failure(assignment, new MemorySecretSource(source)), says);
    });
  }
});
