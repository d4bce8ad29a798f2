/**
 * The values of a task's secrets, in memory only and never by accident anywhere else: whatever prints the whole of it,
 * or turns it into JSON, gets `[secrets]`. Values are asked for by container.
 */
import { inspect } from 'node:util';
import type { RegistryAuth } from '../../domain/ecs/secret-reference.ts';

export type Values = Readonly<Record<string, string>>;

/** By container. */
export interface SecretValues {
  readonly environment: ReadonlyMap<string, Values>;
  readonly logOptions: ReadonlyMap<string, Values>;
  readonly registryAuth: ReadonlyMap<string, RegistryAuth>;
}

const SHOWN = '[secrets]';
const NONE: Values = Object.freeze({});

export class TaskSecrets {
  readonly #values: SecretValues;

  constructor(values: SecretValues) {
    this.#values = values;
  }

  /** Environment variables of a container from its `secrets`. */
  environment(container: string): Values {
    return this.#values.environment.get(container) ?? NONE;
  }

  /** Options of a container's log driver from its `secretOptions`. */
  logOptions(container: string): Values {
    return this.#values.logOptions.get(container) ?? NONE;
  }

  /** Name and password for the registry of a container's image; undefined when it names none. */
  registryAuth(container: string): RegistryAuth | undefined {
    return this.#values.registryAuth.get(container);
  }

  toJSON(): string {
    return SHOWN;
  }

  toString(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}
