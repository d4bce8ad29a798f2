import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RuntimeEvent } from '../../ports/container-runtime.ts';
import { memoryCgroup } from './kill-count.ts';
import { OomWatch } from './oom-watch.ts';

const exitOf = (id: string, exitCode: number) =>
  ({ type: 'exit', id, exit: { exitCode, exitedAt: 1 } }) as const;

interface Watch {
  readonly oomWatch: OomWatch;
  readonly seen: RuntimeEvent[];
  /** Resolves when all that was heard until now is decided. */
  readonly decided: () => Promise<void>;
}

interface Known {
  /** It runs. */
  alive?: boolean;
  kills?: number;
}

/** No process of any id is there any more, unless `known` says otherwise. */
function watch(known: Record<string, Known> = {}): Watch {
  const seen: RuntimeEvent[] = [];
  let fence: () => void = () => undefined;
  const push = (event: RuntimeEvent): void => {
    if (event.type === 'oom' && event.id === 'fence') fence();
    else seen.push(event);
  };
  const sources = {
    pidOf: async (id: string) => (known[id]?.alive === true ? process.pid : undefined),
    killsIn: async (id: string) => known[id]?.kills,
  };
  const oomWatch = new OomWatch(sources, push, 1);
  const decided = (): Promise<void> =>
    new Promise((resolve) => {
      fence = resolve;
      oomWatch.oom('fence');
    });
  return { oomWatch, seen, decided };
}

describe('OomWatch', () => {
  it('tells of a shortage before the end that it caused', async () => {
    const { oomWatch, seen, decided } = watch();
    oomWatch.oom('a');
    oomWatch.oom('a');
    oomWatch.exit(exitOf('a', 137));
    await decided();
    assert.deepEqual(seen, [{ type: 'oom', id: 'a' }, exitOf('a', 137)]);
  });

  it('tells nothing of it when the process ended otherwise', async () => {
    const { oomWatch, seen, decided } = watch();
    oomWatch.oom('a');
    oomWatch.exit(exitOf('a', 0));
    await decided();
    assert.deepEqual(seen, [exitOf('a', 0)]);
  });

  it('knows the reason of an end by the count, when the end comes before the news', async () => {
    const { oomWatch, seen, decided } = watch({ a: { kills: 1 } });
    oomWatch.exit(exitOf('a', 137));
    await new Promise(setImmediate);
    oomWatch.oom('a');
    await decided();
    assert.deepEqual(seen, [{ type: 'oom', id: 'a' }, exitOf('a', 137)]);
  });

  it("does not take another container's shortage for the reason of a kill", async () => {
    const { oomWatch, seen, decided } = watch({ a: { kills: 0 } });
    oomWatch.oom('a');
    oomWatch.exit(exitOf('a', 137));
    await decided();
    assert.deepEqual(seen, [exitOf('a', 137)]);
  });

  it('tells of a shortage whose end was told before, where nothing is counted any more', async () => {
    const { oomWatch, seen, decided } = watch();
    oomWatch.exit(exitOf('a', 137));
    await decided();
    oomWatch.oom('a');
    await decided();
    assert.deepEqual(seen, [exitOf('a', 137), { type: 'oom', id: 'a' }]);
  });

  it('takes no news of an ended run for that of the next', async () => {
    const known: Record<string, Known> = {};
    const { oomWatch, seen, decided } = watch(known);
    oomWatch.exit(exitOf('a', 137));
    await decided();
    oomWatch.oom('a');
    await Promise.resolve();
    known['a'] = { alive: true };
    await decided();
    oomWatch.exit(exitOf('a', 137));
    await decided();
    assert.deepEqual(seen, [exitOf('a', 137), exitOf('a', 137)]);
  });

  it('passes exits on that have nothing to do with memory', async () => {
    const { oomWatch, seen, decided } = watch();
    oomWatch.exit(exitOf('a', 1));
    oomWatch.exit(exitOf('b', 137));
    await decided();
    assert.deepEqual(seen, [exitOf('a', 1), exitOf('b', 137)]);
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
