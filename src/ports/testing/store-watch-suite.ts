/** The part of the store's suite about watches and leases. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import type { Change, TransactionResult } from '../store.ts';
import { keysOf, put, type StoreContext } from './store-context.ts';

export function watches({ store, signal }: StoreContext): void {
  it("hands on each transaction's changes under the prefix, in order", async () => {
    await put(store(), { put: 'a/0', value: 'before' });
    const changes = store().watch('a/', signal())[Symbol.asyncIterator]();
    const first = await put(
      store(),
      { put: 'a/1', value: 1 },
      { put: 'b/1', value: 1 },
      { put: 'a/2', value: 2 },
    );
    await put(store(), { put: 'b/2', value: 2 });
    const third = await put(store(), { deletePrefix: '' });
    assert.deepEqual((await changes.next()).value, [
      { key: 'a/1', revision: first, entry: { key: 'a/1', value: 1, revision: first } },
      { key: 'a/2', revision: first, entry: { key: 'a/2', value: 2, revision: first } },
    ]);
    const deleted: Change[] = (await changes.next()).value;
    assert.deepEqual(
      deleted.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
      ['a/0', 'a/1', 'a/2'].map((key) => ({ key, revision: third, entry: undefined })),
    );
  });

  it('says nothing about writes that failed or changed nothing', async () => {
    const changes = store().watch('', signal())[Symbol.asyncIterator]();
    await store().transact([{ key: 'a', revision: 9 }], [{ put: 'a', value: 1 }]);
    await put(store(), { delete: 'a' }, { deletePrefix: 'b' });
    await put(store(), { put: 'c', value: 1 }, { delete: 'c' });
    const revision = await put(store(), { put: 'd', value: 1 });
    assert.deepEqual((await changes.next()).value, [
      { key: 'd', revision, entry: { key: 'd', value: 1, revision } },
    ]);
  });

  it('wakes a consumer that waits, and gives each its own value', async () => {
    const one = store().watch('a', signal())[Symbol.asyncIterator]();
    const two = store().watch('', signal())[Symbol.asyncIterator]();
    const waiting = one.next();
    await put(store(), { put: 'a', value: { n: 1 } });
    const seen = (await waiting).value as Change[];
    const value = seen[0]?.entry?.value as { n: number };
    value.n = 2;
    assert.deepEqual(((await two.next()).value as Change[])[0]?.entry?.value, { n: 1 });
  });

  it('merges what a slow consumer has not read by key, without a gap', async () => {
    const changes = store().watch('', signal())[Symbol.asyncIterator]();
    const last = new Map<string, number>();
    const writes: Promise<TransactionResult>[] = [];
    for (let i = 0; i < 1_000; i++) {
      const key = `k${i % 7}`;
      last.set(key, i);
      writes.push(store().transact([], [{ put: key, value: i }]));
    }
    const results = await Promise.all(writes);
    const end = results.at(-1);
    assert.ok(end?.ok === true);
    const seen = new Map<string, unknown>();
    let batches = 0;
    for (let revision = 0; revision < end.revision; batches += 1) {
      const batch = (await changes.next()).value as Change[];
      for (const change of batch) {
        assert.ok(change.revision > revision, 'revisions rise');
        revision = change.revision;
        seen.set(change.key, change.entry?.value);
      }
    }
    assert.deepEqual(seen, last);
    assert.ok(batches < 1_000, 'was merged');
  });

  it('ends when its signal fires, when the consumer leaves, and when the store closes', async () => {
    const own = new AbortController();
    const aborted = store().watch('', own.signal)[Symbol.asyncIterator]();
    const waiting = aborted.next();
    own.abort();
    assert.equal((await waiting).done, true);
    assert.equal((await store().watch('', own.signal)[Symbol.asyncIterator]().next()).done, true);

    await put(store(), { put: 'a', value: 1 });
    const left = store().watch('', signal());
    await put(store(), { put: 'a', value: 2 });
    for await (const _ of left) break;
    assert.equal((await left[Symbol.asyncIterator]().next()).done, true);

    const closed = store().watch('', signal())[Symbol.asyncIterator]();
    const last = closed.next();
    await store().close();
    assert.equal((await last).done, true);
    assert.equal((await closed.next()).done, true);
  });
}

export function leases({ store, clock, signal }: StoreContext): void {
  it("deletes a lease's keys when its time is over, and says so to watches", async () => {
    const lease = await store().createLease(1_000);
    await put(store(), { put: 'a', value: 1, leaseId: lease.id }, { put: 'b', value: 1 });
    const changes = store().watch('', signal())[Symbol.asyncIterator]();
    clock().advance(999);
    await put(store(), { put: 'b', value: 2 });
    assert.equal(((await changes.next()).value as Change[])[0]?.key, 'b');
    clock().advance(1);
    const [change] = (await changes.next()).value as Change[];
    assert.deepEqual([change?.key, change?.entry], ['a', undefined]);
    assert.deepEqual(keysOf(await store().range({ prefix: '' })), ['b']);
    await assert.rejects(lease.keepAlive(), (error) => hasKind(error, 'not-found'));
    await assert.rejects(put(store(), { put: 'c', value: 1, leaseId: lease.id }), (error) =>
      hasKind(error, 'not-found'),
    );
  });

  it('starts the time anew when it is kept alive', async () => {
    const lease = await store().createLease(1_000);
    await put(store(), { put: 'a', value: 1, leaseId: lease.id });
    for (let i = 0; i < 3; i++) {
      clock().advance(900);
      await lease.keepAlive();
    }
    await put(store(), { put: 'b', value: 1 });
    assert.deepEqual(keysOf(await store().range({ prefix: '' })), ['a', 'b']);
  });

  it('deletes the keys at once when it is revoked, which may be repeated', async () => {
    const lease = await store().createLease(1_000);
    const other = await store().createLease(1_000);
    await put(store(), { put: 'a', value: 1, leaseId: lease.id }, { put: 'b', value: 1, leaseId: other.id });
    await lease.revoke();
    await lease.revoke();
    assert.deepEqual(keysOf(await store().range({ prefix: '' })), ['b']);
    await other.revoke();
  });

  it('lets go of a key that was put again without it', async () => {
    const lease = await store().createLease(1_000);
    await put(store(), { put: 'a', value: 1, leaseId: lease.id }, { put: 'b', value: 1, leaseId: lease.id });
    await put(store(), { put: 'a', value: 2 });
    await lease.revoke();
    assert.deepEqual(keysOf(await store().range({ prefix: '' })), ['a']);
  });
}
