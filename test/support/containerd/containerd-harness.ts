/** The harness of the runtime suite over a private containerd, with busybox as the only layer. */
import { copyFile, mkdir, readdir, readFile, rm, rmdir, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ContainerdRuntime } from '../../../src/drivers/containerd/containerd-runtime.ts';
import { mountsBelow } from '../../../src/linux/mount-table.ts';
import { shimSocketPath } from '../../../src/drivers/containerd/shim-socket.ts';
import { processesWithArguments } from '../../../src/linux/process-identity.ts';
import type {
  RuntimeHarness,
  WantedBehaviour,
  WantedCommand,
} from '../../../src/ports/testing/runtime-harness.ts';
import { aContainerRequest } from './container-request.ts';
import { type PrivateContainerd, startPrivateContainerd } from './private-containerd.ts';
import { patient } from '../../../src/ports/testing/patience.ts';

const BUSYBOX = '/bin/busybox';
const CGROUPS = '/sys/fs/cgroup';
/** What commands of tests are known by, and what they start. */
const COMMAND = 'a-command';
const COMMANDS_CHILD = 'sleep 4321';
const RUNC_STATE = '/run/containerd/runc/neargate';

export interface HarnessOptions {
  /** The runtime handler of its containers. */
  readonly handler?: string;
}

export interface ContainerdHarness extends RuntimeHarness {
  readonly containerd: PrivateContainerd;
  readonly layer: string;
  readonly cgroup: string;
}

export async function openContainerdHarness(options: HarnessOptions = {}): Promise<ContainerdHarness> {
  const containerd = await startPrivateContainerd();
  const { directory, managed } = containerd;
  const cgroup = `/${basename(directory)}`;
  const layer = await aBusyboxLayer(join(directory, 'layer'));
  const containers = join(directory, 'containers');
  const newRuntime = () => new ContainerdRuntime(containerd);
  const runtime = newRuntime();
  return {
    containerd,
    layer,
    cgroup,
    runtime,
    absentProgram:
      options.handler === 'gvisor'
        ? /error finding executable "no-such-program" in PATH/
        : /executable file not found in \$PATH/,
    command: argsForCommand,
    commandsIn: async (id) => {
      const outputPath = join(directory, 'processes');
      await runtime.exec(id, {
        args: ['/bin/busybox', 'ps', '-o', 'args'],
        outputPath,
        timeoutMs: patient(20_000),
      });
      const lines = (await readFile(outputPath, 'utf8')).split('\n');
      return lines.filter((line) => line.includes(COMMAND) || line.includes(COMMANDS_CHILD));
    },
    reopen: newRuntime,
    request: async (id, behaviour) => ({
      ...(await aContainerRequest({
        id,
        args: argsFor(behaviour),
        directory: containers,
        lowerDirs: [layer],
        cgroup,
      })),
      ...(options.handler !== undefined && { handler: options.handler }),
    }),
    killUnseen: async (_id, pid) => {
      await managed.stop();
      process.kill(pid, 'SIGKILL');
      await managed.start();
    },
    leftovers: async () => [
      ...(await processesWithArguments(['-address', managed.paths.socket])).map(({ pid }) => `shim ${pid}`),
      ...(await sandboxProcesses(managed.paths.state)),
      ...(await mountsBelow(directory)).map((path) => `mount ${path}`),
      ...(await namesIn(`${managed.paths.state}/io.containerd.runtime.v2.task/neargate`)),
      ...(await namesIn(`${managed.paths.root}/io.containerd.runtime.v2.task/neargate`)),
      ...(await runcStates(containers)),
      ...(await shimSockets(managed.paths.socket, containers)),
      ...(await cgroupsBelow(cgroup)),
    ],
    close: async () => {
      // Where containerd is gone already, closing it takes care of what is left of containers.
      const left = await runtime.list().catch(() => []);
      for (const { id } of left) await runtime.delete(id);
      await containerd.close();
      await removeTestCgroup(cgroup);
    },
  };
}

