import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  GetAuthorizationToken$,
  type GetAuthorizationTokenRequest,
  type GetAuthorizationTokenResponse,
} from '@aws-sdk/client-ecr';
import { aContainer, anAssignment } from '../../../test/support/agent/assignments.ts';
import {
  openServiceNetwork,
  type ServiceNetwork,
  SUFFIX,
} from '../../../test/support/aws/service-network.ts';
import type { HostDialer } from '../../../test/support/registry/host-dialer.ts';
import { ApiError } from '../../domain/errors.ts';
import type { ContainerDefinition } from '../../domain/ecs/task-definition.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import { MemorySecretSource } from '../../drivers/secrets-memory/memory-secret-source.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import { operation, type ServiceDefinition } from '../../wire/service.ts';
import { callPolicy } from './attempted-call.ts';
import { fetchSecrets } from './secrets.ts';

const ECR = `api.ecr.eu-west-1.${SUFFIX}`;
const IMAGE = `000000000000.dkr.ecr.eu-west-1.${SUFFIX}/web:1`;
const FOREIGN = `111111111111.dkr.ecr.eu-west-1.${SUFFIX}/web:1`;
const HUB = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:hub-AbCdEf';
const PREFIX = 'unable to pull secrets or registry auth: ';
const DENIED = 'User: u is not authorized to perform: ecr:GetAuthorizationToken on resource: *';

describe('logins to registries of ECR', () => {
  const asked: string[] = [];
  let network: ServiceNetwork;
  before(async () => {
    network = await openServiceNetwork([ecrOf(asked)]);
  });
  after(() => network.close());

  interface Way {
    readonly secrets?: MemorySecretSource;
    readonly dialer?: HostDialer;
  }
  const fetch = (assignment: TaskAssignment, { secrets, dialer = network.dialer(ECR) }: Way = {}) => {
    const deps = {
      secrets: secrets ?? new MemorySecretSource({ secrets: { [HUB]: '{"username":"ann","password":"p"}' } }),
      access: network.access,
      calls: callPolicy({ attempts: 3, timeoutMs: 10_000 }),
      credentials: network.credentials,
      network: { dialer: () => dialer },
      clock: { now: () => systemClock.now(), sleep: quickly },
    };
    asked.length = 0;
    return fetchSecrets(assignment, deps, new AbortController().signal);
  };

  it('are one for all images of a registry, by its name through the task’s network', async () => {
    const dialer = network.dialer(ECR);
    const found = await fetch(taskOf({ image: IMAGE }, { image: IMAGE }, { image: 'nginx' }), { dialer });
    assert.deepEqual(asked, ['000000000000']);
    assert.deepEqual(dialer.dialled, [{ host: ECR, port: 443 }]);
    const login = { username: 'AWS', password: 'token:000000000000' };
    assert.deepEqual(found.registryAuth('c0'), login);
    assert.deepEqual(found.registryAuth('c1'), login);
    assert.equal(found.registryAuth('c2'), undefined);
  });

  it('are one for each registry, and none for images with credentials of their own', async () => {
    const own = { image: IMAGE, repositoryCredentials: { credentialsParameter: HUB } };
    const found = await fetch(taskOf({ image: FOREIGN }, own));
    assert.deepEqual(asked, ['111111111111']);
    assert.deepEqual(found.registryAuth('c0'), { username: 'AWS', password: 'token:111111111111' });
    assert.deepEqual(found.registryAuth('c1'), { username: 'ann', password: 'p' });
  });

  it('come by the platform’s own way on 1.3.0', async () => {
    const dialer = network.dialer();
    const before = { ...taskOf({ image: IMAGE }), platformVersion: '1.3.0' };
    const found = await fetch(before, { dialer });
    assert.equal(found.registryAuth('c0')?.username, 'AWS');
    assert.deepEqual(dialer.dialled, []);
  });

  it('come after the secrets, and not at all when those cannot be had', async () => {
    const secrets = new MemorySecretSource({}, () => assert.deepEqual(asked, []));
    const task = taskOf({ image: IMAGE, secrets: [{ name: 'X', valueFrom: '/none' }] });
    await assert.rejects(fetch(task, { secrets }), /invalid ssm parameters: \/none$/);
    assert.deepEqual(asked, []);
  });

  it('that the network does not let through are told with the address that was tried', async () => {
    const dialer = network.dialer();
    await assert.rejects(fetch(taskOf({ image: IMAGE }), { dialer }), {
      kind: 'deadline',
      message: `${PREFIX}The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration. operation error ECR: GetAuthorizationToken, exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, Post "https://${ECR}/": dial tcp 198.18.0.99:443: i/o timeout`,
    });
    assert.equal(dialer.dialled.length, 3);
  });

  it('that are denied are told as denied, after one call', async () => {
    const denied = `222222222222.dkr.ecr.eu-west-1.${SUFFIX}/web:1`;
    await assert.rejects(fetch(taskOf({ image: denied })), ({ kind, message }) => {
      assert.equal(kind, 'failed-precondition');
      assert.match(message, /RequestID: [0-9a-f-]{36},/);
      assert.equal(
        message.replace(/RequestID: [^,]*/, 'RequestID: r'),
        `${PREFIX}execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): operation error ECR: GetAuthorizationToken, https response error StatusCode: 400, RequestID: r, api error AccessDeniedException: ${DENIED}`,
      );
      return true;
    });
    assert.equal(asked.length, 1);
  });
});

/** Gives tokens that name the registry; refuses one account. */
function ecrOf(asked: string[]): ServiceDefinition {
  return {
    name: 'ecr',
    targetPrefix: 'AmazonEC2ContainerRegistry_V20150921',
    protocol: 'aws-json',
    jsonVersion: '1.1',
    operations: [
      operation(
        GetAuthorizationToken$,
        async ({
          registryIds = [],
        }: GetAuthorizationTokenRequest): Promise<GetAuthorizationTokenResponse> => {
          const [account = ''] = registryIds;
          asked.push(account);
          if (account === '222222222222') throw new ApiError('AccessDeniedException', DENIED);
          const authorizationToken = Buffer.from(`AWS:token:${account}`).toString('base64');
          return { authorizationData: [{ authorizationToken }] };
        },
      ),
    ],
  };
}

function taskOf(...definitions: Partial<ContainerDefinition>[]): TaskAssignment {
  return anAssignment(definitions.map((definition, index) => aContainer(`c${index}`, definition)));
}

/** Pauses between tries pass at once; deadlines are those of the machine. */
function quickly(ms: number, signal?: AbortSignal): Promise<void> {
  return ms < 10_000 ? Promise.resolve() : systemClock.sleep(ms, signal);
}
