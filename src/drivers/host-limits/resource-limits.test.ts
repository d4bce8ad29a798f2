import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { hardLimits } from './resource-limits.ts';

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max stack size            8388608              unlimited            bytes     
Max core file size        0                    unlimited            bytes     
Max processes             96365                96366                processes 
Max open files            1024                 4096                 files     
Max locked memory         8388608              8388608              bytes     
Max nice priority         0                    0                    
Max realtime timeout      unlimited            unlimited            us        
`;
const WITHOUT = 'CapEff:\t000001fffeffffff\n';
const WITH = 'CapEff:\t000001ffffffffff\n';

describe('The hard limits of a machine', () => {
  it('are the process’s own, where they are limits', () => {
    assert.deepEqual(hardLimits(LIMITS, WITHOUT, 1_048_576), {
      RLIMIT_NPROC: 96_366,
      RLIMIT_NOFILE: 4_096,
      RLIMIT_MEMLOCK: 8_388_608,
      RLIMIT_NICE: 0,
    });
  });

  it('are the kernel’s for those who may raise them', () => {
    assert.deepEqual(hardLimits(LIMITS, WITH, 1_048_576), { RLIMIT_NOFILE: 1_048_576 });
  });

  it('have the kernel’s most of open files where the process has no limit', () => {
    const limits = LIMITS.replace('4096 ', 'unlimited ');
    assert.equal(hardLimits(limits, WITHOUT, 1_048_576)['RLIMIT_NOFILE'], 1_048_576);
  });

  it('are found for every line that this kernel shows with a number', () => {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const numbers = limits.split('\n').filter((line) => /^Max .*?\s{2,}\S+\s+\d+/.test(line));
    const found = Object.keys(hardLimits(limits, WITHOUT, 1_048_576));
    assert.ok(
      numbers.length > 0 && found.length >= numbers.length,
      `${found.join(' ')} of ${numbers.length}`,
    );
  });
});
