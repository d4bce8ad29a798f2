/** The short form of `npm run bench -- fuzz`: every service, in every protocol that it speaks, as users start them. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { fuzzEverything } from '../support/fuzz/fuzz-everything.ts';
import { servedServices } from '../support/fuzz/served-services.ts';
import { Neargate } from '../support/neargate/instance.ts';

const REQUESTS = 1500;
const SEED = 4580;
/** Of connections that come and go, and of what the store opens when it is first used. */
const FEW = 24;

describe('All services under random requests', () => {
  let neargate: Neargate;
  before(async () => {
    neargate = await Neargate.start({ flags: ['--fake', '--open', '--log-level', 'error'] });
  });
  after(() => neargate.close());

  it('answer or refuse in the words of each protocol, and hold no more descriptors afterwards', async () => {
    const { pid, info } = neargate;
    const descriptors = async (): Promise<number> => (await readdir(`/proc/${pid}/fd`)).length;
    const held = await descriptors();
    const { violations, operations } = await fuzzEverything({
      ...{ endpoint: info.endpoint, requests: REQUESTS, seed: SEED },
    });
    assert.deepEqual(violations, []);
    const served = servedServices().flatMap(({ name, operations }) =>
      operations.map((each) => `${name} ${each.name}`),
    );
    assert.equal(operations.asked, new Set(served).size);
    assert.ok(
      operations.answered > (operations.asked * 2) / 3,
      `always refused: ${operations.never.join(', ')}`,
    );
    assert.ok((await descriptors()) <= held + FEW, `${await descriptors()} descriptors, ${held} before`);
  });
});
