/** Secrets that a test says: values by id, failures by id. */
import { AppError } from '../../domain/errors.ts';
import type { SecretAccess, SecretQuery, SecretSource } from '../../ports/secret-source.ts';

export class MemorySecretSource implements SecretSource {
  /** Every query, in order. */
  readonly queries: SecretQuery[] = [];
  readonly #values: ReadonlyMap<string, string | AppError>;

  constructor(values: Readonly<Record<string, string | AppError>>) {
    this.#values = new Map(Object.entries(values));
  }

  async get(query: SecretQuery, { signal }: SecretAccess): Promise<string> {
    await Promise.resolve();
    if (signal.aborted) throw new AppError('aborted', 'context canceled');
    this.queries.push(query);
    const value = this.#values.get(query.id);
    if (value instanceof AppError) throw value;
    if (value !== undefined && query.versionId === undefined && isCurrent(query.versionStage)) return value;
    throw new AppError('not-found', `there is no ${query.id}`);
  }
}

function isCurrent(stage: string | undefined): boolean {
  return stage === undefined || stage === 'AWSCURRENT';
}
