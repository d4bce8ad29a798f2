/** Secrets of a file of the machine before those of the services: what the file has no value for is asked of them. */
import { hasKind } from '../../domain/errors.ts';
import type { Parameters, SecretContext, SecretSource, SecretVersion } from '../../ports/secret-source.ts';

export class FileBeforeServices implements SecretSource {
  readonly #file: SecretSource;
  readonly #services: SecretSource;

  constructor(file: SecretSource, services: SecretSource) {
    this.#file = file;
    this.#services = services;
  }

  async secretValue(version: SecretVersion, context: SecretContext): Promise<string> {
    try {
      return await this.#file.secretValue(version, context);
    } catch (error) {
      if (!hasKind(error, 'not-found')) throw error;
      return this.#services.secretValue(version, context);
    }
  }

  async parameters(names: readonly string[], context: SecretContext): Promise<Parameters> {
    const known = await this.#file.parameters(names, context);
    if (known.invalid.length === 0) return known;
    const asked = await this.#services.parameters(known.invalid, context);
    return { values: new Map([...known.values, ...asked.values]), invalid: asked.invalid };
  }
}
