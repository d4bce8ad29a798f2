import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aContainer } from '../../../../test/support/agent/assignments.ts';
import type { ContainerDefinition } from '../task-definition.ts';
import { firelensBufferLimit, firelensEnvironment, firelensSecretVariables, firelensTag } from './router.ts';

function router(type = 'fluentbit', rest: Partial<ContainerDefinition> = {}) {
  return aContainer('router', { ...rest, firelensConfiguration: { type } });
}

function user(name: string, rest: Partial<ContainerDefinition> = {}, secrets: readonly string[] = []) {
  const secretOptions = secrets.map((option) => ({ name: option, valueFrom: `${name}/${option}` }));
  return aContainer(name, { logConfiguration: { logDriver: 'awsfirelens', secretOptions }, ...rest });
}

const NO_SECRET = () => undefined;

describe('the containers around a FireLens router', () => {
  it('are told where it listens when their output goes there', () => {
    const containers = [user('a'), aContainer('b'), router()];
    assert.deepEqual(firelensEnvironment(containers, 'a', NO_SECRET), {
      FLUENT_HOST: '127.0.0.1',
      FLUENT_PORT: '24224',
    });
    assert.deepEqual(firelensEnvironment(containers, 'b', NO_SECRET), {});
    assert.deepEqual(firelensEnvironment(containers, 'router', NO_SECRET), {});
    assert.deepEqual(firelensEnvironment([aContainer('b')], 'b', NO_SECRET), {});
  });

  it('tag their output by name and task, and may bound what waits', () => {
    assert.equal(firelensTag('a', '0123'), 'a-firelens-0123');
    const limited = (value: string) =>
      aContainer('a', {
        logConfiguration: { logDriver: 'awsfirelens', options: { 'log-driver-buffer-limit': value } },
      });
    assert.equal(firelensBufferLimit(limited('1024')), 1024);
    assert.equal(firelensBufferLimit(user('a')), undefined);
    assert.throws(() => firelensBufferLimit(limited('many')), {
      kind: 'invalid',
      message: 'invalid value many is specified for option log-driver-buffer-limit',
    });
  });
});

describe('a FireLens router', () => {
  it("gets the secret options of all containers as variables of their own, and users' only", () => {
    const containers = [
      user('a', {}, ['token', 'key']),
      aContainer('b'),
      user('c', {}, ['token']),
      router('fluentd'),
    ];
    assert.deepEqual(firelensSecretVariables(containers), [
      { container: 'a', option: 'token', variable: 'token_0' },
      { container: 'a', option: 'key', variable: 'key_0' },
      { container: 'c', option: 'token', variable: 'token_2' },
    ]);
    const valueOf = (container: string, option: string) => `${container} ${option}`;
    assert.deepEqual(firelensEnvironment(containers, 'router', valueOf), {
      FLUENT_UID: '0',
      token_0: 'a token',
      key_0: 'a key',
      token_2: 'c token',
    });
    assert.equal(firelensEnvironment(containers, 'a', valueOf)['token_0'], undefined);
    const splunk = aContainer('d', {
      logConfiguration: { logDriver: 'splunk', secretOptions: [{ name: 'splunk-token', valueFrom: 't' }] },
    });
    assert.deepEqual(firelensSecretVariables([splunk, router()]), []);
  });
});
