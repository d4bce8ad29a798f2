/**
 * Where metrics are kept. What was put is kept at its own resolution for a while, then rolled up as CloudWatch does it:
 * 1 second for 3 hours, 60 seconds for 15 days, 5 minutes for 63 days, 1 hour for 455 days. So the room on disk is
 * bounded by the number of metrics.
 */
import type { Scope } from '../domain/arn.ts';
import type { MetricBucket, MetricDatum, MetricIdentity } from '../domain/metrics/metric.ts';

/** What is asked for when metrics are listed. All that is given must hold. */
export interface MetricFilter {
  readonly namespace?: string;
  readonly name?: string;
  /** Dimensions that a metric has among its own; without a value, any value will do. */
  readonly dimensions?: readonly { readonly name: string; readonly value?: string }[];
  /** Only metrics into which something was put since; epoch milliseconds. */
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
   * with `invalid` for a value that is not a finite number.
   */
  put(scope: Scope, data: readonly MetricDatum[], once?: PutOnce): Promise<void>;
  /** Metrics of an account in a region, ordered by namespace, name, dimensions; a page of at most `limit`. */
  list(scope: Scope, filter: MetricFilter, limit: number, after?: string): Promise<MetricPage>;
  /**
   * Periods in which something was put, in order of time, then of unit; a bucket for each unit. Where only coarser data are
   * left than the period asks for, the buckets are the coarser ones.
   */
  read(scope: Scope, query: MetricQuery): Promise<readonly MetricBucket[]>;
  /** Rolls up and forgets what its age says; to be called now and then. `now` is epoch milliseconds. */
  compact(now: number): Promise<void>;
  /** May be repeated. */
  close(): Promise<void>;
}
