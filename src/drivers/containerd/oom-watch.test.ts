import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RuntimeEvent } from '../../ports/container-runtime.ts';
import { memoryCgroup, OomWatch } from './oom-watch.ts';

const exitOf = (id: string, exitCode: number) =>
  ({ type: 'exit', id, exit: { exitCode, exitedAt: 1 } }) as const;

interface Watch {
  readonly oomWatch: OomWatch;
  readonly seen: RuntimeEvent[];
  /** Resolves when all news until now is decided. */
  readonly decided: () => Promise<void>;
}

/** No process of any id is there any more, unless `pidOf` says otherwise. */
function watch(pidOf: (id: string) => number | undefined = () => undefined): Watch {
  const seen: RuntimeEvent[] = [];
  let fence: () => void = () => undefined;
  const push = (event: RuntimeEvent): void => {
    if (event.type === 'oom' && event.id === 'fence') fence();
    else seen.push(event);
  };
  const oomWatch = new OomWatch((id) => Promise.resolve(pidOf(id)), push, 0);
  const decided = (): Promise<void> =>
    new Promise((resolve) => {
      fence = resolve;
      oomWatch.oom('fence');
    });
  return { oomWatch, seen, decided };
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

  it('tells of a shortage whose end was told before', async () => {
    const { oomWatch, seen, decided } = watch();
    oomWatch.exit(exitOf('a', 137));
    oomWatch.oom('a');
    await decided();
    assert.deepEqual(seen, [exitOf('a', 137), { type: 'oom', id: 'a' }]);
  });

  it('takes no news of an ended run for that of the next', async () => {
    let runs = false;
    const { oomWatch, seen, decided } = watch((id) => (runs && id === 'a' ? process.pid : undefined));
    oomWatch.exit(exitOf('a', 137));
    oomWatch.oom('a');
    await Promise.resolve();
    runs = true;
    await decided();
    oomWatch.exit(exitOf('a', 137));
    assert.deepEqual(seen, [exitOf('a', 137), exitOf('a', 137)]);
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
