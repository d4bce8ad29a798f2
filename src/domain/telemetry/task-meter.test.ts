import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { BlockRow, ContainerFigures } from '../metadata/statistics.ts';
import { type ContainerDescription, type MinuteDescription, TaskMeter } from './task-meter.ts';

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const MIB = 2 ** 20;
const NO_TRAFFIC = { rxPackets: 0, rxErrors: 0, rxDropped: 0, txPackets: 0, txErrors: 0, txDropped: 0 };

function used(
  cpuMs: number,
  over: { memory?: ContainerFigures['memory']; bytes?: BlockRow[]; processes?: number } = {},
) {
  const { memory = { usage: 0, stats: {} }, bytes = [], processes = 1 } = over;
  const rest = { kernel: 0, user: 0, perCpu: [], periods: 0, throttledPeriods: 0, throttledTime: 0 };
  return { cpu: { total: cpuMs * 1e6, ...rest }, memory, block: { bytes, operations: [] }, processes };
}

const container = (runtimeId: string): ContainerDescription => ({
  ...{ name: runtimeId, runtimeId, image: 'i', status: 'RUNNING', health: 'UNKNOWN' },
});

const minute = (at: number, ...ids: string[]): MinuteDescription => ({
  ...{ taskId: 't', taskArn: 'arn', at, hasNetwork: true, hasEphemeralStorage: true },
  containers: ids.map(container),
});

