/**
 * TaskCgroups on Linux: `<parent>/<taskId>` in every tree of the machine, with the task's limits where they belong.
 * Containers' cgroups are made below it by the container runtime.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { AppError } from '../../domain/errors.ts';
import type { ContainerFigures } from '../../domain/metadata/statistics.ts';
import { KeyedSerial } from '../../domain/keyed-serial.ts';
import { nodeError } from '../../linux/errno.ts';
import type { TaskCgroups, TaskLimits } from '../../ports/task-cgroups.ts';
import { readFigures } from './figures.ts';
import { removeCgroups } from './cgroup-tree.ts';
import { HeldCgroups } from './held-cgroups.ts';
import { type Hierarchies, findHierarchies } from './hierarchies.ts';
import { type Setting, settingsFor } from './limits.ts';

const TASK_ID = /^[A-Za-z0-9_-]{1,128}$/;
const PARENT = /^(\/[A-Za-z0-9_.@-]+)+$/;
/** Containers may use more than we limit, where the machine has it. */
const WANTED_CONTROLLERS = ['cpu', 'memory', 'cpuset', 'io', 'pids'];
const MAKE_ATTEMPTS = 5;

export interface LinuxTaskCgroupsOptions {
  /** Any text that tells this Neargate from others on the machine, for example its data directory. */
  readonly instance: string;
  /** Cgroup under which tasks are made; default `/neargate-<hash of instance>`. */
  readonly parent?: string;
  /** Where cgroups are mounted; default /sys/fs/cgroup. */
  readonly root?: string;
}

export class LinuxTaskCgroups implements TaskCgroups {
  readonly #held = new HeldCgroups();
  readonly #root: string;
  readonly #parent: string;
  readonly #ownParent: boolean;
  readonly #perTask = new KeyedSerial();
  #found: Promise<Hierarchies> | undefined;

  constructor(options: LinuxTaskCgroupsOptions) {
    const tag = createHash('sha256').update(options.instance).digest('hex').slice(0, 5);
    this.#root = options.root ?? '/sys/fs/cgroup';
    this.#parent = options.parent ?? `/neargate-${tag}`;
    this.#ownParent = options.parent === undefined;
    if (!PARENT.test(this.#parent) || this.#parent.split('/').includes('..')) {
      throw new AppError('invalid', `not a cgroup: ${this.#parent}`);
    }
  }

  async create(taskId: string, limits: TaskLimits): Promise<{ readonly cgroupsPath: string }> {
    const cgroupsPath = this.#pathOf(taskId);
    if (!(limits.cpuUnits > 0) || !(limits.memoryMiB > 0)) {
      throw new AppError(
        'invalid',
        `no limits for task ${taskId}: ${limits.cpuUnits}, ${limits.memoryMiB} MiB`,
      );
    }
    await this.#perTask.run(taskId, async () => {
      const { version, ...trees } = await this.#hierarchies();
      const limiting = [trees.cpu, trees.memory, trees.pids].filter((tree) => tree !== undefined);
      await Promise.all([...new Set(limiting)].map((tree) => makeCgroup(join(tree, cgroupsPath))));
      if (version === 2) await enableControllers(this.#root, cgroupsPath);
      for (const setting of settingsFor(version, limits, await mostProcesses())) {
        const tree = trees[setting.controller];
        if (tree !== undefined) await write(join(tree, cgroupsPath), setting);
      }
    });
    return { cgroupsPath };
  }

  async remove(taskId: string): Promise<void> {
    const cgroupsPath = this.#pathOf(taskId);
    await this.#perTask.run(taskId, async () => {
      const { trees } = await this.#hierarchies();
      await removeCgroups(trees.map((tree) => join(tree, cgroupsPath)));
      this.#held.forget(cgroupsPath);
      // The last one takes the parent along, if we made it.
      if (!this.#ownParent) return;
      await Promise.all(trees.map((tree) => rmdir(join(tree, this.#parent)).catch(() => undefined)));
    });
  }

  async list(): Promise<string[]> {
    const { trees } = await this.#hierarchies();
    const names = await Promise.all(
      trees.map(async (tree) => {
        const entries = await readdir(join(tree, this.#parent), { withFileTypes: true }).catch(() => []);
        return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
      }),
    );
    return [...new Set(names.flat())].filter((name) => TASK_ID.test(name));
  }

  async figures(taskId: string, containerId: string): Promise<ContainerFigures> {
    if (!TASK_ID.test(containerId)) throw new AppError('invalid', `not a container id: ${containerId}`);
    const trees = await this.#hierarchies();
    const cgroup = join(this.#pathOf(taskId), containerId);
    const figures = this.#held.read(cgroup, (files) => readFigures(files, trees, cgroup));
    // Of a thousand containers one after the other, everybody else has a turn between.
    await setImmediate();
    return figures;
  }

  #pathOf(taskId: string): string {
    if (!TASK_ID.test(taskId)) throw new AppError('invalid', `not a task id: ${taskId}`);
    return `${this.#parent}/${taskId}`;
  }

  async #hierarchies(): Promise<Hierarchies> {
    this.#found ??= findHierarchies(this.#root);
    try {
      return await this.#found;
    } catch (error) {
      this.#found = undefined;
      throw error;
    }
  }
}

/** Processes and threads that the kernel has numbers and room for. */
async function mostProcesses(): Promise<number> {
  const files = ['pid_max', 'threads-max'].map((name) => readFile(`/proc/sys/kernel/${name}`, 'latin1'));
  return Math.min(...(await Promise.all(files)).map(Number));
}

/** Another task's removal may take the empty parent away in between: then once more. */
async function makeCgroup(path: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await mkdir(path, { recursive: true, mode: 0o755 });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === MAKE_ATTEMPTS) {
        throw nodeError(error, path);
      }
    }
  }
}

/** v2: every level hands the controllers down to the next. The task's own level does so for its containers. */
async function enableControllers(root: string, cgroupsPath: string): Promise<void> {
  let path = root;
  for (const part of cgroupsPath.split('/')) {
    path = join(path, part);
    const file = join(path, 'cgroup.subtree_control');
    const [available, enabled] = await Promise.all([
      readWords(join(path, 'cgroup.controllers')),
      readWords(file),
    ]);
    for (const name of WANTED_CONTROLLERS) {
      if (!available.includes(name) || enabled.includes(name)) continue;
      // One by one: cpuset or io may be refused where cpu and memory are not. What was needed shows in the limits.
      await writeFile(file, `+${name}`).catch(() => undefined);
    }
  }
}

async function readWords(path: string): Promise<string[]> {
  const text = await readFile(path, 'latin1').catch(() => '');
  return text.trim().split(/\s+/);
}

async function write(path: string, setting: Setting): Promise<void> {
  try {
    await writeFile(join(path, setting.file), setting.value);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Cgroup trees refuse to make files that they do not have.
    const absent = code === 'ENOENT' || code === 'EACCES' || code === 'EPERM';
    if (setting.optional === true && absent) return;
    throw nodeError(error, `${setting.file} of ${path}`);
  }
}
