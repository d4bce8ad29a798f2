import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  dependenciesOf,
  dependencyState,
  type DependencyCondition,
  type DependencyFacts,
} from './dependencies.ts';

const NEW: DependencyFacts = { isCreated: false, hasEnded: false, health: 'UNKNOWN' };
const CREATED: DependencyFacts = { ...NEW, isCreated: true };
const RUNNING: DependencyFacts = { ...CREATED, startedAt: 1_000 };
const ENDED_WELL: DependencyFacts = { ...RUNNING, hasEnded: true, exitCode: 0 };
const ENDED_BADLY: DependencyFacts = { ...ENDED_WELL, exitCode: 3 };
const HEALTHY: DependencyFacts = { ...RUNNING, health: 'HEALTHY' };
const NEVER: DependencyFacts = { ...NEW, hasEnded: true };

const state = (condition: DependencyCondition, facts: DependencyFacts, now = 2_000): string => {
  const found = dependencyState('app', { on: 'db', condition }, facts, now);
  return found.state === 'failed' ? found.reason : found.state;
};

const CANNOT = 'CannotStartContainerError: dependency graph:';
const UNRESOLVED = `${CANNOT} failed to resolve the container ordering dependency [db] for target [app]`;

describe('A dependency', () => {
  const rows: [DependencyCondition, string, DependencyFacts, string][] = [
    ['CREATE', 'new', NEW, 'waiting'],
    ['CREATE', 'created', CREATED, 'met'],
    ['START', 'created', CREATED, 'waiting'],
    ['START', 'running', RUNNING, 'met'],
    ['START', 'ended', ENDED_BADLY, 'met'],
    ['START', 'never started', NEVER, `${UNRESOLVED} because dependency will never start`],
    ['COMPLETE', 'running', RUNNING, 'waiting'],
    ['COMPLETE', 'ended badly', ENDED_BADLY, 'met'],
    ['COMPLETE', 'never started', NEVER, `${UNRESOLVED} because dependency will never start`],
    ['SUCCESS', 'running', RUNNING, 'waiting'],
    ['SUCCESS', 'ended well', ENDED_WELL, 'met'],
    ['SUCCESS', 'ended badly', ENDED_BADLY, `${UNRESOLVED} as dependency did not exit successfully.`],
    ['HEALTHY', 'running', RUNNING, 'waiting'],
    ['HEALTHY', 'healthy', HEALTHY, 'met'],
    ['HEALTHY', 'healthy and ended', { ...HEALTHY, hasEnded: true, exitCode: 1 }, 'met'],
    ['HEALTHY', 'ended before', ENDED_WELL, `${UNRESOLVED} as dependency did not become healthy.`],
  ];
  for (const [condition, words, facts, expected] of rows) {
    it(`on ${condition} of a container that is ${words}: ${expected.slice(-40)}`, () => {
      assert.equal(state(condition, facts), expected);
    });
  }

  it('times out by the startTimeout of the container that is waited for, counted from its start', () => {
    const limited = { ...RUNNING, startTimeoutMs: 5_000 };
    assert.deepEqual(dependencyState('app', { on: 'db', condition: 'HEALTHY' }, limited, 5_999), {
      state: 'waiting',
      until: 6_000,
    });
    const words = `${CANNOT} container ordering dependency [db] for target [app] has timed out.`;
    for (const condition of ['HEALTHY', 'COMPLETE', 'SUCCESS'] as const) {
      assert.equal(state(condition, limited, 6_000), words);
    }
    assert.equal(state('START', { ...limited, startedAt: undefined }, 99_000), 'waiting');
  });
});

describe('The dependencies of a container', () => {
  const router = {
    name: 'router',
    firelensConfiguration: { type: 'fluentbit' },
  };

  it('are dependsOn and the containers whose volumes it takes', () => {
    const container = {
      name: 'app',
      dependsOn: [{ containerName: 'db', condition: 'HEALTHY' }],
      volumesFrom: [{ sourceContainer: 'files' }],
    };
    assert.deepEqual(dependenciesOf(container, [container]), [
      { on: 'db', condition: 'HEALTHY' },
      { on: 'files', condition: 'CREATE' },
    ]);
  });

  it('include the start of the log router of those who log through it, unless the router waits itself', () => {
    const app = { name: 'app', logConfiguration: { logDriver: 'awsfirelens' } };
    assert.deepEqual(dependenciesOf(app, [app, router]), [{ on: 'router', condition: 'START' }]);
    const waiting = { ...router, dependsOn: [{ containerName: 'app', condition: 'START' }] };
    assert.deepEqual(dependenciesOf(app, [app, waiting]), []);
    assert.deepEqual(dependenciesOf(router, [app, router]), []);
  });
});
