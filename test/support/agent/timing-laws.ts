/** The laws of a task's life that are about time: how long is waited for a stop, and for a dependency. */
import { dependenciesOf } from '../../../src/domain/task/dependencies.ts';
import { type Act, type Definition, wasMet } from './acts.ts';
import type { Played } from './task-play.ts';

const DEFAULT_STOP_TIMEOUT_S = 30;
const SIGKILL = '9';
/** An end is told when it is on record, which takes up to a tenth of a second. */
const TOLD_WITHIN_MS = 200;
const RUNS: ReadonlySet<string> = new Set(['start', 'restart', 'exit']);
const MAY_TIME_OUT: ReadonlySet<string> = new Set(['COMPLETE', 'SUCCESS', 'HEALTHY']);

/** Each broken law in words. */
export function brokenTimes(
  definitions: readonly Definition[],
  acts: readonly Act[],
  played: Played,
): string[] {
  return [
    ...definitions.flatMap((definition) => brokenStop(definition, acts)),
    ...brokenWaits(definitions, acts, played),
  ];
}

/** Who is told to stop has `stopTimeout` for it, and is then killed, no sooner and no later. */
function brokenStop({ name, stopTimeout }: Definition, acts: readonly Act[]): string[] {
  const told = acts.findIndex((act) => act.verb === 'signal' && act.name === name && act.value !== SIGKILL);
  const toldAt = acts[told]?.at;
  if (toldAt === undefined) return [];
  const until = toldAt + (stopTimeout ?? DEFAULT_STOP_TIMEOUT_S) * 1_000;
  const before = acts.slice(0, told).findLast((act) => act.name === name && RUNS.has(act.verb));
  if (before?.verb === 'exit') {
    // Of an end at the same moment the agent could not know.
    return before.at === toldAt ? [] : [`${name} was told to stop when it did not run`];
  }
  const later = acts.slice(told).filter((act) => act.name === name);
  const exitAt = later.find(({ verb }) => verb === 'exit')?.at ?? Number.POSITIVE_INFINITY;
  const killedAt = later.find(({ verb, value }) => verb === 'signal' && value === SIGKILL)?.at;
  if (killedAt !== undefined && killedAt !== until) {
    return [`${name} was killed ${killedAt - toldAt} ms after it was told to stop`];
  }
  return killedAt === undefined && exitAt > until ? [`${name} was not killed in time`] : [];
}

/** A dependency that is not met `startTimeout` after its container started has failed by then. */
function brokenWaits(
  definitions: readonly Definition[],
  acts: readonly Act[],
  { reports, times }: Played,
): string[] {
  return definitions.flatMap((definition) =>
    dependenciesOf(definition, definitions).flatMap(({ on, condition }) => {
      const timeout = definitions.find(({ name }) => name === on)?.startTimeout;
      const startedAt = acts.find(({ verb, name }) => verb === 'start' && name === on)?.at;
      if (!MAY_TIME_OUT.has(condition) || timeout === undefined || startedAt === undefined) return [];
      const until = startedAt + timeout * 1_000;
      const isIn = ({ at = 0 }: Act): boolean => at <= until;
      if (wasMet(on, condition, acts.filter(isIn))) return [];
      const { name } = definition;
      const started = acts.some((act) => act.verb === 'start' && act.name === name);
      const last = reports.findLast((_, index) => (times?.reports[index] ?? 0) <= until + TOLD_WITHIN_MS);
      const waits = last?.containers.some(
        (container) => container.name === name && container.status === 'PENDING',
      );
      return [
        ...(started ? [`${name} started, though ${on} was not ${condition} in time`] : []),
        ...(waits === true && last?.stop === undefined
          ? [`${name} still waited for ${on} after its time`]
          : []),
      ];
    }),
  );
}