/** Removes a cgroup and what lies below it, in every hierarchy; where it is not, nothing happens. */
export async function removeTestCgroup(cgroup: string): Promise<void> {
  for (const path of await cgroupsBelow(cgroup)) await rmdir(path);
  for (const path of await cgroupDirectories(cgroup)) await rmdir(path).catch(() => undefined);
}

/** A directory with busybox, as a layer would have it. */
export async function aBusyboxLayer(directory: string): Promise<string> {
  await rm(directory, { recursive: true, force: true });
  for (const name of ['bin', 'proc', 'sys', 'dev', 'tmp', 'etc']) {
    await mkdir(join(directory, name), { recursive: true });
  }
  await copyFile(BUSYBOX, join(directory, 'bin/busybox'));
  for (const name of ['sh', 'sleep', 'cat', 'ls']) await symlink('busybox', join(directory, 'bin', name));
  return directory;
}

function argsFor(behaviour: WantedBehaviour): string[] {
  if (behaviour.program === 'absent') return ['no-such-program'];
  const waits = behaviour.exitCode === undefined && behaviour.readsInput !== true;
  const lines = [
    `trap "${behaviour.endsOnTerm === true ? 'exit 143' : ''}" TERM`,
    behaviour.countsRuns === true ? 'echo . >>/runs; echo "run $(busybox wc -l </runs)"' : '',
    behaviour.tellsTerminal === true ? 'test -t 1 && echo a terminal || echo no terminal' : '',
    `printf '%s' '${behaviour.stdout ?? ''}'`,
    `printf '%s' '${behaviour.stderr ?? ''}' >&2`,
    behaviour.readsInput === true ? 'cat' : '',
    waits ? 'while :; do sleep 1000 & wait; done' : `exit ${behaviour.exitCode ?? 0}`,
  ];
  return ['/bin/sh', '-c', lines.join('\n')];
}

function argsForCommand(command: WantedCommand): string[] {
  if (command.program === 'absent') return ['no-such-program'];
  const lines = [
    `printf '%s' '${command.stdout ?? ''}'`,
    `printf '%s' '${command.stderr ?? ''}' >&2`,
    command.exitCode === undefined ? 'while :; do sleep 4321 & wait; done' : `exit ${command.exitCode}`,
  ];
  return ['/bin/sh', '-c', lines.join('\n'), COMMAND];
}

/** gVisor's own processes, which are in mount namespaces of their own; known by the bundles that they were started for. */
async function sandboxProcesses(state: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commandLines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return commandLines.filter((line) => line.startsWith('runsc-') && line.includes(`${state}/`));
}

async function namesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.map((name) => join(directory, name));
}

async function runcStates(containers: string): Promise<string[]> {
  const ours = new Set(await readdir(containers).catch(() => []));
  return (await namesIn(RUNC_STATE)).filter((path) => ours.has(basename(path).split('_')[0] ?? ''));
}

async function shimSockets(socket: string, containers: string): Promise<string[]> {
  const ids = await readdir(containers).catch(() => []);
  const ours = new Set(ids.map((id) => shimSocketPath(socket, 'neargate', id.slice(0, 32))));
  return (await namesIn('/run/containerd/s')).filter((path) => ours.has(path));
}

async function cgroupsBelow(cgroup: string): Promise<string[]> {
  const parents = await cgroupDirectories(cgroup);
  const inside = await Promise.all(
    parents.map(async (parent) => {
      const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
      return entries.filter((entry) => entry.isDirectory()).map((entry) => join(parent, entry.name));
    }),
  );
  return inside.flat();
}

/** The cgroup's directory in each hierarchy (v1), or the only one (v2). */
async function cgroupDirectories(cgroup: string): Promise<string[]> {
  const hierarchies = await readdir(CGROUPS).catch(() => []);
  return [join(CGROUPS, cgroup), ...hierarchies.map((name) => join(CGROUPS, name, cgroup))];
}