describe('A task’s meter', () => {
  const at = START + MINUTE;
  const since = START;
  const cpuOf = (meter: TaskMeter, end: number, ...ids: string[]): number[] =>
    (meter.take(minute(end, ...ids), end)?.containers ?? []).map(({ cpuUtilized }) =>
      Math.round(cpuUtilized),
    );

  it('tells the processor time of a minute in units of 1024 a processor', () => {
    const meter = new TaskMeter(START, true);
    meter.container('a', used(10_000), { at: START + 30_000, since, isNew: true });
    meter.container('a', used(30_000), { at, since, isNew: true });
    assert.deepEqual(cpuOf(meter, at, 'a'), [512]);
    meter.container('a', used(45_000), { at: at + MINUTE, since: at, isNew: false });
    assert.deepEqual(cpuOf(meter, at + MINUTE, 'a'), [256]);
  });

  it('counts all of a container that started and ended within the minute', () => {
    const meter = new TaskMeter(START, true);
    meter.container('a', used(6_000, { processes: 0 }), { at: START + 20_000, since, isNew: true });
    assert.deepEqual(cpuOf(meter, at, 'a'), [102]);
    assert.equal(meter.take(minute(at + MINUTE, 'a'), at + MINUTE), undefined, 'it ran no more');
  });

  it('begins with the first reading of a container that ran before anybody looked', () => {
    const meter = new TaskMeter(START, false);
    meter.container('a', used(900_000), { at: START + 30_000, since, isNew: false });
    meter.container('a', used(930_000), { at, since, isNew: false });
    assert.deepEqual(cpuOf(meter, at, 'a'), [1024], 'over the half minute that was seen');
  });

  it('tells the mean of memory that cannot be taken back, on both versions of cgroups', () => {
    const meter = new TaskMeter(START, true);
    const older = { usage: 30 * MIB, stats: { cache: 10 * MIB, inactive_file: 1 } };
    const newer = { usage: 45 * MIB, stats: { file: 15 * MIB, inactive_file: 5 * MIB } };
    meter.container('a', used(1, { memory: older }), { at: START + 1, since, isNew: true });
    meter.container('a', used(1, { memory: newer }), { at: START + 2, since, isNew: true });
    const ended = { usage: 0, stats: {} };
    meter.container('a', used(1, { memory: ended, processes: 0 }), { at, since, isNew: true });
    assert.equal(meter.take(minute(at, 'a'), at)?.containers[0]?.memoryUtilized, 30);
  });

  it('tells the bytes of the interface and of the disk a second', () => {
    const meter = new TaskMeter(START, true);
    meter.container('a', used(0), { at, since, isNew: true });
    meter.network({ rxBytes: 6_000_000, txBytes: 60_000, ...NO_TRAFFIC, rxPackets: 7 }, START + 5);
    meter.disk({ readBytes: 120_000, writtenBytes: 60_000, reservedBytes: 20, usedBytes: 3 }, at);
    const { network, storage, ephemeralStorage } = meter.take(minute(at, 'a'), at) ?? assert.fail();
    assert.deepEqual(network, {
      ...{ rxBytesPerSecond: 100_000, txBytesPerSecond: 1_000, ...NO_TRAFFIC, rxPackets: 7 },
    });
    assert.deepEqual(storage, { readBytesPerSecond: 2_000, writeBytesPerSecond: 1_000 });
    assert.deepEqual(ephemeralStorage, { reserved: 20, utilized: 3 });
  });

  it('tells what the platform version has, and nothing of what could not be read', () => {
    const meter = new TaskMeter(START, true);
    meter.container('a', used(0), { at, since, isNew: true });
    meter.network({ rxBytes: 1, txBytes: 1, ...NO_TRAFFIC }, at);
    meter.disk({ readBytes: 0, writtenBytes: 0, reservedBytes: 20, usedBytes: 3 }, at);
    const without = { ...minute(at, 'a'), hasNetwork: false, hasEphemeralStorage: false };
    const told = meter.take(without, at) ?? assert.fail();
    assert.deepEqual(Object.keys(told).sort(), ['at', 'containers', 'storage', 'taskArn', 'taskId']);
  });

  it('gives a container’s part of the disk where the kernel counts it, each byte once', () => {
    const meter = new TaskMeter(START, true);
    const row = (major: number, op: string, value: number): BlockRow => ({ major, minor: 0, op, value });
    // The disk is a loop device, whose file is on another one.
    const bytes = [
      row(7, 'write', 60_000),
      row(8, 'write', 60_000),
      row(7, 'Read', 120_000),
      row(7, 'Sync', 9),
    ];
    meter.container('a', used(0, { bytes }), { at, since, isNew: true });
    meter.container('b', used(0), { at, since, isNew: true });
    meter.disk({ readBytes: 6e6, writtenBytes: 6e6, reservedBytes: 1, usedBytes: 1 }, at);
    const { containers } = meter.take(minute(at, 'a', 'b'), at) ?? assert.fail();
    assert.deepEqual(
      containers.map(({ storage }) => storage),
      [{ readBytesPerSecond: 2_000, writeBytesPerSecond: 1_000 }, undefined],
    );
  });

  it('gives a container that is alone all of the disk, where the kernel counts nothing by cgroup', () => {
    const meter = new TaskMeter(START, true);
    meter.container('a', used(0), { at, since, isNew: true });
    meter.disk({ readBytes: 60_000, writtenBytes: 0, reservedBytes: 1, usedBytes: 1 }, at);
    const told = meter.take(minute(at, 'a'), at)?.containers[0]?.storage;
    assert.deepEqual(told, { readBytesPerSecond: 1_000, writeBytesPerSecond: 0 });
  });

  it('tells each thing that was counted in one minute, whenever it is read', () => {
    const step = fc.record({
      ms: fc.integer({ min: 1, max: 90_000 }),
      cpuMs: fc.nat(100_000),
      bytes: fc.nat(1e9),
      ends: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const meter = new TaskMeter(START, true);
        const told = { cpuMs: 0, bytes: 0 };
        const real = { cpuMs: 0, bytes: 0 };
        let [now, from] = [START, START];
        const end = (): void => {
          const { containers, network } = meter.take(minute(now, 'a'), now) ?? {};
          told.cpuMs += ((containers?.[0]?.cpuUtilized ?? 0) / 1024) * (now - from);
          told.bytes += ((network?.rxBytesPerSecond ?? 0) / 1000) * (now - from);
          from = now;
        };
        for (const { ms, cpuMs, bytes, ends } of [...steps, { ms: 1, cpuMs: 0, bytes: 0, ends: true }]) {
          now += ms;
          real.cpuMs += cpuMs;
          real.bytes += bytes;
          meter.container('a', used(real.cpuMs), { at: now, since: from, isNew: true });
          meter.network({ rxBytes: real.bytes, txBytes: 0, ...NO_TRAFFIC }, now);
          if (ends) end();
        }
        assert.ok(Math.abs(told.cpuMs - real.cpuMs) < 1e-3, `${told.cpuMs} of ${real.cpuMs} ms`);
        assert.ok(Math.abs(told.bytes - real.bytes) < 1e-1, `${told.bytes} of ${real.bytes} bytes`);
      }),
    );
  });
});
