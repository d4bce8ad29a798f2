/**
 * A command in a running container: a second process beside the container's own, with an id of its own in containerd.
 * Its exit is not the container's; the stream of events tells the two apart by these ids.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AppError, hasKind } from '../../domain/errors.ts';
import { parseSpec, specJson } from '../../domain/oci/spec-json.ts';
import { processesOfSession, signalProcess } from '../../linux/process-identity.ts';
import type { ExecRequest } from '../../ports/container-runtime.ts';
import { abortedError, assertNotAborted } from './aborted.ts';
import { recordedSpec } from './container-record.ts';
import type { CallOptions, ContainerdClient } from './grpc/containerd-client.ts';
import type { Gvisor } from './gvisor.ts';
import { runtimeRefusal } from './grpc/grpc-errors.ts';
import { freshOutput } from './process-io.ts';
import { PROCESS_STATUS } from './proto/messages.ts';
import type { RuntimeHandlers } from './runtime-handlers.ts';
import { shimSilent } from './shim-process.ts';

const PROCESS_TYPE = 'types.containerd.io/opencontainers/runtime-spec/1/Process';
const SIGKILL = 9;
/** For what comes after a command's end, or its time limit: a moment, unless the shim does not answer. */
const CLEAN_UP_TIMEOUT_MS = 5_000;
/** Whoever holds the output open after the command has ended keeps the shim waiting for ten seconds. */
const OUTPUT_TIMEOUT_MS = 12_000;

export interface ExecTarget {
  readonly client: ContainerdClient;
  readonly handlers: RuntimeHandlers;
  /** Of the container. */
  readonly id: string;
}

/** As `ContainerRuntime.exec`. */
export async function execInContainer(
  target: ExecTarget,
  request: ExecRequest,
  signal?: AbortSignal,
): Promise<{ readonly exitCode: number }> {
  assertNotAborted(signal);
  const limit = timeLimit(request.timeoutMs, signal);
  try {
    const command = new Command(target);
    await command.prepare(request, limit.signal);
    return { exitCode: await command.run(limit.signal) };
  } finally {
    limit.clear();
  }
}

class Command {
  readonly #client: ContainerdClient;
  readonly #handlers: RuntimeHandlers;
  readonly #id: { readonly containerId: string; readonly execId: string };
  #gvisor: Gvisor | undefined;

  constructor({ client, handlers, id }: ExecTarget) {
    this.#client = client;
    this.#handlers = handlers;
    this.#id = { containerId: id, execId: `exec-${randomBytes(8).toString('hex')}` };
  }

  /** Tells the shim what to run. Nothing runs yet. */
  async prepare(request: ExecRequest, signal: AbortSignal): Promise<void> {
    const { containerId } = this.#id;
    const [{ container }] = await Promise.all([
      this.#client.call('containerGet', { id: containerId }, { signal }),
      this.#assertRunning(signal),
    ]);
    if (container === undefined) throw new AppError('not-found', `no container "${containerId}"`);
    this.#gvisor = this.#handlers.gvisorOf(container.runtime);
    const hidden = await this.#handlers.specs.read(containerId);
    const { process: own } = hidden === undefined ? recordedSpec(container) : parseSpec(hidden);
    const process = { ...own, args: [...request.args], terminal: false };
    const spec = { typeUrl: PROCESS_TYPE, value: Buffer.from(specJson(process)) };
    const stdio = request.outputPath === undefined ? {} : await freshOutput(request.outputPath);
    try {
      await this.#client.call('taskExec', { ...this.#id, ...stdio, spec }, { signal });
    } catch (error) {
      await this.#cleanUp();
      throw error;
    }
  }

  async run(signal: AbortSignal): Promise<number> {
    try {
      await this.#start(signal);
      const { exitStatus } = await this.#client.call('taskWait', this.#id, { signal, timeoutMs: undefined });
      await this.#remove({ timeoutMs: OUTPUT_TIMEOUT_MS });
      return exitStatus;
    } catch (error) {
      await this.#cleanUp();
      throw error;
    } finally {
      await this.#gvisor?.forgetCommand(this.#id.execId);
    }
  }

  async #start(signal: AbortSignal): Promise<void> {
    try {
      await this.#client.call('taskStart', this.#id, { signal });
    } catch (error) {
      // It may have ended since it was looked at.
      if (hasKind(error, 'internal') || hasKind(error, 'not-found')) await this.#assertRunning(signal);
      throw runtimeRefusal(error);
    }
  }

  async #assertRunning(signal: AbortSignal): Promise<void> {
    const { containerId } = this.#id;
    const words = `container "${containerId}" does not run`;
    try {
      const { process } = await this.#client.call('taskGet', { containerId }, { signal });
      if (process?.status === PROCESS_STATUS.running) return;
      if (process?.status === PROCESS_STATUS.unknown) throw shimSilent(containerId);
    } catch (error) {
      if (!hasKind(error, 'not-found')) throw error;
      await this.#client.call('containerGet', { id: containerId }, { signal });
      throw new AppError('failed-precondition', words, { cause: error });
    }
    throw new AppError('failed-precondition', words);
  }

  /** Kills it where it runs, with all that it started, and removes it. What is not done in time goes with the container. */
  async #cleanUp(): Promise<void> {
    const signal = AbortSignal.timeout(CLEAN_UP_TIMEOUT_MS);
    try {
      const { process } = await this.#client.call('taskGet', this.#id, { signal });
      // Before runsc's own process: what it runs would go on without it.
      await this.#gvisor?.killCommand({ ...this.#id, namespace: this.#client.namespace });
      await this.#client.call('taskKill', { ...this.#id, signal: SIGKILL }, { signal });
      await this.#client.call('taskWait', this.#id, { signal });
      if (process !== undefined && this.#gvisor === undefined) await this.#killSession(process.pid, signal);
    } catch {
      // It has ended, or was never started.
    }
    await this.#remove({ signal }).catch(() => undefined);
  }

  /** Each command begins a session. Its number may only mean this one while it is in the container's cgroup. */
  async #killSession(session: number, signal: AbortSignal): Promise<void> {
    const { containerId } = this.#id;
    const { process } = await this.#client.call('taskGet', { containerId }, { signal });
    const cgroup = await readCgroup(process?.pid);
    for (const member of await processesOfSession(session)) {
      if (cgroup !== undefined && (await readCgroup(member.pid)) === cgroup) {
        await signalProcess(member, 'SIGKILL');
      }
    }
  }

  async #remove(options: CallOptions): Promise<void> {
    try {
      await this.#client.call('taskDeleteProcess', this.#id, options);
    } catch (error) {
      // The container was deleted meanwhile, and its commands with it.
      if (!hasKind(error, 'not-found')) throw error;
    }
  }
}

/** Undefined when the process is gone. */
async function readCgroup(pid: number | undefined): Promise<string | undefined> {
  return pid === undefined ? undefined : readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => undefined);
}

/** A signal that fires with the caller's, or after the time with the kind `deadline`. */
function timeLimit(timeoutMs: number, signal?: AbortSignal): { signal: AbortSignal; clear: () => void } {
  const limit = new AbortController();
  const abort = () => limit.abort(abortedError(signal));
  signal?.addEventListener('abort', abort, { once: true });
  const words = `the command did not end within ${timeoutMs} ms`;
  const timer = setTimeout(() => limit.abort(new AppError('deadline', words)), timeoutMs);
  return {
    signal: limit.signal,
    clear: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    },
  };
}
