import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import { AppError } from '../../domain/errors.ts';
import { keys } from '../../domain/keys.ts';
import type { VpcPicture } from '../../domain/network/vpc.ts';
import { MemoryStore } from '../../drivers/store-memory/memory-store.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { groupOf, pictureOf } from '../../ports/testing/vpc-picture.ts';
import { VpcKeeper } from './vpc-keeper.ts';

const vpc = (n: number, groupId = 'sg-1'): VpcPicture =>
  pictureOf(
    { vpcId: `vpc-${n}`, cidr: '10.0.0.0/16', routedFromHost: false },
    { groups: [groupOf(groupId)] },
  );

/** A kernel that does what the test lets it do. */
class ScriptedNetwork {
  readonly applied = new Map<string, string>();
  readonly inUse = new Set<string>();
  failures: Error[] = [];
  /** While set, nothing is finished. */
  gate: Promise<void> | undefined;
  calls = 0;

  /** Holds every call up until the answer is called. */
  shut(): () => void {
    let letThrough = (): void => undefined;
    this.gate = new Promise((resolve) => {
      letThrough = resolve;
    });
    return letThrough;
  }

  async applyVpc(picture: VpcPicture): Promise<void> {
    this.calls += 1;
    await this.gate;
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    this.applied.set(picture.vpcId, picture.groups[0]?.groupId ?? '');
  }
  async removeVpc(vpcId: string): Promise<void> {
    this.calls += 1;
    if (this.inUse.has(vpcId)) throw new AppError('failed-precondition', 'still has network interfaces');
    this.applied.delete(vpcId);
  }
  async listVpcs(): Promise<string[]> {
    return [...this.applied.keys()];
  }
}

