import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { healthCommand, healthTimes, nextHealth, taskHealth, UNKNOWN_HEALTH } from './health.ts';

const times = healthTimes({ command: ['CMD', 'true'], retries: 2, startPeriod: 10 });

/** The statuses after checks at these seconds of the container's life; + succeeds. */
function statuses(...checks: [seconds: number, outcome: '+' | '-'][]): string[] {
  let state = UNKNOWN_HEALTH;
  return checks.map(([seconds, outcome]) => {
    state = nextHealth(state, outcome === '+', seconds * 1_000, times);
    return state.status;
  });
}

describe('The health of a container', () => {
  it('is UNHEALTHY after as many failures in a row as retries say, and HEALTHY after one success', () => {
    assert.deepEqual(statuses([20, '-'], [30, '-'], [40, '+'], [50, '-'], [60, '-']), [
      'UNKNOWN',
      'UNHEALTHY',
      'HEALTHY',
      'HEALTHY',
      'UNHEALTHY',
    ]);
  });

  it('does not count failures in the start period, which the first success ends', () => {
    assert.deepEqual(statuses([2, '-'], [4, '-'], [6, '-'], [11, '-'], [12, '-']), [
      'UNKNOWN',
      'UNKNOWN',
      'UNKNOWN',
      'UNKNOWN',
      'UNHEALTHY',
    ]);
    assert.deepEqual(statuses([2, '+'], [4, '-'], [6, '-']), ['HEALTHY', 'HEALTHY', 'UNHEALTHY']);
  });

  it('is looked at with the documented defaults', () => {
    assert.deepEqual(healthTimes({ command: ['CMD', 'true'] }), {
      intervalMs: 30_000,
      timeoutMs: 5_000,
      retries: 3,
      startPeriodMs: 0,
    });
  });

  it('comes from words or from a line for the shell', () => {
    assert.deepEqual(healthCommand({ command: ['CMD', 'wget', '-q', 'x'] }), ['wget', '-q', 'x']);
    assert.deepEqual(healthCommand({ command: ['CMD-SHELL', 'a || b'] }), ['/bin/sh', '-c', 'a || b']);
    assert.deepEqual(healthCommand({ command: ['probe', '--now'] }), ['probe', '--now']);
  });
});

describe('The health of a task', () => {
  const of = (health: 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN', essential = true, hasHealthCheck = true) => ({
    essential,
    hasHealthCheck,
    health,
  });

  it('counts essential containers with a check only', () => {
    assert.equal(taskHealth([of('HEALTHY'), of('UNKNOWN', true, false), of('UNHEALTHY', false)]), 'HEALTHY');
    assert.equal(taskHealth([of('HEALTHY'), of('UNHEALTHY')]), 'UNHEALTHY');
    assert.equal(taskHealth([of('HEALTHY'), of('UNKNOWN')]), 'UNKNOWN');
    assert.equal(taskHealth([of('UNKNOWN', true, false)]), 'UNKNOWN');
  });
});
