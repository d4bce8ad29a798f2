/** The short form of `npm run chaos`: real tasks, a blow of each sort, and the laws of `test/chaos`. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { patient } from '../../src/ports/testing/patience.ts';
import { BLOW_SORTS } from '../chaos/blow.ts';
import { runChaos } from '../chaos/run.ts';
import { nfsMissing } from '../support/nfs/nfs-scene.ts';

const ROUNDS = 2;
/** Two rounds have a blow of each sort. */
const BLOWS_A_ROUND = Math.ceil(BLOW_SORTS.length / ROUNDS);

describe('Tasks while everything around them breaks', {
  skip: nfsMissing(),
  timeout: patient(300_000),
}, () => {
  it('end as they should, run once, lose nothing and leave nothing', async () => {
    const told: string[] = [];
    const { broken, blows } = await runChaos({
      seed: 4,
      goesOn: (round) => round < ROUNDS,
      tasksARound: 8,
      leastBlows: BLOWS_A_ROUND,
      mostBlows: BLOWS_A_ROUND,
      onlyBlows: 'one of each sort',
      tell: (line) => told.push(line),
    });
    assert.deepEqual(broken, [], told.join('\n'));
    for (const sort of BLOW_SORTS) assert.ok((blows.get(sort) ?? 0) > 0, `no ${sort}`);
  });
});
