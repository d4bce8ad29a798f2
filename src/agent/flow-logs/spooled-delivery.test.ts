import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { ApiError, AppError } from '../../domain/errors.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { LogEvent, LogsClient } from '../logs/logs-client.ts';
import type { FlowBatch } from './flow-batch.ts';
import { portions } from './group-delivery.ts';
import { SpooledDelivery } from './spooled-delivery.ts';
import { blocksAsEvents } from '../../../test/support/logs/block-events.ts';
import { Spool } from './spool.ts';

const quiet: Logger = {
  ...{ debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  child: () => quiet,
};

/** A log service that may be away. */
class Logs implements LogsClient {
  readonly groups = new Map<string, Map<string, LogEvent[]>>();
  isAway = false;
  refuses = false;
  tries = 0;
  #woken: () => void = () => undefined;

  async createLogGroup(group: string): Promise<void> {
    if (this.groups.has(group)) throw new ApiError('ResourceAlreadyExistsException', 'it exists');
    this.groups.set(group, new Map());
  }
  async createLogStream(group: string, stream: string): Promise<void> {
    this.groups.get(group)?.set(stream, []);
  }
  async putLogEvents(group: string, stream: string, events: readonly LogEvent[]): Promise<void> {
    this.tries += 1;
    queueMicrotask(this.#woken);
    if (this.isAway) throw new AppError('unavailable', 'nobody answers');
    if (this.refuses) throw new ApiError('InvalidParameterException', 'no');
    const known = this.groups.get(group)?.get(stream);
    if (known === undefined) throw new ApiError('ResourceNotFoundException', 'there is none');
    known.push(...events);
  }
  readonly putBlock = blocksAsEvents(() => this).putBlock;
  close(): void {
    this.isAway = true;
  }
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#woken = resolve;
      });
    }
  }
}

const batch = (at: number, over: Partial<FlowBatch> = {}): FlowBatch => ({
  ...{ account: '123456789012', region: 'us-east-1', flowLogId: 'fl-01', trafficType: 'ALL', at },
  destination: { type: 'cloud-watch-logs', logGroupName: 'flows' },
  header: 'version srcaddr',
  interfaces: [{ eniId: 'eni-01', records: [{ timestamp: at - 10, message: `record ${at}` }] }],
  ...over,
});

describe('the delivery of flow logs', () => {
  let directory: string;
  let logs: Logs;
  const open = (maxBytes?: number): SpooledDelivery =>
    new SpooledDelivery({
      spool: new Spool(join(directory, 'spool'), maxBytes),
      directory: join(directory, 'buckets'),
      ...{ logsClient: () => logs, clock: systemClock, logger: quiet },
    });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'neargate-flow-logs-'));
    logs = new Logs();
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const events = (): string[] =>
    [...(logs.groups.get('flows')?.get('eni-01-all') ?? [])].map(({ message }) => message);

  it('makes group and stream, and puts the records in their order', async () => {
    const delivery = open();
    assert.equal(delivery.begin('fl-01'), false);
    for (const at of [100, 200, 300]) assert.equal(await delivery.deliver(batch(at)), true);
    await logs.until(() => events().length === 3);
    assert.deepEqual(events(), ['record 100', 'record 200', 'record 300']);
    assert.deepEqual([...(logs.groups.get('flows')?.keys() ?? [])], ['eni-01-all']);
    await delivery.close();
  });

  it('goes on after the service, or this process, was away', async () => {
    logs.isAway = true;
    const first = open();
    first.begin('fl-01');
    await first.deliver(batch(100));
    await logs.until(() => logs.tries >= 1);
    await first.close();
    logs.isAway = false;
    const second = open();
    assert.equal(second.begin('fl-01'), true, 'it was running before');
    await second.start();
    await logs.until(() => events().length === 1);
    assert.deepEqual(events(), ['record 100']);
    await second.close();
  });

  it('says when there is no room for more', async () => {
    logs.isAway = true;
    const delivery = open(400);
    delivery.begin('fl-01');
    assert.equal(await delivery.deliver(batch(100)), true);
    assert.equal(await delivery.deliver(batch(200)), false);
    await delivery.close();
  });

  it('gives up what is refused for good, and goes on', async () => {
    logs.refuses = true;
    const delivery = open();
    delivery.begin('fl-01');
    await delivery.deliver(batch(100));
    await logs.until(() => logs.tries === 1);
    logs.refuses = false;
    await delivery.deliver(batch(200));
    await logs.until(() => events().includes('record 200'));
    assert.deepEqual(events(), ['record 200']);
    await delivery.close();
  });

  it('delivers what waits of a flow log that has ended, and leaves nothing of it', async () => {
    const delivery = open();
    delivery.begin('fl-01');
    await delivery.deliver(batch(100));
    delivery.end('fl-01');
    await logs.until(() => events().length === 1);
    for (let left = ['']; left.length > 0; ) left = await readdir(join(directory, 'spool'));
    await delivery.close();
  });

  it('writes files for a bucket, with the names of the fields first', async () => {
    const delivery = open();
    const destination = {
      ...{
        type: 's3' as const,
        bucket: 'my-logs',
        folder: 'flows',
        hivePartitions: false,
        hourlyPartitions: true,
      },
    } as const;
    const at = Date.UTC(2026, 0, 2, 3, 4);
    assert.equal(await delivery.deliver(batch(at, { destination })), true);
    await delivery.deliver(batch(at, { destination }));
    const folder = join(
      directory,
      'buckets/my-logs/flows/AWSLogs/123456789012/vpcflowlogs/us-east-1/2026/01/02/03',
    );
    const files = await readdir(folder);
    assert.equal(files.length, 1, 'the same records make the same file');
    assert.match(
      files[0] ?? '',
      /^123456789012_vpcflowlogs_us-east-1_fl-01_20260102T0304Z_[0-9a-f]{8}\.log\.gz$/,
    );
    const text = gunzipSync(readFileSync(join(folder, files[0] ?? ''))).toString();
    assert.equal(text, `version srcaddr\nrecord ${at}\n`);
    await assert.rejects(delivery.deliver(batch(at, { destination: { ...destination, bucket: '..' } })));
    await delivery.close();
  });

  it('puts as many records into one call as the service takes, by time', () => {
    const record = (timestamp: number, message = 'x') => ({ timestamp, message });
    const many = Array.from({ length: 10_001 }, (_, index) => record(10_001 - index));
    assert.deepEqual(
      portions(many).map((each) => [each.length, each[0]?.timestamp]),
      [
        [10_000, 1],
        [1, 10_001],
      ],
    );
    const long = Array.from({ length: 3 }, (_, index) => record(index, 'x'.repeat(500_000)));
    assert.deepEqual(
      portions(long).map((each) => each.length),
      [2, 1],
    );
  });
});
