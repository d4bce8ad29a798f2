/** What containers have left, found by what their shims wrote down, for when containerd is no longer there to ask. */
import { readdir, readFile } from 'node:fs/promises';
import { type ProcessIdentity, readIdentity } from '../../linux/process-identity.ts';

export interface Leftovers {
  /** First processes that still live. */
  readonly processes: readonly ProcessIdentity[];
  /** Files outside containerd's own directories: runc's state, shims' sockets. */
  readonly paths: readonly string[];
}

const BUNDLES = 'io.containerd.runtime.v2.task';
/** Compiled into the shim. */
const RUNC_STATE = '/run/containerd/runc';
const SHIM_SOCKET = /^unix:\/\/(\/run\/containerd\/s\/[0-9a-f]{64})$/;

/** By the bundles in containerd's state directory. A pid counts only while it is in a cgroup with the container's id. */
export async function findLeftovers(state: string): Promise<Leftovers> {
  const processes: ProcessIdentity[] = [];
  const paths: string[] = [];
  for (const namespace of await namesIn(`${state}/${BUNDLES}`)) {
    for (const id of await namesIn(`${state}/${BUNDLES}/${namespace}`)) {
      const bundle = `${state}/${BUNDLES}/${namespace}/${id}`;
      paths.push(`${RUNC_STATE}/${namespace}/${id}`);
      const socket = SHIM_SOCKET.exec(await readOrEmpty(`${bundle}/address`))?.[1];
      if (socket !== undefined) paths.push(socket);
      const identity = await processOf(id, Number(await readOrEmpty(`${bundle}/init.pid`)));
      if (identity !== undefined) processes.push(identity);
    }
  }
  return { processes, paths };
}

async function processOf(id: string, pid: number): Promise<ProcessIdentity | undefined> {
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  const identity = await readIdentity(pid);
  return (await readOrEmpty(`/proc/${pid}/cgroup`)).includes(`/${id}`) ? identity : undefined;
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

async function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
