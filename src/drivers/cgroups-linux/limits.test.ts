import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { processesOfTask } from './limits.ts';

describe('The processes of a task', () => {
  for (const [all, most] of [
    [32_768, 4096],
    [192_729, 24_091],
    [4_194_304, 32_768],
  ] as const) {
    it(`are at most ${most} where the kernel has ${all}`, () => {
      assert.equal(processesOfTask(all), most);
    });
  }
});
