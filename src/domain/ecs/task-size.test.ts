import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FARGATE_SIZES, isFargateSize, isLargeSize, parseCpu, parseMemory } from './task-size.ts';

describe('task sizes', () => {
  for (const [text, units] of [
    ['256', 256],
    ['.25 vCPU', 256],
    ['.5vCPU', 512],
    ['1 vcpu', 1024],
    ['1vCPU', 1024],
    ['0.25 VCPU', 256],
    ['16 vCPU', 16_384],
    [' 512 ', 512],
    ['.25', undefined],
    ['1 cpu', undefined],
    ['-256', undefined],
    ['0', undefined],
    ['', undefined],
    ['.0001 vCPU', undefined],
    ['1e3', undefined],
  ] as const) {
    it(`reads cpu '${text}' as ${units}`, () => assert.equal(parseCpu(text), units));
  }

  for (const [text, mib] of [
    ['512', 512],
    ['2GB', 2048],
    ['1 GB', 1024],
    ['0.5 GB', 512],
    ['.5gb', 512],
    ['30GB', 30_720],
    ['1.5', undefined],
    ['512MB', undefined],
    ['GB', undefined],
  ] as const) {
    it(`reads memory '${text}' as ${mib}`, () => assert.equal(parseMemory(text), mib));
  }

  it('has as many combinations as AWS lists', () => {
    assert.deepEqual(
      FARGATE_SIZES.map(({ cpuUnits, memoryMiB }) => [cpuUnits, memoryMiB.length]),
      [
        [256, 3],
        [512, 4],
        [1024, 7],
        [2048, 13],
        [4096, 23],
        [8192, 12],
        [16_384, 12],
        [32_768, 3],
      ],
    );
  });

  for (const [cpuUnits, memoryMiB, fits] of [
    [256, 512, true],
    [256, 3072, false],
    [512, 512, false],
    [4096, 30_720, true],
    [4096, 32_768, false],
    [8192, 17_408, false],
    [8192, 20_480, true],
    [16_384, 122_880, true],
    [32_768, 249_856, true],
    [300, 512, false],
  ] as const) {
    it(`${fits ? 'takes' : 'refuses'} ${cpuUnits} with ${memoryMiB}`, () => {
      assert.equal(isFargateSize({ cpuUnits, memoryMiB }), fits);
    });
  }

  it('calls eight vCPU and more large', () => {
    assert.ok(!isLargeSize({ cpuUnits: 4096, memoryMiB: 8192 }));
    assert.ok(isLargeSize({ cpuUnits: 8192, memoryMiB: 16_384 }));
  });
});
