/** What every Store must do, run against each driver. `open` gives a new, empty store. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import type { Clock } from '../clock.ts';
import type { RangeOptions, Store, Write } from '../store.ts';
import { ManualClock } from './manual-clock.ts';
import { keysOf, put, type StoreContext } from './store-context.ts';
import { randomHistories } from './store-history-suite.ts';
import { leases, watches } from './store-watch-suite.ts';

export type OpenStore = (clock: Clock) => Promise<Store>;

/** Runs the whole suite; `name` is the driver's. */
export function storeSuite(name: string, open: OpenStore): void {
  describe(name, () => {
    let store: Store;
    let clock: ManualClock;
    let ended: AbortController;
    beforeEach(async () => {
      clock = new ManualClock();
      ended = new AbortController();
      store = await open(clock);
    });
    afterEach(async () => {
      ended.abort();
      await store.close();
    });
    const context = { store: () => store, clock: () => clock, signal: () => ended.signal };
    readingAndWriting(context);
    ranges(context);
    watches(context);
    leases(context);
    randomHistories(context);
  });
}

function readingAndWriting({ store, signal }: StoreContext): void {
  it('gives back what was put, with the revision of the write', async () => {
    const value = { text: 'ä\u0000"𝄞', list: [1, -2.5, null, true, { deep: [] }], gone: undefined };
    const revision = await put(store(), { put: 'a', value });
    const { gone: _, ...rest } = value;
    assert.deepEqual(await store().get('a'), { key: 'a', value: rest, revision });
    assert.equal(await store().get('b'), undefined);
    assert.deepEqual(await store().getMany(['b', 'a']), [undefined, { key: 'a', value: rest, revision }]);
  });

  it('takes a value that is JSON text already', async () => {
    const value = { text: 'ä€"', list: [1] };
    const changes = store().watch('a', signal());
    const revision = await put(store(), { put: 'a', json: Buffer.from(JSON.stringify(value)) });
    assert.deepEqual(await store().get('a'), { key: 'a', value, revision });
    for await (const [change] of changes) {
      assert.deepEqual(change?.entry?.value, value);
      break;
    }
  });

  it('keeps bytes with a value, and gives them back with each reading', async () => {
    const json = Buffer.from('{"text":"ä"}');
    const tail = Buffer.from([0, 1, 0xff, 0, 0x22]);
    const revision = await put(store(), { put: 'a', json, tail }, { put: 'b', json, tail: Buffer.alloc(0) });
    const entry = { value: { text: 'ä' }, revision };
    const expected = [
      { key: 'a', ...entry, tail },
      { key: 'b', ...entry, tail: Buffer.alloc(0) },
    ];
    assert.deepEqual(await store().range({ prefix: '' }), expected);
    assert.deepEqual(await store().getMany(['a', 'b']), expected);
    assert.deepEqual(await store().get('a'), expected[0]);
    const later = await put(store(), { put: 'a', json });
    assert.deepEqual(await store().get('a'), { key: 'a', value: { text: 'ä' }, revision: later });
  });

  it('raises the revision with every transaction, and only for the keys written', async () => {
    const first = await put(store(), { put: 'a', value: 1 }, { put: 'b', value: 1 });
    const second = await put(store(), { put: 'a', value: 2 });
    assert.ok(second > first);
    assert.equal((await store().get('a'))?.revision, second);
    assert.equal((await store().get('b'))?.revision, first);
    const third = await put(store(), { delete: 'b' });
    const fourth = await put(store(), { put: 'b', value: 1 });
    assert.ok(third > second && fourth > third);
  });

  it('takes what it is given as it then is, and lets no reader change what others read', async () => {
    const value = { list: [1] };
    await put(store(), { put: 'a', value });
    value.list.push(2);
    const read = await store().get<{ list: number[] }>('a');
    assert.throws(() => read?.value.list.push(3), TypeError);
    assert.deepEqual((await store().get('a'))?.value, { list: [1] });
    assert.deepEqual((await store().range({ prefix: 'a' }))[0]?.value, { list: [1] });
  });

  it('writes nothing when one condition does not hold, and names all that did not', async () => {
    const revision = await put(store(), { put: 'a', value: 1 });
    const failed = await store().transact(
      [
        { key: 'a', revision: revision - 1 },
        { key: 'b', revision: 0 },
        { key: 'c', revision: 7 },
      ],
      [{ put: 'b', value: 1 }, { delete: 'a' }],
    );
    assert.deepEqual(failed, { ok: false, failed: ['a', 'c'] });
    assert.deepEqual(keysOf(await store().range({ prefix: '' })), ['a']);
    const passed = await store().transact([{ key: 'a', revision }], [{ delete: 'a' }]);
    assert.ok(passed.ok);
  });

  it('lets one of many that want the same key win', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, value) =>
        store().transact([{ key: 'a', revision: 0 }], [{ put: 'a', value }]),
      ),
    );
    assert.deepEqual(
      results.map(({ ok }) => ok),
      Array.from({ length: 20 }, (_, index) => index === 0),
    );
    assert.equal((await store().get('a'))?.value, 0);
  });

  it('does the writes of a transaction in their order', async () => {
    await put(store(), { put: 'x/old', value: 1 }, { put: 'y', value: 1 });
    await put(
      store(),
      { put: 'x/lost', value: 1 },
      { deletePrefix: 'x/' },
      { put: 'x/new', value: 1 },
      { put: 'y', value: 2 },
      { delete: 'y' },
      { put: 'z', value: 1 },
      { put: 'z', value: 2 },
    );
    const entries = await store().range({ prefix: '' });
    assert.deepEqual(
      entries.map(({ key, value }) => [key, value]),
      [
        ['x/new', 1],
        ['z', 2],
      ],
    );
  });

  it('takes keys up to 1,800 bytes and values of a megabyte', async () => {
    const long = `${'ü'.repeat(899)}xy`;
    const value = 'v'.repeat(1 << 20);
    await put(store(), { put: long, value }, { put: `${long.slice(0, -1)}z`, value: 1 });
    assert.deepEqual(keysOf(await store().range({ prefix: long.slice(0, -1) })), [
      long,
      `${long.slice(0, -1)}z`,
    ]);
    assert.deepEqual(keysOf(await store().range({ prefix: '', after: long })), [`${long.slice(0, -1)}z`]);
    assert.deepEqual(keysOf(await store().range({ prefix: long, reverse: true })), [long]);
    assert.equal((await store().get(long))?.value, value);
  });

  it('rejects keys and values that cannot be stored as invalid, and writes nothing', async () => {
    const loop: { self?: unknown } = {};
    loop.self = loop;
    const bad: Write[] = [
      { put: '', value: 1 },
      { put: 'x'.repeat(1801), value: 1 },
      { put: 'lone \ud800 surrogate', value: 1 },
      { put: 'a', value: undefined },
      { put: 'a', value: 1n },
      { put: 'a', value: loop },
    ];
    for (const write of bad) {
      await assert.rejects(store().transact([], [{ put: 'fine', value: 1 }, write]), (error) =>
        hasKind(error, 'invalid'),
      );
    }
    assert.deepEqual(await store().range({ prefix: '' }), []);
  });

  it('rejects everything as unavailable after close, which may be repeated', async () => {
    const last = store().transact([], [{ put: 'a', value: 1 }]);
    await store().close();
    await store().close();
    assert.ok((await last).ok);
    const unavailable = (error: unknown): boolean => hasKind(error, 'unavailable');
    await assert.rejects(store().get('a'), unavailable);
    await assert.rejects(store().range({ prefix: '' }), unavailable);
    await assert.rejects(store().transact([], []), unavailable);
    await assert.rejects(store().createLease(1), unavailable);
  });
}

