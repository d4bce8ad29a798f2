import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hardNofile } from './linux-host-limits.ts';

const limits = (hard: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 ${hard}                files     \n`;

describe('The hard limit of open files', () => {
  it('is the process’s own', () => {
    assert.equal(hardNofile(limits('4096'), 'CapEff:\t0000000000000000\n', 1_048_576), 4_096);
  });
  it('is the kernel’s for those who may raise it', () => {
    assert.equal(hardNofile(limits('4096'), 'CapEff:\t0000000001000000\n', 1_048_576), 1_048_576);
  });
});
