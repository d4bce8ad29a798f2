import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isRestarted } from './restart-policy.ts';

const policy = { enabled: true, ignoredExitCodes: [0], restartAttemptPeriod: 60 };
const run = { exitCode: 1, startedAt: 1_000, endedAt: 61_000 };

describe('A restart policy', () => {
  it('starts a container again that ran for the period', () => {
    assert.equal(isRestarted(policy, run), true);
    assert.equal(isRestarted({ enabled: true }, { ...run, endedAt: 301_000 }), true);
  });

  it('lets a container end that ran for less, ended with an ignored code, or has no policy', () => {
    assert.equal(isRestarted(policy, { ...run, endedAt: 60_999 }), false);
    assert.equal(isRestarted({ enabled: true }, { ...run, endedAt: 300_999 }), false);
    assert.equal(isRestarted(policy, { ...run, exitCode: 0 }), false);
    assert.equal(isRestarted({ ...policy, enabled: false }, run), false);
    assert.equal(isRestarted(undefined, run), false);
  });
});
