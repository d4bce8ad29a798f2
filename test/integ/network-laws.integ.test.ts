import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { keys } from '../../src/domain/keys.ts';
import { CHANGE_NAMES, type ChangeName, makeChange } from '../support/ec2/drawn-changes.ts';
import { EC2_SCOPE, Ec2UnderTest } from '../support/ec2/ec2-under-test.ts';
import { brokenNetworkLaws } from '../support/ec2/network-laws.ts';
import { SEED } from '../../src/ports/testing/seed.ts';

const RUNS = 50;
const STEPS = 40;
const AT_ONCE = 3;

const change = fc.record({ name: fc.constantFrom(...CHANGE_NAMES), one: fc.nat(50), other: fc.nat(50) });
/** Changes of a step are asked for at the same time. */
const step = fc.array(change, { minLength: 1, maxLength: AT_ONCE });
const play = fc.record({
  withDefaultNetwork: fc.boolean(),
  steps: fc.array(step, { minLength: STEPS / 2, maxLength: STEPS }),
});

/** A scope from whose network everything may have been deleted. */
async function scene(withDefaultNetwork: boolean): Promise<Ec2UnderTest> {
  const ec2 = new Ec2UnderTest({ publicCidr: '198.19.0.0/29' });
  await ec2.defaultNetworks.ensure(EC2_SCOPE);
  if (withDefaultNetwork) return ec2;
  const kinds = ['vpc', 'subnet', 'route-table', 'internet-gateway', 'security-group'] as const;
  await ec2.store.transact(
    [],
    kinds.map((kind) => ({ deletePrefix: keys.ec2All(EC2_SCOPE, kind) })),
  );
  return ec2;
}

describe('Whatever is asked of the network', () => {
  it('keeps its laws: no ranges that meet, nothing that outlives what it needs, no address twice', async () => {
    const done = new Set<ChangeName>();
    await fc.assert(
      fc.asyncProperty(play, async ({ withDefaultNetwork, steps }) => {
        const ec2 = await scene(withDefaultNetwork);
        for (const changes of steps) {
          const outcomes = await Promise.all(changes.map((one) => makeChange(ec2, one)));
          changes.filter((_, index) => outcomes[index] === 'done').forEach(({ name }) => done.add(name));
          assert.deepEqual(await brokenNetworkLaws(ec2), []);
        }
        assert.deepEqual(ec2.faults, []);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    assert.deepEqual(
      CHANGE_NAMES.filter((name) => !done.has(name)),
      [],
      'some changes were never allowed',
    );
  });
});
