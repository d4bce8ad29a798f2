/** Where the time of launches went: the steps that the agent logs when a task is RUNNING, over all tasks. */
import type { StepTiming } from '../../src/agent/runner/timings.ts';
import { type Figures, figuresOf } from '../figures.ts';
import type { LaunchTimes } from './neargate-side.ts';

export interface StepFigures {
  readonly step: string;
  /** Milliseconds after the call of RunTask. */
  readonly begin: Figures;
  readonly length: Figures;
}

interface LogLine {
  readonly time?: string;
  readonly taskId?: string;
  readonly status?: string;
  readonly timings?: readonly StepTiming[];
}

/** The steps in the order in which they begin. Tasks without times are left out. */
export function stepFigures(agentLog: string, times: ReadonlyMap<string, LaunchTimes>): StepFigures[] {
  const begins = new Map<string, number[]>();
  const lengths = new Map<string, number[]>();
  const add = (step: string, beginMs: number, lengthMs: number): void => {
    begins.set(step, [...(begins.get(step) ?? []), beginMs]);
    lengths.set(step, [...(lengths.get(step) ?? []), lengthMs]);
  };
  for (const line of runningLines(agentLog)) {
    const own = times.get(line.taskId ?? '');
    if (own === undefined) continue;
    const { called, answered, seen } = own;
    const timings = line.timings ?? [];
    add('RunTask answers', 0, answered - called);
    const first = Math.min(...timings.map(({ startedAt }) => startedAt));
    if (timings.length > 0) add('the agent has it', 0, first - called);
    for (const { step, startedAt, durationMs } of timings) {
      add(step.replace(/:.*/, ''), startedAt - called, durationMs);
    }
    const running = Date.parse(line.time ?? '');
    add('RUNNING is told and seen', running - called, seen - running);
  }
  return [...begins]
    .map(([step, values]) => ({ step, begin: figuresOf(values), length: figuresOf(lengths.get(step) ?? []) }))
    .toSorted((a, b) => a.begin.p50 - b.begin.p50);
}

function runningLines(agentLog: string): LogLine[] {
  return agentLog.split('\n').flatMap((text) => {
    if (!text.includes('"timings"')) return [];
    try {
      const line = JSON.parse(text) as LogLine;
      return line.status === 'RUNNING' ? [line] : [];
    } catch {
      return [];
    }
  });
}
