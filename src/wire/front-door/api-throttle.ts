/** Refuses what an account asks for more often than AWS lets it, by AWS's buckets; each is of an account in a region. */
import { ApiError } from '../../domain/errors.ts';
import { tokensOf } from '../../domain/throttling/api-quotas.ts';
import { KeyedBuckets } from '../../domain/token-bucket.ts';
import type { Caller } from '../sigv4/verify.ts';

/** Some hundred of them belong to an account that uses everything in one region. */
const REMEMBERED = 20_000;

export class ApiThrottle {
  readonly #buckets: KeyedBuckets;

  constructor(clock: { now(): number }) {
    this.#buckets = new KeyedBuckets(clock, REMEMBERED);
  }

  /** Takes what a request costs. Throws ThrottlingException, which each protocol writes in its own words, and takes nothing. */
  check({ account, region }: Caller, service: string, operation: string, input: object): void {
    const taken = tokensOf(service, operation, input).map(({ bucket, rate, tokens }) => ({
      bucket: this.#buckets.of(`${account} ${region} ${service} ${bucket}`, rate),
      tokens,
    }));
    if (!taken.every(({ bucket, tokens }) => bucket?.has(tokens))) {
      throw new ApiError('ThrottlingException', 'Rate exceeded');
    }
    for (const { bucket, tokens } of taken) bucket?.take(tokens);
  }
}
