/**
 * One task on a fake machine, played to its end as fast as it goes: time jumps to the next thing that anybody waits
 * for as soon as nothing else happens.
 */
import type { DesiredTask, TaskReport } from '../../../src/domain/task/assignment.ts';
import { AgentUnderTest } from './agent-under-test.ts';
import { stopped } from './assignments.ts';
import type { FakeMachine } from './fake-machine.ts';

export interface Played {
  readonly reports: readonly TaskReport[];
  /** What was done and what happened, in order. */
  readonly acts: readonly string[];
  readonly leftovers: readonly string[];
  /** When each act and each report was, where time is the test's own. */
  readonly times?: { readonly acts: readonly number[]; readonly reports: readonly number[] };
}

/** Turns of the event loop without anything under way, after which nothing more happens by itself. */
const QUIET_TURNS = 3;
const MOST_JUMPS = 5_000;

/** Runs the task; the user asks for its end after `stopAfterMs`. Rejects when it never ends. */
export async function playTask(
  machine: FakeMachine,
  task: DesiredTask,
  stopAfterMs: number,
): Promise<Played> {
  const under = new AgentUnderTest(machine);
  const { agent, clock, session } = under;
  await agent.start(new AbortController().signal);
  await agent.upsert(task);
  const stopAt = clock.now() + stopAfterMs;
  let isStopping = false;
  for (let jump = 0; under.reports.at(-1)?.status !== 'STOPPED'; jump += 1) {
    if (jump > MOST_JUMPS) throw new Error(`it never ends: ${JSON.stringify(under.reports.at(-1))}`);
    await quiet(() => session.busy);
    if (!isStopping && clock.now() >= stopAt) {
      isStopping = true;
      machine.note('stop');
      void agent.upsert(stopped(task));
      continue;
    }
    const untilStop = isStopping ? Number.POSITIVE_INFINITY : stopAt - clock.now();
    clock.advance(Math.min(clock.untilNext ?? 1, untilStop));
  }
  await quiet(() => session.busy);
  await agent.close();
  return {
    reports: under.reports,
    acts: machine.acts,
    leftovers: await machine.leftovers(),
    times: { acts: machine.times, reports: under.reportedAt },
  };
}

async function quiet(busy: () => number): Promise<void> {
  for (let turns = 0; turns < QUIET_TURNS; turns += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (busy() > 0) turns = 0;
  }
}