function ranges({ store }: StoreContext): void {
  it('orders keys by their UTF-8 bytes', async () => {
    const ordered = ['a', 'a/', 'a/b', 'a0', 'b', 'ä', '\ud7ff', '\ue000', '\uffff', '𐀀', '\u{10ffff}'];
    await put(store(), ...ordered.toReversed().map((key) => ({ put: key, value: 1 })));
    assert.deepEqual(keysOf(await store().range({ prefix: '' })), ordered);
    assert.deepEqual(keysOf(await store().range({ prefix: '', reverse: true })), ordered.toReversed());
  });

  const cases: { name: string; options: RangeOptions; keys: string[] }[] = [
    { name: 'a prefix', options: { prefix: 'b/' }, keys: ['b/1', 'b/2', 'b/3'] },
    {
      name: 'a prefix that is a key',
      options: { prefix: 'b' },
      keys: ['b', 'b/1', 'b/2', 'b/3', 'b\u{10ffff}x'],
    },
    { name: 'a prefix that nothing has', options: { prefix: 'bb' }, keys: [] },
    { name: 'after a key', options: { prefix: 'b/', after: 'b/1' }, keys: ['b/2', 'b/3'] },
    { name: 'after a key that is absent', options: { prefix: 'b/', after: 'b/10' }, keys: ['b/2', 'b/3'] },
    {
      name: 'after a key before the prefix',
      options: { prefix: 'b/', after: 'a' },
      keys: ['b/1', 'b/2', 'b/3'],
    },
    { name: 'after a key behind the prefix', options: { prefix: 'b/', after: 'c' }, keys: [] },
    { name: 'a limit', options: { prefix: 'b/', limit: 2 }, keys: ['b/1', 'b/2'] },
    { name: 'a limit of none', options: { prefix: 'b/', limit: 0 }, keys: [] },
    {
      name: 'reverse',
      options: { prefix: 'b', reverse: true },
      keys: ['b\u{10ffff}x', 'b/3', 'b/2', 'b/1', 'b'],
    },
    {
      name: 'reverse before a key',
      options: { prefix: 'b/', after: 'b/3', reverse: true },
      keys: ['b/2', 'b/1'],
    },
    {
      name: 'reverse before a key that is absent, with a limit',
      options: { prefix: 'b/', after: 'b/25', reverse: true, limit: 1 },
      keys: ['b/2'],
    },
    {
      name: 'reverse before a key behind the prefix',
      options: { prefix: 'b/', after: 'c', reverse: true },
      keys: ['b/3', 'b/2', 'b/1'],
    },
    {
      name: 'reverse before a key before the prefix',
      options: { prefix: 'b/', after: 'a', reverse: true },
      keys: [],
    },
  ];
  for (const { name, options, keys } of cases) {
    it(`ranges over ${name}`, async () => {
      const all = ['a', 'b', 'b/1', 'b/2', 'b/3', 'b\u{10ffff}x', 'c', 'c/1'];
      await put(store(), ...all.map((key) => ({ put: key, value: key })));
      const entries = await store().range<string>(options);
      assert.deepEqual(keysOf(entries), keys);
      for (const { key, value } of entries) assert.equal(value, key);
    });
  }
}
