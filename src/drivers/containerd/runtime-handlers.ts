/**
 * Runtime handlers by name: `runc` (default); `gvisor`, which is runc's shim calling gVisor's runsc through a small
 * script that adds its flags; any other name is a runtime of containerd itself (`io.containerd.kata.v2`).
 */
import { execFile } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../../domain/errors.ts';

/** A runtime of containerd, and the OCI program that its shim calls where that is not runc. */
export interface RuntimeHandler {
  readonly runtime: string;
  readonly binaryName?: string;
}

export interface RuntimeHandlersOptions {
  /** Absolute; made when missing. gVisor's script is put there. */
  readonly directory: string;
  /** gVisor's program; looked up in PATH when it has no slash. */
  readonly runsc?: string;
}

export const RUNC_SHIM = 'io.containerd.runc.v2';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const PROBE_TIMEOUT_MS = 10_000;
const run = promisify(execFile);

export class RuntimeHandlers {
  readonly #script: string;
  readonly #runsc: string;
  #gvisor: Promise<RuntimeHandler> | undefined;

  constructor(options: RuntimeHandlersOptions) {
    this.#script = `${options.directory}/runsc.sh`;
    this.#runsc = options.runsc ?? 'runsc';
  }

  /** `failed-precondition` when gVisor is asked for and not installed. */
  async resolve(name: string): Promise<RuntimeHandler> {
    if (name === 'runc') return { runtime: RUNC_SHIM };
    if (name !== 'gvisor') return { runtime: name };
    this.#gvisor ??= this.#prepareGvisor();
    try {
      return await this.#gvisor;
    } catch (error) {
      // It may be installed by the next time.
      this.#gvisor = undefined;
      throw error;
    }
  }

  async #prepareGvisor(): Promise<RuntimeHandler> {
    const script = gvisorScript(this.#runsc, await this.#knownFlags());
    await mkdir(dirname(this.#script), { recursive: true, mode: 0o700 });
    // Another agent's shim may be reading it.
    const fresh = `${this.#script}.${process.pid}`;
    await writeFile(fresh, script, { mode: 0o755 });
    await rename(fresh, this.#script);
    return { runtime: RUNC_SHIM, binaryName: this.#script };
  }

  async #knownFlags(): Promise<string> {
    try {
      const { stdout, stderr } = await run(this.#runsc, ['flags'], {
        timeout: PROBE_TIMEOUT_MS,
        env: { PATH },
      });
      return stdout + stderr;
    } catch (cause) {
      throw new AppError('failed-precondition', `gVisor's ${this.#runsc} cannot be started`, { cause });
    }
  }
}

/** The script that the shim calls in place of runc. `flags` is what `runsc flags` prints. */
export function gvisorScript(runsc: string, flags: string): string {
  const platform = /-platform value[^\n]*\n[^\n]*\bsystrap\b|-platform string\n[^\n]*\bsystrap\b/.test(flags)
    ? 'systrap'
    : 'ptrace';
  return ['#!/bin/sh', `PATH=${PATH}`, `exec ${runsc} --network=host --platform=${platform} "$@"`, ''].join(
    '\n',
  );
}
