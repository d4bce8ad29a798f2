/** The laws of a task's life, looked for in what a machine saw of it and in what its agent reported. */
import type { ContainerReport } from '../../../src/domain/task/assignment.ts';
import { dependenciesOf } from '../../../src/domain/task/dependencies.ts';
import { isForward } from '../../../src/domain/task/lifecycle.ts';
import { type Act, type Definition, wasMet } from './acts.ts';
import type { Played } from './task-play.ts';
import { brokenTimes } from './timing-laws.ts';

/** Each broken law in words; none where all is well. */
export function brokenLaws(definitions: readonly Definition[], played: Played): string[] {
  const acts = played.acts.map((act, index): Act => {
    const [verb = '', name = '', value = ''] = act.split(' ');
    return { verb, name, value, at: played.times?.acts[index] };
  });
  return [
    ...brokenOrder(definitions, acts),
    ...brokenShutdown(definitions, acts),
    ...brokenMonotony(played),
    ...brokenStops(played),
    ...brokenEssential(definitions, acts, played),
    ...brokenEnd(definitions, acts, played),
    ...(played.times === undefined ? [] : brokenTimes(definitions, acts, played)),
  ];
}

/** Nobody starts before what it waits for, or twice. */
function brokenOrder(definitions: readonly Definition[], acts: readonly Act[]): string[] {
  return acts.flatMap((act, at) => {
    if (act.verb !== 'start') return [];
    const before = acts.slice(0, at);
    const definition = definitions.find(({ name }) => name === act.name);
    if (definition === undefined) return [];
    const unmet = dependenciesOf(definition, definitions).filter(
      ({ on, condition }) => !wasMet(on, condition, before),
    );
    const twice = before.some(({ verb, name }) => verb === 'start' && name === act.name);
    return [
      ...unmet.map(({ on, condition }) => `${act.name} started before ${on} was ${condition}`),
      ...(twice ? [`${act.name} was started twice`] : []),
    ];
  });
}

/** A container is told to stop only when all that depend on it have ended. */
function brokenShutdown(definitions: readonly Definition[], acts: readonly Act[]): string[] {
  return acts.flatMap((act, at) => {
    if (act.verb !== 'signal') return [];
    const dependents = definitions.filter((definition) =>
      dependenciesOf(definition, definitions).some(({ on }) => on === act.name),
    );
    return dependents
      .filter(({ name }) => isRunning(name, acts.slice(0, at)))
      .map(({ name }) => `${act.name} was told to stop before ${name} had ended`);
  });
}

function isRunning(name: string, acts: readonly Act[]): boolean {
  const of = (verbs: readonly string[]): number =>
    acts.filter((act) => act.name === name && verbs.includes(act.verb)).length;
  return of(['start', 'restart']) > of(['exit']);
}

/** Statuses never go back, nor do reasons change. */
function brokenMonotony({ reports }: Played): string[] {
  return reports.flatMap((report, at) => {
    const before = reports[at - 1];
    if (before === undefined) return [];
    const back = isForward(report.status, before.status) ? [`the task went back to ${report.status}`] : [];
    const containers = report.containers.flatMap((container, index) => {
      const earlier = before.containers[index];
      if (earlier === undefined || !isForward(container.status, earlier.status)) return [];
      return [`${container.name} went back to ${container.status}`];
    });
    const reason =
      before.stop !== undefined && JSON.stringify(before.stop) !== JSON.stringify(report.stop)
        ? ['the reason changed']
        : [];
    return [...back, ...containers, ...reason];
  });
}

/** A task is past STOPPING when none of its containers runs or may run any more. */
function brokenStops({ reports }: Played): string[] {
  return reports.flatMap(({ status, containers }) => {
    if (status !== 'DEPROVISIONING' && status !== 'STOPPED') return [];
    return containers
      .filter((container) => container.status !== 'STOPPED')
      .map((container) => `${container.name} is ${container.status} while the task is ${status}`);
  });
}

/** An essential container's end stops the task; nothing else does but the user and a launch that failed. */
function brokenEssential(
  definitions: readonly Definition[],
  acts: readonly Act[],
  { reports }: Played,
): string[] {
  const stop = reports.at(-1)?.stop;
  const isEssential = (name: string): boolean =>
    definitions.some((definition) => definition.name === name && definition.essential !== false);
  const first = reports.find((report) => report.stop !== undefined);
  const goesOn = reports.find(
    (report) =>
      report.stop === undefined &&
      report.containers.some(({ name, status }) => isEssential(name) && status === 'STOPPED'),
  );
  if (goesOn !== undefined) return ['the task went on without an essential container'];
  const ended = (first?.containers ?? []).filter(({ name, status, startedAt }) => {
    return isEssential(name) && status === 'STOPPED' && startedAt !== undefined;
  });
  if (stop?.stopCode === 'EssentialContainerExited' && ended.length === 0) {
    return ['the task stopped, but no essential container had ended'];
  }
  if (stop?.stopCode === 'UserInitiated' && !acts.some(({ verb }) => verb === 'stop')) {
    return ['the task stopped as if the user had asked'];
  }
  if (stop?.stopCode === 'TaskFailedToStart') {
    const neverRan = (reports.at(-1)?.containers ?? []).some(
      ({ name, startedAt }) => isEssential(name) && startedAt === undefined,
    );
    return neverRan ? [] : ['the task failed to start, but every essential container had started'];
  }
  return [];
}

/** All is STOPPED, with an exit code for what ran, and nothing is left. */
function brokenEnd(
  definitions: readonly Definition[],
  acts: readonly Act[],
  { reports, leftovers }: Played,
): string[] {
  const last = reports.at(-1);
  const containers = last?.containers ?? [];
  return [
    ...(last?.status === 'STOPPED' && last.stop !== undefined ? [] : ['the task did not end']),
    ...(containers.length === definitions.length ? [] : ['a container is missing']),
    ...containers.flatMap((container) => brokenContainerEnd(container, acts)),
    ...leftovers.map((left) => `left behind: ${left}`),
  ];
}

function brokenContainerEnd(
  { name, status, startedAt, exitCode, reason }: ContainerReport,
  acts: readonly Act[],
): string[] {
  const own = acts.filter((act) => act.name === name);
  const runs = own.filter(({ verb }) => verb === 'start' || verb === 'restart').length;
  // A runtime may tell of an end twice: the first one of the last run counts.
  const last = own
    .filter(({ verb }) => verb === 'exit')
    .slice(0, Math.max(runs, 1))
    .at(-1);
  const broken: string[] = [];
  if (status !== 'STOPPED') broken.push(`${name} is ${status} at the end`);
  if (startedAt !== undefined && String(exitCode) !== last?.value) {
    broken.push(`${name} ended with ${last?.value}, and ${exitCode} was reported`);
  }
  const isDependencyFailure = exitCode === 143 && (reason ?? '').includes('dependency graph');
  if (startedAt === undefined && exitCode !== undefined && !isDependencyFailure) {
    broken.push(`${name} never ran, and has the exit code ${exitCode}`);
  }
  return broken;
}
