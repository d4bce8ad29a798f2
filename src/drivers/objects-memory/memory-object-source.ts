/** Objects in memory, for tests. Remembers what it was asked, and fails as it is told. */
import { AppError } from '../../domain/errors.ts';
import type { ObjectAccess, ObjectQuery, ObjectSource } from '../../ports/object-source.ts';

export type MemoryBuckets = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Awaited before the answer; throws to fail the call. */
export type ObjectScript = (query: ObjectQuery, access: ObjectAccess) => void | Promise<void>;

export class MemoryObjectSource implements ObjectSource {
  readonly asked: { readonly query: ObjectQuery; readonly access: ObjectAccess }[] = [];
  readonly #buckets: MemoryBuckets;
  readonly #script: ObjectScript;

  constructor(buckets: MemoryBuckets, script: ObjectScript = () => undefined) {
    this.#buckets = buckets;
    this.#script = script;
  }

  async get(query: ObjectQuery, access: ObjectAccess): Promise<Buffer> {
    if (access.signal.aborted) throw new AppError('aborted', 'context canceled');
    this.asked.push({ query, access });
    await this.#script(query, access);
    const bucket = this.#buckets[query.bucket];
    if (bucket === undefined) throw missing('NoSuchBucket', 'The specified bucket does not exist');
    const text = bucket[query.key];
    if (text === undefined) throw missing('NoSuchKey', 'The specified key does not exist.');
    const bytes = Buffer.from(text);
    if (bytes.length > query.maxBytes) throw new AppError('invalid', 'the object is too long');
    return bytes;
  }
}

function missing(awsCode: string, message: string): AppError {
  return new AppError('not-found', message, { details: { awsCode, status: 404 } });
}
