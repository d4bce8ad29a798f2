/**
 * Where the machine's cgroups are: one tree for everything (v2), or a tree a controller (v1, also "hybrid", where a
 * v2 tree without controllers stands beside them).
 */
import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../domain/errors.ts';

export interface Hierarchies {
  readonly version: 1 | 2;
  /** All trees in which a container may have cgroups. */
  readonly trees: readonly string[];
  /** The trees that limit. On v2 they are the same. */
  readonly cpu: string;
  readonly memory: string;
  /** Counts processes; absent where the machine does not. */
  readonly pids?: string;
  /** Where v1 counts processor time, and what was read and written, if it does. */
  readonly accounts?: string;
  readonly block?: string;
}

/** Looks at what is mounted under `root`; `unimplemented` when cpu or memory cannot be limited. */
export async function findHierarchies(root: string): Promise<Hierarchies> {
  const controllers = await readFile(join(root, 'cgroup.controllers'), 'latin1').catch(() => undefined);
  if (controllers !== undefined) {
    for (const name of ['cpu', 'memory']) {
      if (!controllers.trim().split(' ').includes(name)) throw missing(name, root);
    }
    return { version: 2, trees: [root], cpu: root, memory: root, pids: root };
  }
  const trees = new Map<string, string>();
  for (const name of await readdir(root).catch(() => [])) {
    const tree = await realpath(join(root, name)).catch(() => undefined);
    if (tree !== undefined && (await isCgroup(tree))) trees.set(name, tree);
  }
  const treeOf = (name: string): string | undefined =>
    trees.get(name) ?? [...trees].find(([key]) => key.split(',').includes(name))?.[1];
  const [cpu, memory] = ['cpu', 'memory'].map((name) => {
    const tree = treeOf(name);
    if (tree === undefined) throw missing(name, root);
    return tree;
  }) as [string, string];
  const [accounts, block, pids] = [treeOf('cpuacct'), treeOf('blkio'), treeOf('pids')];
  return {
    ...{ version: 1, trees: [...new Set(trees.values())], cpu, memory },
    ...(accounts !== undefined && { accounts }),
    ...(block !== undefined && { block }),
    ...(pids !== undefined && { pids }),
  };
}

async function isCgroup(path: string): Promise<boolean> {
  return await stat(join(path, 'cgroup.procs')).then(
    () => true,
    () => false,
  );
}

function missing(controller: string, root: string): AppError {
  return new AppError('unimplemented', `this machine has no cgroup controller "${controller}" under ${root}`);
}
