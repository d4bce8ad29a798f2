/** The part of the metric store's suite on which metrics there are. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import type { MetricIdentity } from '../../domain/metrics/metric.ts';
import type { MetricFilter } from '../metric-store.ts';
import {
  aMetric,
  DAY,
  HOUR,
  MINUTE,
  type MetricStoreContext,
  SCOPE,
  values,
} from './metric-store-context.ts';

export function metricLists({ store, clock, reopen }: MetricStoreContext): void {
  const put = (...metrics: MetricIdentity[]): Promise<void> =>
    store().put(
      SCOPE,
      metrics.map((metric) => values(clock().now(), [1], { metric })),
    );
  /** All pages, of which each has at most so many. */
  const listed = async (filter: MetricFilter, limit = 2): Promise<string[]> => {
    const found: string[] = [];
    let next: string | undefined;
    do {
      const page = await store().list(SCOPE, filter, limit, next);
      assert.ok(page.metrics.length <= limit);
      found.push(...page.metrics.map(textOf));
      next = page.next;
    } while (next !== undefined);
    return found;
  };

  it('lists metrics by namespace, name and dimensions, a page at a time', async () => {
    const metrics = [
      { ...aMetric('Load'), namespace: 'A' },
      aMetric('Load'),
      aMetric('Load', 'A=1'),
      aMetric('Load', 'A=1', 'B=2'),
      aMetric('Load', 'A=2'),
      aMetric('Loader'),
      aMetric('\uffff'),
      aMetric('𐀀'),
    ];
    await put(...metrics.toReversed());
    await put(...metrics);
    for (const limit of [1, 3, 8, 100]) assert.deepEqual(await listed({}, limit), metrics.map(textOf));
    assert.deepEqual((await store().list({ ...SCOPE, account: '210987654321' }, {}, 10)).metrics, []);
  });

  it('filters by namespace, name, names of dimensions and their values', async () => {
    await put(
      aMetric('Load', 'Cluster=a', 'Service=x'),
      aMetric('Load', 'Cluster=a'),
      aMetric('Load', 'Cluster=b', 'Service=x'),
      aMetric('Memory', 'Cluster=a'),
      { ...aMetric('Load', 'Cluster=a'), namespace: 'Other' },
    );
    const cluster = { name: 'Cluster', value: 'a' };
    assert.deepEqual(await listed({ namespace: 'Other' }), ['Other Load Cluster=a']);
    assert.deepEqual(await listed({ namespace: 'Test', name: 'Memory' }), ['Test Memory Cluster=a']);
    assert.deepEqual(await listed({ namespace: 'Test', name: 'Mem' }), []);
    assert.deepEqual(await listed({ name: 'Load', dimensions: [{ name: 'Service' }] }), [
      'Test Load Cluster=a Service=x',
      'Test Load Cluster=b Service=x',
    ]);
    assert.deepEqual(await listed({ namespace: 'Test', name: 'Load', dimensions: [cluster] }), [
      'Test Load Cluster=a',
      'Test Load Cluster=a Service=x',
    ]);
    assert.deepEqual(await listed({ dimensions: [cluster, { name: 'Service', value: 'y' }] }), []);
  });

  it('knows into which something was put since', async () => {
    await put(aMetric('Early'), aMetric('Late'));
    clock().advance(HOUR);
    const since = clock().now();
    await store().put(SCOPE, [values(since - 10 * DAY, [1], { metric: aMetric('Late') })]);
    assert.deepEqual(await listed({ activeSince: since }), ['Test Late ']);
    await store().compact(since + HOUR);
    await reopen();
    assert.deepEqual(await listed({ activeSince: since }), ['Test Late ']);
    assert.deepEqual(await listed({ activeSince: since - HOUR }), ['Test Early ', 'Test Late ']);
    assert.deepEqual(await listed({ activeSince: since + 1 }), []);
  });

  it('takes names and dimensions as long as CloudWatch does, and longer', async () => {
    const dimensions = Array.from({ length: 30 }, (_, i) => ({
      name: `${i}`.padStart(2, '0').padEnd(255, 'n'),
      value: `${'v'.repeat(1_000)}`,
    }));
    const last = { ...dimensions[29], name: 'z', value: 'another' };
    const long = { namespace: 'N'.repeat(255), name: 'ü'.repeat(3_000), dimensions };
    const other = { ...long, dimensions: [...dimensions.slice(0, 29), last] };
    await put(long, other);
    const page = await store().list(SCOPE, {}, 10);
    assert.deepEqual(page.metrics.map(textOf).sort(), [long, other].map(textOf).sort());
    assert.equal((await listed({}, 1)).length, 2);
    assert.equal((await listed({ namespace: long.namespace, name: long.name }, 1)).length, 2);
    const now = clock().now();
    const read = await store().read(SCOPE, {
      metric: other,
      start: now - HOUR,
      end: now + MINUTE,
      period: 60,
    });
    assert.deepEqual(
      read.map(({ sampleCount }) => sampleCount),
      [1],
    );
  });

  it('no longer lists what is forgotten', async () => {
    await put(aMetric('Old'));
    clock().advance(400 * DAY);
    await put(aMetric('New'));
    clock().advance(80 * DAY);
    for (let i = 0; i < 3; i++) await store().compact(clock().now());
    assert.deepEqual(await listed({}), ['Test New ']);
  });

  it('refuses to go on after what no page gave', async () => {
    const elsewhere = await store().list(SCOPE, {}, 1);
    assert.equal(elsewhere.next, undefined);
    await put(aMetric('A'), aMetric('B'));
    const { next } = await store().list(SCOPE, {}, 1);
    assert.ok(next);
    const other = { ...SCOPE, region: 'us-east-1' };
    for (const [scope, after] of [
      [SCOPE, ''],
      [SCOPE, 'nonsense'],
      [other, next],
    ] as const) {
      await assert.rejects(store().list(scope, {}, 1, after), (error) => hasKind(error, 'invalid'));
    }
  });
}

const textOf = ({ namespace, name, dimensions }: MetricIdentity): string =>
  `${namespace} ${name} ${dimensions.map((one) => `${one.name}=${one.value}`).join(' ')}`;
