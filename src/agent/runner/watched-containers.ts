/** Which containers' health is to be checked now: those that run and have a check, until the task is to stop. */
import type { WatchedContainer } from '../health/health-monitor.ts';
import type { TaskFacts } from './facts.ts';
import { healthOutputPath } from './task-files.ts';
import type { TaskShape } from './task-shape.ts';

export function watchedContainers(facts: TaskFacts, shape: TaskShape): WatchedContainer[] {
  const { diskPath, stop } = facts;
  if (diskPath === undefined || stop !== undefined) return [];
  return facts.containers.flatMap(({ name, runtimeId, phase, startedAt, health }) => {
    const check = shape.container(name).healthCheck;
    if (check === undefined || phase !== 'running' || startedAt === undefined) return [];
    const outputPath = healthOutputPath(diskPath, runtimeId);
    return [{ name, runtimeId, check, outputPath, startedAt, status: health?.status ?? 'UNKNOWN' }];
  });
}
