import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Candidate, chooseMachine, judgeDisk } from './machine.ts';

const demand = { cpuArchitecture: 'X86_64', cpuUnits: 1024, memoryMiB: 2048, ephemeralStorageGiB: 20 };
const exact = { cpu: 1, memory: 1, disk: 1 };

function aMachine(
  machineId: string,
  over: Partial<Candidate['machine']> = {},
  promised: Partial<Candidate['promised']> = {},
): Candidate {
  return {
    machine: {
      machineId,
      cpuArchitecture: 'X86_64',
      cpuUnits: 2048,
      memoryMiB: 4096,
      diskMiB: 50 * 1024,
      availabilityZones: [],
      ...over,
    },
    promised: { cpuUnits: 0, memoryMiB: 0, ephemeralStorageGiB: 0, ...promised },
  };
}

describe('chooseMachine', () => {
  const cases: {
    name: string;
    candidates: Candidate[];
    overcommit?: typeof exact;
    expected: string | undefined;
  }[] = [
    {
      name: 'takes the one with the most memory left',
      candidates: [aMachine('a', {}, { memoryMiB: 1024 }), aMachine('b')],
      expected: 'b',
    },
    {
      name: 'finds none where the memory is promised',
      candidates: [aMachine('a', {}, { memoryMiB: 3000 })],
      expected: undefined,
    },
    {
      name: 'promises more than there is when told to',
      candidates: [aMachine('a', {}, { memoryMiB: 3000 })],
      overcommit: { cpu: 1, memory: 2, disk: 1 },
      expected: 'a',
    },
    {
      name: 'finds none where the disk is promised, however little of it is taken',
      candidates: [aMachine('a', {}, { ephemeralStorageGiB: 31 })],
      expected: undefined,
    },
    {
      name: 'takes the last of a disk',
      candidates: [aMachine('a', {}, { ephemeralStorageGiB: 30 })],
      expected: 'a',
    },
    {
      name: 'promises more disk than there is when told to',
      candidates: [aMachine('a', {}, { ephemeralStorageGiB: 80 })],
      overcommit: { cpu: 1, memory: 1, disk: 2 },
      expected: 'a',
    },
    {
      name: 'finds none where the disk is short, whatever may be promised',
      candidates: [aMachine('a', { diskMiB: 0 })],
      overcommit: { cpu: 1, memory: 1, disk: 100 },
      expected: undefined,
    },
    {
      name: 'keeps to the zone',
      candidates: [aMachine('a', { availabilityZones: ['eu-west-1b'] })],
      expected: undefined,
    },
    {
      name: 'keeps to the architecture',
      candidates: [aMachine('a', { cpuArchitecture: 'ARM64' })],
      expected: undefined,
    },
  ];
  for (const { name, candidates, overcommit, expected } of cases) {
    it(name, () => {
      const chosen = chooseMachine(demand, 'eu-west-1a', candidates, overcommit ?? exact);
      assert.equal(chosen?.machineId, expected);
    });
  }
});

describe('judgeDisk', () => {
  const GIB = 2 ** 30;
  const space = (free: number, taken = 0) => ({
    totalBytes: 100 * GIB,
    freeBytes: free * GIB,
    takenBytes: taken * GIB,
  });
  const cases = [
    { name: 'offers what is free beyond the reserve', space: space(60), share: 0.05, is: ['ample', 55] },
    { name: 'offers what tasks have taken, too', space: space(60, 7), share: 0.05, is: ['ample', 62] },
    { name: 'warns while twice the reserve is free', space: space(9), share: 0.05, is: ['low', 4] },
    { name: 'offers nothing below the reserve', space: space(4, 50), share: 0.05, is: ['short', 0] },
    { name: 'keeps nothing free when told so', space: space(0, 50), share: 0, is: ['ample', 50] },
  ];
  for (const { name, space: given, share, is } of cases) {
    it(name, () => {
      const { state, diskMiB } = judgeDisk(given, share);
      assert.deepEqual([state, diskMiB / 1024], is);
    });
  }
});
