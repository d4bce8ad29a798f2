import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PullProgress } from '../../domain/task/pull-progress.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { ProgressMeter } from './progress.ts';

describe('the progress of a pull', () => {
  it('tells each layer that is here at once, and bytes now and then', () => {
    const clock = new ManualClock(0);
    const told: PullProgress[] = [];
    const meter = new ProgressMeter(clock, (progress) => told.push(progress));
    meter.expect(3, 3_000);
    meter.layerBytes('a', 500);
    assert.equal(told.length, 1);
    meter.layerDone('a', 1_000);
    meter.layerDone('b', 1_000);
    assert.deepEqual([told.at(-1)?.layersDone, told.at(-1)?.bytesDone], [2, 2_000]);
    for (let bytes = 1; bytes < 100; bytes += 1) meter.layerBytes('c', bytes);
    assert.equal(told.at(-1)?.bytesDone, 2_000);
    clock.advance(200);
    meter.layerBytes('c', 700);
    assert.equal(told.at(-1)?.bytesDone, 2_700);
  });
});
