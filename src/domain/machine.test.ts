import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Candidate, chooseMachine } from './machine.ts';

const demand = { cpuArchitecture: 'X86_64', cpuUnits: 1024, memoryMiB: 2048 };
const exact = { cpu: 1, memory: 1 };

function aMachine(machineId: string, over: Partial<Candidate['machine']> = {}, promisedMiB = 0): Candidate {
  return {
    machine: {
      machineId,
      cpuArchitecture: 'X86_64',
      cpuUnits: 2048,
      memoryMiB: 4096,
      availabilityZones: [],
      ...over,
    },
    promised: { cpuUnits: 0, memoryMiB: promisedMiB },
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
      candidates: [aMachine('a', {}, 1024), aMachine('b')],
      expected: 'b',
    },
    {
      name: 'finds none where the memory is promised',
      candidates: [aMachine('a', {}, 3000)],
      expected: undefined,
    },
    {
      name: 'promises more than there is when told to',
      candidates: [aMachine('a', {}, 3000)],
      overcommit: { cpu: 1, memory: 2 },
      expected: 'a',
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
