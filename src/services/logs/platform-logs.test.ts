import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import { messagesOf, SCOPE, TestLogs } from '../../../test/support/logs/logs-service.ts';
import { randomIds } from '../../drivers/system/random-ids.ts';
import type { PlatformLog } from '../../ports/platform-logs.ts';
import { StoredPlatformLogs } from './platform-logs.ts';

const GROUP = '/aws/ecs/containerinsights/shop/performance';

describe('Log events of the platform', () => {
  let logs: TestLogs;
  let platform: StoredPlatformLogs;
  beforeEach(() => {
    logs = new TestLogs();
    const { store, clock } = logs;
    platform = new StoredPlatformLogs({ store, clock, ids: randomIds, logger: silentLogger });
  });

  const log = (message: string, over: Partial<PlatformLog> = {}): PlatformLog => ({
    ...{ scope: SCOPE, logGroupName: GROUP, logStreamName: 's', retentionInDays: 1 },
    events: [{ timestamp: logs.clock.now(), message }],
    ...over,
  });
  const stored = async (stream = 's'): Promise<readonly (string | undefined)[]> =>
    messagesOf(
      await logs.call('GetLogEvents', { logGroupName: GROUP, logStreamName: stream, startFromHead: true }),
    );

  it('are read as any others, in a group and a stream that nobody had to make', async () => {
    assert.equal(await platform.append([log('one')], [], []), true);
    await platform.append([log('two'), log('other', { logStreamName: 't' })], [], []);
    assert.deepEqual([await stored(), await stored('t')], [['one', 'two'], ['other']]);
    const { logGroups } = await logs.call<{ logGroups: { retentionInDays?: number }[] }>('DescribeLogGroups');
    assert.deepEqual(
      logGroups.map(({ retentionInDays }) => retentionInDays),
      [1],
    );
  });

  it('go together with the writes they come with, or not at all', async () => {
    const { store } = logs;
    const write = { put: 'mark', value: { number: 1 } };
    assert.equal(await platform.append([log('one')], [{ key: 'mark', revision: 0 }], [write]), true);
    assert.equal(await platform.append([log('again')], [{ key: 'mark', revision: 0 }], [write]), false);
    assert.deepEqual([await stored(), (await store.get('mark'))?.value], [['one'], { number: 1 }]);
  });

  it('of many writers at the same time are all there', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `event ${index}`);
    await Promise.all(names.map((name) => platform.append([log(name)], [], [])));
    assert.deepEqual(new Set(await stored()), new Set(names));
  });

  it('begin a new group after somebody deleted the old one', async () => {
    await platform.append([log('one')], [], []);
    await logs.call('DeleteLogGroup', { logGroupName: GROUP });
    await platform.append([log('two')], [], []);
    assert.deepEqual(await stored(), ['two']);
  });
});
