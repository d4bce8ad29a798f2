/**
 * Where metrics are kept. What was put is kept at its own resolution for a while, then rolled up as CloudWatch does it:
 * 1 second for 3 hours, 60 seconds for 15 days, 5 minutes for 63 days, 1 hour for 455 days (domain/metrics/retention.ts
 * has the exact moments). So the room on disk is bounded by the number of metrics.
 */
import type { Scope } from '../domain/arn.ts';
import type { IdentityFilter } from '../domain/metrics/identity-filter.ts';
import type { MetricBucket, MetricDatum, MetricIdentity } from '../domain/metrics/metric.ts';

/** What is asked for when metrics are listed. */
export interface MetricFilter extends IdentityFilter {
  /** Only metrics into which something was put since, by the clock; epoch milliseconds. */
  readonly activeSince?: number;
}

export interface MetricPage {
  readonly metrics: readonly MetricIdentity[];
  /** Goes on from here; absent at the end. Opaque. */
  readonly next?: string;
}

export interface MetricQuery {
  readonly metric: MetricIdentity;
  /** Epoch milliseconds; buckets that begin at or after this. */
  readonly start: number;
  /** Epoch milliseconds; buckets that begin before this. */
  readonly end: number;
  /** Seconds: 1, 5, 10, 20, 30 or a multiple of 60. */
  readonly period: number;
}

/** Who puts, and the number of this put among its own, which rise: what is put again has the same one. */
export interface PutOnce {
  readonly publisher: string;
  readonly number: number;
}

export interface MetricStore {
  /**
   * Adds data, all or none; answers once they are on disk. The same data put twice count twice, unless `once` is given:
   * then nothing is added when the publisher's last number in this scope is as high, which is on disk with the data.
   * A publisher that was quiet for a day may be forgotten. Data older than the longest retention are dropped. Rejects
   * with `invalid` for numbers that are not finite, counts below zero, dimensions that are not in order, names that hold
   * NUL or lone surrogates.
   */
  put(scope: Scope, data: readonly MetricDatum[], once?: PutOnce): Promise<void>;
  /**
   * Metrics of an account in a region, in order of namespace, name, dimensions (by UTF-8 bytes; very long ones as it
   * may be). A page has at most `limit` (from 1), and may have fewer, even none, before the end: the work for one is bounded.
   * A metric is listed until the last of its data are forgotten, or sometime after. An `after` that no page gave is `invalid`.
   */
  list(scope: Scope, filter: MetricFilter, limit: number, after?: string): Promise<MetricPage>;
  /**
   * Periods in which something was put, in order of time, then of unit; a bucket for each unit. Where only coarser data are
   * left than the period asks for, the buckets are the coarser ones. What was put is seen once `put` has answered.
   */
  read(scope: Scope, query: MetricQuery): Promise<readonly MetricBucket[]>;
  /** Rolls up and forgets what its age says; to be called about once a minute. `now` is epoch milliseconds. */
  compact(now: number): Promise<void>;
  /** Waits for what was begun. May be repeated. */
  close(): Promise<void>;
}
