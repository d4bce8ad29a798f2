/**
 * One run of ganesha.nfsd: in namespaces of its own of network, mounts and processes, so that nobody reaches it but who
 * steps into them, and it reaches nothing but its view. It outlives us, and is found again by what it is: a process
 * of that program for which our directory is `/server`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { AppError } from '../../domain/errors.ts';
import { withdrawHostPrograms } from '../../linux/host-programs.ts';
import { enterRoot, inMountNamespace, inNewMountNamespace } from '../../linux/mount-namespace.ts';
import type { Namespaces } from '../../linux/namespace.ts';
import { setLinkUp } from '../../linux/netlink/links.ts';
import { RouteSocket } from '../../linux/netlink/route-socket.ts';
import {
  findProcessesAnywhere,
  hasEndedWithin,
  isRunning,
  type ProcessIdentity,
  signalProcess,
} from '../../linux/process-identity.ts';
import { connectTcp } from '../../linux/sockets.ts';
import { HOME, LOG, PORT, SETTINGS, VIEW } from './ganesha-config.ts';
import { buildServerRoot } from './server-root.ts';

const LOOPBACK_INDEX = 1;
const CONNECT_TIMEOUT_MS = 5000;
const TERM_TIMEOUT_MS = 3000;
const KILL_TIMEOUT_MS = 5000;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** To act as each caller on files of everybody, by their handles. Not to make devices. */
const CAPABILITIES = ['chown', 'dac_override', 'dac_read_search', 'fowner', 'fsetid', 'setgid', 'setuid'];
/** The C library would load it when a thread ends, from what is gone by then. */
const PRELOAD = 'libgcc_s.so.1';
const ARGUMENTS = ['-F', '-f', SETTINGS, '-L', LOG, '-p', '/tmp/pid', '-N', 'NIV_EVENT'];

export interface GaneshaRequest {
  /** Absolute path. */
  readonly program: string;
  /** The server's own. */
  readonly directory: string;
  /** What it serves. */
  readonly view: string;
}

/** Starts the server, whose settings are in its directory. It is not ready yet: what it is first ends with it. */
export function startGanesha(
  namespaces: Namespaces,
  { program, directory, view }: GaneshaRequest,
): ChildProcess {
  const network = namespaces.create();
  try {
    namespaces.inside(network, setLoopbackUp);
    return namespaces.inside(network, () =>
      inNewMountNamespace(() => {
        buildServerRoot(directory, view);
        enterRoot(directory);
        return run(program);
      }),
    );
  } finally {
    closeSync(network);
  }
}

/** Takes from a server that answers what it needed only to start. May be repeated. */
export function confineGanesha({ pid }: ProcessIdentity): void {
  const mounts = openSync(`/proc/${pid}/ns/mnt`, 'r');
  try {
    inMountNamespace(mounts, withdrawHostPrograms);
  } finally {
    closeSync(mounts);
  }
}

/** The process that serves from this directory, when it runs. */
export async function findGanesha(directory: string): Promise<ProcessIdentity | undefined> {
  const home = await stat(directory).catch(() => undefined);
  if (home === undefined) return undefined;
  for (const identity of await findProcessesAnywhere(isServer)) {
    const found = await stat(`/proc/${identity.pid}/root${HOME}`).catch(() => undefined);
    if (found?.dev === home.dev && found.ino === home.ino && (await isRunning(identity))) return identity;
  }
  return undefined;
}

/** True when it runs and serves what is at `view` now, and that answers. */
export async function serves(identity: ProcessIdentity, view: string): Promise<boolean> {
  const [served, wanted] = await Promise.all(
    [`/proc/${identity.pid}/root${VIEW}`, view].map((path) => stat(path).catch(() => undefined)),
  );
  return served !== undefined && served.dev === wanted?.dev && (await isRunning(identity));
}

/** A connection to the server. `unavailable` when it does not listen (yet) or has ended. */
export async function connectGanesha(namespaces: Namespaces, identity: ProcessIdentity): Promise<Socket> {
  let network: number;
  try {
    network = openSync(`/proc/${identity.pid}/ns/net`, 'r');
  } catch (cause) {
    throw new AppError('unavailable', 'the NFS server has ended', { cause });
  }
  try {
    if (!(await isRunning(identity))) throw new AppError('unavailable', 'the NFS server has ended');
    const deadline = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
    return await connectTcp((action) => namespaces.inside(network, action), '127.0.0.1', PORT, deadline);
  } finally {
    closeSync(network);
  }
}

/** SIGTERM, and SIGKILL when that is not enough. */
export async function endGanesha(identity: ProcessIdentity): Promise<void> {
  await signalProcess(identity, 'SIGTERM');
  if (await hasEndedWithin(identity, TERM_TIMEOUT_MS)) return;
  await signalProcess(identity, 'SIGKILL');
  if (!(await hasEndedWithin(identity, KILL_TIMEOUT_MS))) {
    throw new AppError('deadline', `ganesha.nfsd (process ${identity.pid}) does not end`);
  }
}

/** Not those which it was before it was Ganesha: they have more arguments. */
function isServer([, ...args]: readonly string[]): boolean {
  return args.join('\0') === ARGUMENTS.join('\0');
}

function setLoopbackUp(): void {
  const socket = new RouteSocket();
  try {
    socket.request(setLinkUp(LOOPBACK_INDEX));
  } finally {
    socket.close();
  }
}

/** In the server's root. `unshare` stays as its parent, and ends with it. */
function run(program: string): ChildProcess {
  const log = openSync(LOG, 'a', 0o600);
  try {
    const bounding = ['-all', ...CAPABILITIES.map((name) => `+${name}`)].join(',');
    const own = ['--pid', '--ipc', '--uts', '--fork', '--kill-child', '--'];
    const less = ['setpriv', '--no-new-privs', '--inh-caps', '-all', '--bounding-set', bounding, '--'];
    const server = [program, ...ARGUMENTS];
    const child = spawn('unshare', [...own, ...less, ...server], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH, LD_PRELOAD: PRELOAD },
    });
    // What went wrong is seen by its not coming up.
    child.on('error', () => undefined);
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}
