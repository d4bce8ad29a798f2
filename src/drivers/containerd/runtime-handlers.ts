/**
 * Runtime handlers by name: `runc` (default); `gvisor`, which is runc's shim with runsc in place of runc; any other name is
 * a runtime of containerd itself (`io.containerd.kata.v2`).
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { containerdPaths } from './containerd-config.ts';
import { Gvisor } from './gvisor.ts';
import { HiddenSpecs } from './hidden-specs.ts';
import { decode, encode } from './proto/codec.ts';
import type { Request } from './proto/message-types.ts';

export interface RuntimeHandlersOptions {
  /** Absolute; made when missing. What gVisor needs is put there. */
  readonly directory: string;
  /** gVisor's program; looked up in PATH when it has no slash. */
  readonly runsc?: string;
}

type Runtime = Request<'ContainerRuntime'>;

const RUNC_SHIM = 'io.containerd.runc.v2';
const RUNC_OPTIONS_TYPE = 'containerd.runc.v1.Options';

export class RuntimeHandlers {
  /** Of containers with secret values. */
  readonly specs: HiddenSpecs;
  readonly #directory: string;
  readonly #gvisor: Gvisor;
  readonly #prepared = new Map<string, Promise<void>>();

  constructor({ directory, runsc = 'runsc' }: RuntimeHandlersOptions) {
    this.specs = new HiddenSpecs(containerdPaths(directory).specs);
    this.#directory = directory;
    this.#gvisor = new Gvisor({ directory: `${directory}/gvisor`, runsc, specs: this.specs });
  }

  /**
   * As containers record it; `hidden`: for one whose spec is among `specs`. `failed-precondition` when gVisor is asked for
   * and not installed.
   */
  async resolve(name: string, hidden: boolean): Promise<Runtime> {
    if (isRunc(name)) {
      if (!hidden) return runcShim(undefined);
      await this.#once('runc', () => this.#writeRuncScript());
      return runcShim(this.#runcScript);
    }
    // Other shims have options of other types.
    if (name !== 'gvisor') return { name };
    await this.#once('gvisor', () => this.#gvisor.prepare());
    return runcShim(this.#gvisor.script);
  }

  /** Whether this runtime takes a spec from `specs`. */
  canHide(name: string): boolean {
    return isRunc(name) || name === 'gvisor';
  }

  /** Whether it is runc that makes the mounts of a container. */
  isRuncItself(runtime: Runtime | undefined): boolean {
    return runtime?.name === RUNC_SHIM && this.gvisorOf(runtime) === undefined;
  }

  /** gVisor, when that runs the container. */
  gvisorOf(runtime: Runtime | undefined): Gvisor | undefined {
    const { typeUrl, value } = runtime?.options ?? {};
    if (typeUrl !== RUNC_OPTIONS_TYPE || value === undefined) return undefined;
    const { binaryName } = decode('RuncOptions', Buffer.from(value));
    return binaryName === this.#gvisor.script ? this.#gvisor : undefined;
  }

  get #runcScript(): string {
    return `${this.#directory}/runc.sh`;
  }

  async #writeRuncScript(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    // A shim may be starting it.
    const fresh = `${this.#runcScript}.${process.pid}`;
    await writeFile(fresh, `#!/bin/sh\n${this.specs.scriptLines()}exec runc "$@"\n`, { mode: 0o700 });
    await rename(fresh, this.#runcScript);
  }

  async #once(name: string, prepare: () => Promise<void>): Promise<void> {
    const known = this.#prepared.get(name) ?? prepare();
    this.#prepared.set(name, known);
    try {
      await known;
    } catch (error) {
      // It may be installed by the next time.
      this.#prepared.delete(name);
      throw error;
    }
  }
}

function isRunc(name: string): boolean {
  return name === 'runc' || name === RUNC_SHIM;
}

function runcShim(binaryName: string | undefined): Runtime {
  const value = encode('RuncOptions', { binaryName });
  return { name: RUNC_SHIM, options: { typeUrl: RUNC_OPTIONS_TYPE, value } };
}
