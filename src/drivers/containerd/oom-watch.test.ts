import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RuntimeEvent } from '../../ports/container-runtime.ts';
import { memoryCgroup, OomWatch } from './oom-watch.ts';

const exitOf = (id: string, exitCode: number) =>
  ({ type: 'exit', id, exit: { exitCode, exitedAt: 1 } }) as const;

function watch(): { oomWatch: OomWatch; seen: RuntimeEvent[] } {
  const seen: RuntimeEvent[] = [];
  // No process of that id is there any more.
  const oomWatch = new OomWatch(
    () => Promise.resolve(undefined),
    (event) => seen.push(event),
  );
  return { oomWatch, seen };
}

describe('OomWatch', () => {
  it('tells of a shortage before the end that it caused', () => {
    const { oomWatch, seen } = watch();
    oomWatch.oom('a');
    oomWatch.oom('a');
    oomWatch.exit(exitOf('a', 137));
    assert.deepEqual(seen, [{ type: 'oom', id: 'a' }, exitOf('a', 137)]);
  });

  it('tells nothing of it when the process ended otherwise', () => {
    const { oomWatch, seen } = watch();
    oomWatch.oom('a');
    oomWatch.exit(exitOf('a', 0));
    assert.deepEqual(seen, [exitOf('a', 0)]);
  });

  it('passes exits on that have nothing to do with memory', () => {
    const { oomWatch, seen } = watch();
    oomWatch.exit(exitOf('a', 137));
    assert.deepEqual(seen, [exitOf('a', 137)]);
  });
});

describe('the memory cgroup of a process', () => {
  it('is read from v1 and hybrid tables', () => {
    assert.equal(memoryCgroup('12:pids:/x\n7:memory:/ng/a:b\n0::/unified\n'), '/ng/a:b');
    assert.equal(memoryCgroup('3:cpu,memory:/both\n'), '/both');
  });

  it('is not there under v2', () => {
    assert.equal(memoryCgroup('0::/system.slice/x\n'), undefined);
  });
});
