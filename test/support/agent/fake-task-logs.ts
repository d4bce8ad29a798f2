/** Output files that nobody ships. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerLogs, OutputPaths, TaskLogs } from '../../../src/agent/logs/task-logs.ts';

export class FakeTaskLogs implements TaskLogs {
  readonly #directory: string;
  readonly #failure: (containerName: string) => Error | undefined;

  constructor(directory: string, failure: (containerName: string) => Error | undefined) {
    this.#directory = directory;
    this.#failure = failure;
  }

  outputPaths(taskId: string, containerName: string): OutputPaths {
    const path = join(this.#directory, taskId, containerName);
    return { stdoutPath: `${path}.stdout`, stderrPath: `${path}.stderr` };
  }

  outputLimitBytes(): undefined {
    return undefined;
  }

  async prepare(taskId: string): Promise<void> {
    await mkdir(join(this.#directory, taskId), { recursive: true });
  }

  async open({ assignment, container }: ContainerLogs): Promise<void> {
    const failure = this.#failure(container.definition.name);
    if (failure !== undefined) throw failure;
    await this.prepare(assignment.taskId);
  }

  resume(): void {}

  drain(): Promise<void> {
    return Promise.resolve();
  }

  async remove(taskId: string): Promise<void> {
    await rm(join(this.#directory, taskId), { recursive: true, force: true });
  }

  list(): Promise<string[]> {
    return readdir(this.#directory).catch(() => []);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
