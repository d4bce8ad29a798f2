/**
 * Runtime handlers by name: `runc` (default); `gvisor`, which is runc's shim with runsc in place of runc; any other name is
 * a runtime of containerd itself (`io.containerd.kata.v2`).
 */
import { Gvisor } from './gvisor.ts';
import { decode, encode } from './proto/codec.ts';
import type { Request, Response } from './proto/message-types.ts';

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
  readonly #gvisor: Gvisor;
  #prepared: Promise<void> | undefined;

  constructor({ directory, runsc = 'runsc' }: RuntimeHandlersOptions) {
    this.#gvisor = new Gvisor({ directory: `${directory}/gvisor`, runsc });
  }

  /** As containers record it. `failed-precondition` when gVisor is asked for and not installed. */
  async resolve(name: string): Promise<Runtime> {
    if (name === 'runc' || name === RUNC_SHIM) return runcShim(undefined);
    // Other shims have options of other types.
    if (name !== 'gvisor') return { name };
    this.#prepared ??= this.#gvisor.prepare();
    try {
      await this.#prepared;
    } catch (error) {
      // It may be installed by the next time.
      this.#prepared = undefined;
      throw error;
    }
    return runcShim(this.#gvisor.script);
  }

  /** gVisor, when that runs the container. */
  gvisorOf(runtime: Response<'ContainerRuntime'> | undefined): Gvisor | undefined {
    if (runtime?.options?.typeUrl !== RUNC_OPTIONS_TYPE) return undefined;
    const { binaryName } = decode('RuncOptions', runtime.options.value);
    return binaryName === this.#gvisor.script ? this.#gvisor : undefined;
  }
}

function runcShim(binaryName: string | undefined): Runtime {
  const value = encode('RuncOptions', { binaryName });
  return { name: RUNC_SHIM, options: { typeUrl: RUNC_OPTIONS_TYPE, value } };
}
