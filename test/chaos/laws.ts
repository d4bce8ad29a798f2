/** What must hold of tasks that have stopped, whatever befell them. Each broken law in words. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Task } from '@aws-sdk/client-ecs';
import { taskIdOf } from '../support/neargate/arn.ts';
import type { Field } from './field.ts';
import type { FleetTask } from './fleet.ts';
import type { Voice } from './kinds.ts';

/** Of a task that has stopped. */
export async function brokenLaws(task: FleetTask, field: Field): Promise<string[]> {
  const words = [...brokenEnd(task), ...untrueReasons(task, field), ...(await brokenOutput(task, field))];
  const harms = task.harms.size === 0 ? '' : ` [harmed: ${[...task.harms].join(', ')}]`;
  return words.map((text) => `${task.kind.name} ${taskIdOf(task.arn)}${harms}: ${text}`);
}

function brokenEnd({ seen, kind, harms, stopAsked }: FleetTask): string[] {
  const { stopCode, stoppedReason = '', containers = [] } = seen;
  const what = `${stopCode}: ${stoppedReason} ${JSON.stringify(containers.map(({ name, exitCode, reason }) => ({ name, exitCode, reason })))}`;
  if (stopCode === undefined || stoppedReason === '') return [`it ended without a reason (${what})`];
  if (containers.some(({ lastStatus }) => lastStatus !== 'STOPPED')) return ['a container has not stopped'];
  if (stopAsked && stopCode === 'UserInitiated') return [];
  if (mayEndOtherwise(harms)) return [];
  if (kind.end === 'stopped')
    return stopAsked ? [`it was stopped, and ended with ${what}`] : [`it ended by itself with ${what}`];
  if (kind.end.stopCode !== stopCode || !kind.end.reason.test(stoppedReason))
    return [`it ended with ${what}`];
  return Object.entries(kind.exitCodes ?? {}).flatMap(([name, code]) => {
    const { exitCode } = containers.find((container) => container.name === name) ?? {};
    return exitCode === code ? [] : [`${name} ended with ${exitCode}, not ${code}`];
  });
}

/** Also of what was harmed. */
function untrueReasons({ seen, harms, stopAsked }: FleetTask, { home }: Field): string[] {
  const { stopCode, stoppedReason = '', containers = [] } = seen;
  const reasons = [stoppedReason, ...containers.flatMap(({ reason }) => reason ?? [])];
  const nobodyStopped = stopCode === 'UserInitiated' && !stopAsked && !harms.has('down');
  return [
    ...(nobodyStopped ? [`nobody stopped it, and it ended with ${stopCode}: ${stoppedReason}`] : []),
    ...reasons.filter((reason) => reason.includes(home)).map((reason) => `a path of the machine: ${reason}`),
  ];
}

async function brokenOutput(task: FleetTask, field: Field): Promise<string[]> {
  const broken: string[] = [];
  for (const voice of task.kind.voices) {
    const lines = await field.scene.output(task.arn, voice.container);
    broken.push(...brokenVoice(task, voice, lines).map((words) => `${voice.container}: ${words}`));
    if (voice.filesIn !== undefined) broken.push(...(await missingFiles(lines, field, voice.filesIn)));
  }
  return broken;
}

/** One run, each line once and in order; all of them where nothing took the task or its output away. */
function brokenVoice({ seen, harms }: FleetTask, voice: Voice, lines: readonly string[]): string[] {
  const runs = lines.filter((line) => line.startsWith('run '));
  if (runs.length > 1) return [`it ran ${runs.length} times`];
  const numbers = lines.flatMap((line) => /^line (\d+)$/.exec(line)?.[1] ?? []).map(Number);
  // Events are shown in the order of their times.
  if (harms.has('clock')) numbers.sort((a, b) => a - b);
  // What could not be written to a full disk is lost, and what came before it and after it is not.
  const mayMiss = harms.has('disk');
  const wrong = numbers.findIndex((number, at) => {
    const before = numbers[at - 1] ?? 0;
    return mayMiss ? number <= before : number !== before + 1;
  });
  if (wrong >= 0) return [`after line ${numbers[wrong - 1] ?? 0} comes line ${numbers[wrong]}`];
  if (mayEndOtherwise(harms) || harms.has('silence') || !hasRun(seen, voice.container)) return [];
  const broken = runs.length === 1 ? [] : ['its first line is not there'];
  if (voice.says !== undefined && !lines.includes(voice.says)) broken.push(`it did not say ${voice.says}`);
  const { exitCode } = containerOf(seen, voice.container) ?? {};
  if (exitCode === 0 && !lines.includes('end') && !lines.includes('stopped'))
    broken.push('its end is missing');
  if (lines.includes('end') && numbers.length !== voice.lines) {
    broken.push(`${numbers.length} of ${voice.lines} lines are there`);
  }
  return broken;
}

/** A clock that is set is no reason to; nor is it that nobody answers. */
function mayEndOtherwise(harms: ReadonlySet<string>): boolean {
  return [...harms].some((harm) => harm !== 'clock' && harm !== 'silence');
}

/** Of which a line says that they were written. */
async function missingFiles(lines: readonly string[], field: Field, at: string): Promise<string[]> {
  const run = lines.find((line) => line.startsWith('run '))?.slice(4);
  const directory = join(field.scene.neargate.dataDir, 'efs', field.fileSystem.fileSystemId, at);
  const missing: string[] = [];
  for (const line of lines) {
    const number = /^line (\d+)$/.exec(line)?.[1];
    if (number === undefined) continue;
    const size = await stat(join(directory, `${run}-${number}`)).then(
      ({ size: bytes }) => bytes,
      () => 0,
    );
    if (size === 0) missing.push(`file ${number} of run ${run} is lost`);
  }
  return missing;
}

function hasRun(task: Task, container: string): boolean {
  return containerOf(task, container)?.exitCode !== undefined;
}

function containerOf(
  { containers = [] }: Task,
  name: string,
): NonNullable<Task['containers']>[number] | undefined {
  return containers.find((container) => container.name === name);
}
