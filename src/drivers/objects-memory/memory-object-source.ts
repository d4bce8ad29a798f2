/** Objects that a test says: text by `bucket/key`, failures by the same. */
import { AppError } from '../../domain/errors.ts';
import type { ObjectAccess, ObjectQuery, ObjectSource } from '../../ports/object-source.ts';

export class MemoryObjectSource implements ObjectSource {
  /** Every question, in order. */
  readonly queries: ObjectQuery[] = [];
  readonly #objects: ReadonlyMap<string, string | AppError>;

  constructor(objects: Readonly<Record<string, string | AppError>>) {
    this.#objects = new Map(Object.entries(objects));
  }

  async get(query: ObjectQuery, { signal }: ObjectAccess): Promise<Buffer> {
    await Promise.resolve();
    if (signal.aborted) throw new AppError('aborted', 'context canceled');
    this.queries.push(query);
    const object = this.#objects.get(`${query.bucket}/${query.key}`);
    if (object instanceof AppError) throw object;
    if (object === undefined) throw new AppError('not-found', 'NoSuchKey: The specified key does not exist.');
    const bytes = Buffer.from(object);
    if (bytes.length > query.maxBytes) throw new AppError('invalid', `longer than ${query.maxBytes} bytes`);
    return bytes;
  }
}
