/** Containers with the specs that tasks get, made from definitions and really run, in a containerd of the test's own. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ContainerDefinition } from '../../../src/domain/ecs/task-definition.ts';
import { buildRuntimeSpec, type SpecInput } from '../../../src/domain/oci/runtime-spec.ts';
import type { RuntimeSpec } from '../../../src/domain/oci/types.ts';
import { ContainerdImageStore } from '../../../src/drivers/containerd/images/containerd-image-store.ts';
import { ContainerdRuntime } from '../../../src/drivers/containerd/containerd-runtime.ts';
import { readHostLimits } from '../../../src/drivers/host-limits/linux-host-limits.ts';
import type { ImageStore } from '../../../src/ports/image-store.ts';
import { aContainerRequest } from './container-request.ts';
import { aBusyboxLayer, removeTestCgroup } from './containerd-harness.ts';
import { containerdMissing, startPrivateContainerd } from './private-containerd.ts';

export interface SpecScene {
  readonly directory: string;
  readonly images: ImageStore;
  /** The parent of the containers' cgroups. */
  readonly cgroup: string;
  /** The spec of a definition, with a network namespace of its own. */
  spec(definition: ContainerDefinition, changes?: Partial<SpecInput>): Promise<RuntimeSpec>;
  /** Starts a container; the layers are the topmost first. */
  start(spec: RuntimeSpec, layers?: readonly string[]): Promise<RunningContainer>;
  /** Runs a shell script to its end. */
  run(
    script: string,
    definition?: ContainerDefinition,
    changes?: Partial<SpecInput>,
  ): Promise<ContainerOutcome>;
  close(): Promise<void>;
}

export interface RunningContainer {
  readonly pid: number;
  signal(signal: number): Promise<void>;
  /** Waits for its end, and removes it. */
  ended(): Promise<ContainerOutcome>;
}

export interface ContainerOutcome {
  readonly exitCode: number | undefined;
  /** Both streams. */
  readonly output: string;
}

export const INIT = '/usr/bin/tini-static';
const STRACE = '/usr/bin/strace';
const AMD64_OR_ARM64 = process.arch === 'arm64' ? 'arm64' : 'amd64';

/** Why the scene cannot be opened here; undefined when it can. */
export function specSceneMissing(): string | undefined {
  const missing = [INIT, STRACE].filter((path) => !existsSync(path));
  return containerdMissing() ?? (missing.length === 0 ? undefined : `needs ${missing.join(', ')}`);
}

export async function openSpecScene(): Promise<SpecScene> {
  const containerd = await startPrivateContainerd();
  const { client, directory } = containerd;
  const cgroup = `/${basename(directory)}`;
  const runtime = new ContainerdRuntime(containerd);
  const layers = [
    await aStraceLayer(join(directory, 'strace')),
    await aBusyboxLayer(join(directory, 'layer')),
  ];
  const host = await readHostLimits();
  // What runc knows of containers is known to all of the machine.
  const task = randomBytes(16).toString('hex');
  let count = 0;
  const spec: SpecScene['spec'] = async (definition, changes) => {
    const built = buildRuntimeSpec({ ...aSpecInput(cgroup), definition, host, ...changes }).spec;
    const namespaces = built.linux.namespaces.map((namespace) =>
      namespace.path === '' ? { type: namespace.type } : namespace,
    );
    return { ...built, linux: { ...built.linux, namespaces } };
  };
  const start: SpecScene['start'] = async (wanted, lowerDirs = layers) => {
    count += 1;
    const id = `${task}-${count}`;
    const base = { id, args: [], directory: join(directory, 'containers'), lowerDirs, cgroup };
    const cgroupsPath = `${cgroup}/${id}`;
    const given = { ...wanted, linux: { ...wanted.linux, cgroupsPath } };
    const request = { ...(await aContainerRequest(base)), spec: given };
    const { pid } = await runtime.create(request);
    await runtime.start(id);
    return {
      pid,
      signal: (signal) => runtime.signal(id, signal),
      async ended() {
        await client.call('taskWait', { containerId: id });
        const exit = await runtime.delete(id);
        const outputs = await Promise.all([request.stdoutPath, request.stderrPath].map(readText));
        return { exitCode: exit?.exitCode, output: outputs.join('') };
      },
    };
  };
  return {
    directory,
    images: new ContainerdImageStore(containerd),
    cgroup,
    spec,
    start,
    async run(script, definition, changes) {
      const command = ['/bin/sh', '-c', script];
      return (await start(await spec({ command, ...definition }, changes))).ended();
    },
    async close() {
      for (const { id } of await runtime.list().catch(() => [])) await runtime.delete(id);
      await containerd.close();
      await removeTestCgroup(cgroup);
    },
  };
}

/** A script that traces a process, ends it as soon as strace has said whether it may, and prints what strace said. */
export function traceUntilKnown(pid: string): string {
  return [
    `target=${pid}`,
    'strace -p $target 2> /tmp/trace & tracer=$!',
    'until busybox grep -qE "attached|not permitted" /tmp/trace; do busybox usleep 10000; done',
    'kill $target; wait $tracer; cat /tmp/trace',
  ].join('\n');
}

function aSpecInput(taskCgroup: string): Omit<SpecInput, 'definition' | 'host'> {
  return {
    image: { architecture: AMD64_OR_ARM64, os: 'linux', rootfs: { type: 'layers', diff_ids: [] } },
    user: { uid: 0, gid: 0, additionalGids: [0], home: '/root' },
    hostname: 'scene',
    networkNamespacePath: '',
    taskCgroup,
    runtimeId: 'set at the start',
    mounts: [],
    fileEnvironment: [],
    secrets: {},
    environment: {},
    annotations: {},
    defaultNofile: { softLimit: 1_024, hardLimit: 4_096 },
  };
}

/** strace of this machine with its libraries, as a layer. */
async function aStraceLayer(directory: string): Promise<string> {
  const { stdout } = await promisify(execFile)('ldd', [STRACE]);
  for (const path of [STRACE, ...(stdout.match(/\/\S+/g) ?? [])]) {
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(path, target);
  }
  return directory;
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8');
}