describe('VpcKeeper', () => {
  const life = { now: new AbortController() };
  const scene = { store: new MemoryStore(), network: new ScriptedNetwork(), clock: new ManualClock() };
  const never = new AbortController().signal;
  const open = (): VpcKeeper => {
    life.now = new AbortController();
    return new VpcKeeper({ ...scene, logger: silentLogger }, life.now.signal);
  };
  /** Lets everything that needs no time happen. */
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const onRecord = async () => (await scene.store.range({ prefix: keys.agentVpcs() })).length;

  beforeEach(() => {
    scene.store = new MemoryStore();
    scene.network = new ScriptedNetwork();
    scene.clock = new ManualClock();
  });
  afterEach(() => life.now.abort());

  it('has a picture on record before it is applied, and tells when it is', async () => {
    const keeper = open();
    const letThrough = scene.network.shut();
    await keeper.put(vpc(1));
    assert.equal(await onRecord(), 1);
    const ready = keeper.ready('vpc-1', never);
    await settle();
    assert.equal(scene.network.applied.size, 0);
    letThrough();
    await ready;
    assert.equal(scene.network.applied.get('vpc-1'), 'sg-1');
    assert.deepEqual(keeper.known(), [{ account: '123456789012', region: 'eu-west-1', vpcId: 'vpc-1' }]);
  });

  it('is ready only with the newest picture, and passes over those between', async () => {
    const keeper = open();
    const letThrough = scene.network.shut();
    for (const group of ['sg-1', 'sg-2', 'sg-3']) await keeper.put(vpc(1, group));
    letThrough();
    await keeper.ready('vpc-1', never);
    assert.equal(scene.network.applied.get('vpc-1'), 'sg-3');
    assert.equal(scene.network.calls, 2);
  });

  it('waits for a picture that comes after the task', async () => {
    const keeper = open();
    const ready = keeper.ready('vpc-1', never);
    await settle();
    await keeper.put(vpc(1));
    await ready;
  });

  it('tries again what failed, later and later', async () => {
    const keeper = open();
    scene.network.failures = [new Error('busy'), new Error('busy')];
    await keeper.put(vpc(1));
    const ready = keeper.ready('vpc-1', never);
    await settle();
    scene.clock.advance(50);
    await settle();
    assert.equal(scene.network.calls, 2);
    scene.clock.advance(50);
    await settle();
    assert.equal(scene.network.calls, 2);
    scene.clock.advance(50);
    await ready;
    assert.equal(scene.network.applied.get('vpc-1'), 'sg-1');
  });

  it('does not wait with a new picture for the time of the next try', async () => {
    const keeper = open();
    scene.network.failures = [new Error('busy')];
    await keeper.put(vpc(1));
    await settle();
    await keeper.put(vpc(1, 'sg-2'));
    await keeper.ready('vpc-1', never);
    assert.equal(scene.network.applied.get('vpc-1'), 'sg-2');
  });

  it('says at once what cannot be, and at last what goes on failing', async () => {
    const keeper = open();
    scene.network.failures = [new AppError('invalid', 'the range clashes')];
    await keeper.put(vpc(1));
    await assert.rejects(keeper.ready('vpc-1', never), /the range clashes/);
    scene.network.failures = Array.from({ length: 50 }, () => new Error('busy'));
    await keeper.put(vpc(2));
    const failing = assert.rejects(keeper.ready('vpc-2', never), /busy/);
    const unknown = assert.rejects(keeper.ready('vpc-3', never), /nothing is known of vpc-3/);
    await settle();
    scene.clock.advance(10_000);
    await Promise.all([failing, unknown]);
  });

  it('waits longer for a VPC that is being made, and then says what it is that was not done', async () => {
    const keeper = open();
    const letThrough = scene.network.shut();
    await keeper.put(vpc(1));
    await keeper.put(vpc(2));
    const slow = keeper.ready('vpc-1', never);
    const first = assert.rejects(keeper.ready('vpc-2', never), /vpc-2 is not made in time/);
    await settle();
    scene.clock.advance(10_000);
    await settle();
    scene.clock.advance(50_000);
    await first;
    await assert.rejects(slow, { kind: 'unavailable' });
    const again = keeper.ready('vpc-1', never);
    await settle();
    scene.clock.advance(10_000);
    await settle();
    letThrough();
    await again;
  });

  it('removes a VPC when its last interface has gone', async () => {
    const keeper = open();
    await keeper.put(vpc(1));
    await keeper.ready('vpc-1', never);
    scene.network.inUse.add('vpc-1');
    await keeper.remove('vpc-1');
    assert.equal(await onRecord(), 0);
    assert.deepEqual(keeper.known(), []);
    await settle();
    assert.ok(scene.network.applied.has('vpc-1'));
    scene.network.inUse.clear();
    keeper.interfaceGone();
    await settle();
    assert.ok(!scene.network.applied.has('vpc-1'));
    assert.equal(scene.clock.sleeping, 0);
  });

  it('ends what is not among all', async () => {
    const keeper = open();
    await keeper.setAll([vpc(1), vpc(2)]);
    await keeper.ready('vpc-2', never);
    await keeper.setAll([vpc(1, 'sg-9'), vpc(3)]);
    await Promise.all([keeper.ready('vpc-1', never), keeper.ready('vpc-3', never)]);
    await settle();
    assert.deepEqual(Object.fromEntries(scene.network.applied), { 'vpc-1': 'sg-9', 'vpc-3': 'sg-1' });
    assert.equal(await onRecord(), 2);
  });

  it('makes the kernel what is on record after a kill, and removes what is not', async () => {
    const first = open();
    await first.setAll([vpc(1), vpc(2)]);
    await Promise.all([first.ready('vpc-1', never), first.ready('vpc-2', never)]);
    life.now.abort();
    // Killed after the record was deleted; the machine was rebooted after the other was applied.
    await scene.store.transact([], [{ delete: keys.agentVpc('vpc-2') }]);
    scene.network.applied.delete('vpc-1');
    const second = open();
    await second.start();
    assert.deepEqual([...scene.network.applied.keys()], ['vpc-1']);
    await second.ready('vpc-1', never);
  });
});
