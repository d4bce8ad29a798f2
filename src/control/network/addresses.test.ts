import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { keys } from '../../domain/keys.ts';
import { MemoryStore } from '../../drivers/store-memory/memory-store.ts';
import type { Write } from '../../ports/store.ts';
import { Addresses } from './addresses.ts';

const SCOPE = { account: '000000000000', region: 'eu-west-1' };
/** The smallest that AWS has: eleven addresses. */
const SUBNET = { subnetId: 'subnet-1', cidr: '10.0.0.0/28', availabilityZone: 'eu-west-1a' };
const ALL = Array.from({ length: 11 }, (_, index) => `10.0.0.${4 + index}`);
const PUBLIC = '198.19.0.0/28';

describe('Addresses', () => {
  let store: MemoryStore;
  let addresses: Addresses;
  let stopping: AbortController;
  /** Batches that the addresses have heard of. */
  let heard: number;

  beforeEach(() => {
    store = new MemoryStore();
    addresses = new Addresses(store, PUBLIC);
    stopping = new AbortController();
    heard = 0;
    for (const prefix of [keys.resources(), keys.publicAddresses()]) {
      const changes = store.watch(prefix, stopping.signal);
      void (async () => {
        for await (const batch of changes) {
          addresses.changed(batch);
          heard += 1;
        }
      })();
    }
  });
  afterEach(async () => {
    stopping.abort();
    await store.close();
  });

  const keyOf = (address: string) => keys.address(SCOPE, SUBNET.subnetId, address);
  /** Resolves when the addresses have heard of it. */
  const write = async (write: Write): Promise<void> => {
    const before = heard;
    await store.transact([], [write]);
    while (heard === before) await new Promise((resolve) => setImmediate(resolve));
  };
  const claim = (address: string) => write({ put: keyOf(address), value: { eniId: 'eni-1' } });
  const take = async () => (await addresses.take(SCOPE, [SUBNET]))?.address;
  const takeAll = async (): Promise<(string | undefined)[]> => {
    const taken: (string | undefined)[] = [];
    for (let one = await take(); one !== undefined; one = await take()) taken.push(one);
    return taken;
  };

  it('gives each address of the subnet once, none of those that AWS keeps, then none', async () => {
    const taken = await Promise.all(Array.from({ length: 12 }, take));
    assert.deepEqual(taken, [...ALL, undefined]);
  });

  it('gives out in turn, so that an address just given back rests', async () => {
    const first = (await take()) ?? assert.fail();
    await addresses.giveBack(SCOPE, SUBNET.subnetId, first);
    assert.deepEqual(await takeAll(), [...ALL.slice(1), first]);
  });

  it('finds what was claimed before it looked', async () => {
    await claim('10.0.0.4');
    await claim('10.0.0.6');
    const left = ALL.filter((address) => !['10.0.0.4', '10.0.0.6'].includes(address));
    assert.deepEqual(new Set(await takeAll()), new Set(left));
  });

  it("hears of others' claims, and of their ends", async () => {
    await take();
    await claim('10.0.0.5');
    assert.equal(await take(), '10.0.0.6');
    await takeAll();
    await write({ delete: keyOf('10.0.0.5') });
    assert.deepEqual(await takeAll(), ['10.0.0.5']);
  });

  it('keeps subnets apart, also those of the same range', async () => {
    await takeAll();
    const second = await addresses.take(SCOPE, [{ ...SUBNET, subnetId: 'subnet-2' }]);
    assert.equal(second?.address, '10.0.0.4');
    const others = await addresses.take({ ...SCOPE, account: '111111111111' }, [SUBNET]);
    assert.equal(others?.address, '10.0.0.4');
  });

  it('spreads over the zones, then over the subnets of a zone, and passes over full ones', async () => {
    const subnet = (subnetId: string, availabilityZone: string) => ({
      ...SUBNET,
      subnetId,
      availabilityZone,
    });
    const subnets = [subnet('a1', 'a'), subnet('a2', 'a'), subnet('b1', 'b')];
    const took = await Promise.all(Array.from({ length: 34 }, () => addresses.take(SCOPE, subnets)));
    assert.deepEqual(
      took.slice(0, 8).map((one) => one?.subnet.subnetId),
      ['a1', 'b1', 'a2', 'b1', 'a1', 'b1', 'a2', 'b1'],
    );
    assert.equal(took.filter((one) => one?.subnet.availabilityZone === 'a').length, 22);
    assert.equal(took.filter((one) => one?.subnet.availabilityZone === 'b').length, 11);
    assert.equal(took[33], undefined);
  });

  it('knows nothing of a subnet that was deleted', async () => {
    await takeAll();
    await write({ put: keys.ec2(SCOPE, 'subnet', SUBNET.subnetId), value: SUBNET });
    assert.equal(await take(), undefined);
    await write({ delete: keys.ec2(SCOPE, 'subnet', SUBNET.subnetId) });
    assert.equal(await take(), '10.0.0.4');
  });

  it('has one pool of public addresses for all, without its ends', async () => {
    const key = keys.publicAddress('198.19.0.3');
    await write({ put: key, value: { ...SCOPE, ownerId: 'eipalloc-1' } });
    const taken: string[] = [];
    for (;;) {
      const one = await addresses.takePublic();
      if (one === undefined) break;
      taken.push(one);
    }
    assert.equal(new Set(taken).size, 13);
    assert.ok(!['198.19.0.0', '198.19.0.3', '198.19.0.15'].some((address) => taken.includes(address)));
    await addresses.giveBackPublic('198.19.0.7');
    assert.equal(await addresses.takePublic(), '198.19.0.7');
    await write({ delete: key });
    assert.equal(await addresses.takePublic(), '198.19.0.3');
  });
});
