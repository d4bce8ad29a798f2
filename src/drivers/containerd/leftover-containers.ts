/** What containers have left, found by what their shims wrote down, for when containerd is no longer there to ask. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type ProcessIdentity, readIdentity } from '../../linux/process-identity.ts';

export interface Leftovers {
  /** First processes that still live. */
  readonly processes: readonly ProcessIdentity[];
  /** What runc and runsc keep outside containerd's own directories. */
  readonly states: readonly string[];
  readonly shimSockets: readonly string[];
}

const BUNDLES = 'io.containerd.runtime.v2.task';
/** Where the shim has runc keep what it knows of containers, a directory a namespace. Compiled into the shim. */
export const RUNC_STATE = '/run/containerd/runc';
const SHIM_SOCKET = /^unix:\/\/(\/run\/containerd\/s\/[0-9a-f]{64})$/;

/** The directory that containerd has for a container while it has a process, in its state directory. */
export function bundlePath(state: string, namespace: string, id: string): string {
  return `${state}/${BUNDLES}/${namespace}/${id}`;
}

/** Of all containers, by their bundles. */
export async function findLeftovers(state: string): Promise<Leftovers> {
  const all: Leftovers[] = [];
  for (const namespace of await namesIn(`${state}/${BUNDLES}`)) {
    for (const id of await namesIn(`${state}/${BUNDLES}/${namespace}`)) {
      all.push(await leftoversOf(bundlePath(state, namespace, id)));
    }
  }
  return {
    processes: all.flatMap(({ processes }) => processes),
    states: all.flatMap(({ states }) => states),
    shimSockets: all.flatMap(({ shimSockets }) => shimSockets),
  };
}

/** Of one container. */
export async function leftoversOf(bundle: string): Promise<Leftovers> {
  const [id, namespace] = [basename(bundle), basename(dirname(bundle))];
  const directory = `${RUNC_STATE}/${namespace}`;
  // runc has a directory, runsc files.
  const names = (await namesIn(directory)).filter((name) => name === id || name.startsWith(`${id}_sandbox:`));
  const socket = SHIM_SOCKET.exec(await readOrEmpty(`${bundle}/address`))?.[1];
  const identity = await processOfContainer(id, Number(await readOrEmpty(`${bundle}/init.pid`)));
  return {
    processes: identity === undefined ? [] : [identity],
    states: names.map((name) => `${directory}/${name}`),
    shimSockets: socket === undefined ? [] : [socket],
  };
}

/** A process, when it is one of the container: in a cgroup with its id. */
export async function processOfContainer(id: string, pid: number): Promise<ProcessIdentity | undefined> {
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
