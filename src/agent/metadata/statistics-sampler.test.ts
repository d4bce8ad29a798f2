import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { aContainer, anAssignment } from '../../../test/support/agent/assignments.ts';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import { AppError } from '../../domain/errors.ts';
import type { ContainerFigures } from '../../domain/metadata/statistics.ts';
import type { TaskMinute } from '../../domain/telemetry/task-minute.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { type ContainerFacts, newFacts } from '../runner/facts.ts';
import { type MeteredTask, MinuteMeters } from '../telemetry/minute-meters.ts';
import { StatisticsSampler } from './statistics-sampler.ts';

const START = Date.UTC(2026, 0, 1);
const TASK = 'a'.repeat(32);
const ID = `${TASK}-0000000001`;

describe('The minutes of a machine’s tasks', () => {
  let clock: ManualClock;
  let life: AbortController;
  let sampler: StatisticsSampler;
  let tasks: MeteredTask[];
  let minutes: TaskMinute[];
  /** Of the cgroup that is there; undefined when none is. */
  let cpuMs: number | undefined;
  let container: Partial<ContainerFacts>;

  const metered = (taskId: string, over: Partial<MeteredTask> = {}): MeteredTask => {
    const assignment = anAssignment([aContainer('web', { restartPolicy: { enabled: true } })], { taskId });
    const facts = newFacts(assignment, { hex: () => '1'.padStart(16, '0'), uuid: () => 'u' });
    return {
      assignment,
      facts: () => ({ ...facts, containers: facts.containers.map((one) => ({ ...one, ...container })) }),
      isNew: true,
      ...over,
    };
  };
  const start = (): void => {
    sampler = new StatisticsSampler({
      cgroups: {
        figures: async (taskId) => {
          if (taskId !== TASK) throw new Error('the kernel is out of order');
          if (cpuMs === undefined) throw new AppError('not-found', 'no such cgroup');
          return figuresOf(cpuMs);
        },
      },
      network: {
        counters: async () => ({
          ...{ rxBytes: clock.now() - START, rxPackets: 0, rxErrors: 0, rxDropped: 0 },
          ...{ txBytes: 0, txPackets: 0, txErrors: 0, txDropped: 0 },
        }),
      },
      disks: {
        usage: async () => ({ reservedBytes: 20, usedBytes: 3, readBytes: 0, writtenBytes: 60_000 }),
      },
      ...{ systemCpu: async () => 1000, clock, logger: silentLogger },
      tasks: () => tasks,
      onMinute: (told) => minutes.push(...told),
    });
    void sampler.run(life.signal);
  };
  /** Second by second, each of which is worked off before the next. */
  const advance = async (seconds: number, work?: () => void): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      work?.();
      clock.advance(1000);
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    }
  };
  const running = (over: Partial<ContainerFacts> = {}): void => {
    container = { phase: 'running', pulled: true, startedAt: clock.now(), ...over };
  };
  const cpuUtilized = (): number[] =>
    minutes.map(({ containers }) => Math.round(containers[0]?.cpuUtilized ?? Number.NaN));

  beforeEach(() => {
    clock = new ManualClock(START);
    life = new AbortController();
    minutes = [];
    tasks = [metered(TASK)];
    cpuMs = 0;
    container = {};
    start();
  });
  afterEach(() => life.abort());

  it('are told at each whole minute, exactly', async () => {
    running();
    await advance(180, () => (cpuMs = (cpuMs ?? 0) + 250));
    assert.deepEqual(
      minutes.map(({ at }) => at),
      [1, 2, 3].map((minute) => START + minute * 60_000),
    );
    assert.deepEqual(cpuUtilized(), [256, 256, 256]);
    assert.equal(Math.round(minutes[1]?.network?.rxBytesPerSecond ?? 0), 1000);
    assert.deepEqual(minutes[1]?.ephemeralStorage, { reserved: 20, utilized: 3 });
    assert.deepEqual(
      minutes.map(({ storage }) => storage?.writeBytesPerSecond),
      [1000, 0, 0],
    );
  });

  it('are not told of a task of which nothing runs yet', async () => {
    await advance(60);
    assert.deepEqual(minutes, []);
    running();
    await advance(60, () => (cpuMs = 30_000));
    assert.deepEqual(cpuUtilized(), [512]);
  });

  it('have all of a container that ended before anybody looked', async () => {
    await advance(10);
    running();
    cpuMs = 600;
    await sampler.runEnds(tasks[0] ?? assert.fail(), ID);
    container = { ...container, phase: 'stopped', exitCode: 0 };
    tasks = [];
    cpuMs = undefined;
    await advance(110);
    assert.deepEqual(cpuUtilized(), [10]);
    assert.equal(minutes[0]?.containers[0]?.status, 'STOPPED');
  });

  it('go on over a restart, whose cgroup begins anew', async () => {
    running();
    await advance(30, () => (cpuMs = (cpuMs ?? 0) + 500));
    await sampler.runEnds(tasks[0] ?? assert.fail(), ID);
    cpuMs = 500;
    // Read before it is known that this is another run.
    await sampler.runEnds(tasks[0] ?? assert.fail(), ID);
    container = { ...container, restartCount: 1 };
    await advance(30, () => (cpuMs = (cpuMs ?? 0) + 500));
    assert.deepEqual(cpuUtilized(), [Math.round((30_500 / 60_000) * 1024)]);
    assert.equal(minutes[0]?.containers[0]?.restartCount, 1);
  });

  it('begin where an agent found a task that an earlier one launched', async () => {
    tasks = [metered(TASK, { isNew: false })];
    running({ startedAt: START - 3_600_000 });
    cpuMs = 1_000_000;
    await advance(60, () => (cpuMs = (cpuMs ?? 0) + 500));
    const [told] = cpuUtilized();
    assert.ok(Math.abs((told ?? 0) - 512) <= 10, `${told}`);
  });

  it('leave out only the task that cannot be read', async () => {
    tasks = [metered('b'.repeat(32)), metered(TASK)];
    running();
    await advance(60);
    assert.deepEqual(
      minutes.map(({ taskId }) => taskId),
      [TASK],
    );
  });

  it('tell a short piece of a minute with the next one', async () => {
    life.abort();
    life = new AbortController();
    minutes = [];
    clock.advance(55_000);
    start();
    running();
    await advance(65, () => (cpuMs = (cpuMs ?? 0) + 500));
    assert.deepEqual([minutes.map(({ at }) => at), cpuUtilized()], [[START + 120_000], [512]]);
  });

  it('end with the next whole minute, also when the clock was set back', () => {
    const meters = new MinuteMeters(START + 1);
    const earlier = START - 3_600_000;
    assert.deepEqual(
      [START + 59_999, earlier, earlier + 59_999, earlier + 60_000].map((now) => meters.isOver(now)),
      [false, false, false, true],
    );
  });

  it('leave the samples of the metadata endpoint ten seconds apart', async () => {
    await advance(3);
    running();
    const reads = new Set<number>();
    await advance(100, () => {
      const read = sampler.samples(ID)?.last.at;
      if (read !== undefined) reads.add(read - START);
    });
    const times = [...reads];
    assert.ok(times.length > 7);
    for (const [index, time] of times.slice(1).entries()) assert.equal(time - (times[index] ?? 0), 10_000);
  });
});

function figuresOf(cpuMs: number): ContainerFigures {
  const rest = { kernel: 0, user: 0, perCpu: [], periods: 0, throttledPeriods: 0, throttledTime: 0 };
  return {
    cpu: { total: cpuMs * 1e6, ...rest },
    memory: { usage: 2 ** 20, stats: {} },
    block: { bytes: [], operations: [] },
    processes: 1,
  };
}
