import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Ulimit } from '../ecs/task-definition.ts';
import { rlimits } from './rlimits.ts';
import type { Rlimit } from './types.ts';

const NOFILE = { softLimit: 1_024, hardLimit: 4_096 };
const INFINITY = 18_446_744_073_709_551_615n;

function limits(
  ulimits: Ulimit[],
  allowed: Record<string, number> = {},
): { found: Record<string, Omit<Rlimit, 'type'>>; notes: string[] } {
  const notes: string[] = [];
  const found = rlimits(ulimits, NOFILE, allowed, notes).map(({ type, ...limit }) => [type, limit]);
  return { found: Object.fromEntries(found) as Record<string, Omit<Rlimit, 'type'>>, notes };
}

describe('The resource limits', () => {
  it('are those of open files where the definition names none', () => {
    assert.deepEqual(limits([]).found, { RLIMIT_NOFILE: { soft: 1_024, hard: 4_096 } });
  });

  it('are the definition’s, by their OCI names', () => {
    const { found } = limits([
      { name: 'nofile', softLimit: 10, hardLimit: 20 },
      { name: 'core', softLimit: 0, hardLimit: 0 },
    ]);
    assert.deepEqual(found, {
      RLIMIT_NOFILE: { soft: 10, hard: 20 },
      RLIMIT_CORE: { soft: 0, hard: 0 },
    });
  });

  it('are infinite for -1', () => {
    const { found } = limits([{ name: 'memlock', softLimit: -1, hardLimit: -1 }]);
    assert.deepEqual(found['RLIMIT_MEMLOCK'], { soft: INFINITY, hard: INFINITY });
    const half = limits([{ name: 'stack', softLimit: 8_192, hardLimit: -1 }]).found;
    assert.deepEqual(half['RLIMIT_STACK'], { soft: 8_192, hard: INFINITY });
  });

  it('never exceed what the host allows, with a note for each that would', () => {
    const { found, notes } = limits(
      [
        { name: 'nproc', softLimit: 100, hardLimit: 1_000 },
        { name: 'memlock', softLimit: -1, hardLimit: -1 },
        { name: 'cpu', softLimit: 5, hardLimit: 6 },
      ],
      { RLIMIT_NPROC: 500, RLIMIT_MEMLOCK: 8_192, RLIMIT_CPU: 6, RLIMIT_NOFILE: 2_048 },
    );
    assert.deepEqual(found, {
      RLIMIT_NOFILE: { soft: 1_024, hard: 2_048 },
      RLIMIT_NPROC: { soft: 100, hard: 500 },
      RLIMIT_MEMLOCK: { soft: 8_192, hard: 8_192 },
      RLIMIT_CPU: { soft: 5, hard: 6 },
    });
    assert.deepEqual(notes, [
      'nofile clamped from 4096 to 2048, which is all that this machine allows',
      'nproc clamped from 1000 to 500, which is all that this machine allows',
      'memlock clamped from unlimited to 8192, which is all that this machine allows',
    ]);
  });
});
