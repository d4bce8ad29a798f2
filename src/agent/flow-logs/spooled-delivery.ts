/**
 * Delivers records: files at once, events of CloudWatch Logs by way of the spool, in their order and again until they
 * have arrived. They may arrive twice when a process ends on the way.
 */
import { toAppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { isRefusal } from '../logs/log-stream.ts';
import type { LogsClient } from '../logs/logs-client.ts';
import { writeBucketFile } from './bucket-files.ts';
import type { FlowBatch, FlowDelivery } from './flow-batch.ts';
import { putIntoGroup } from './group-delivery.ts';
import type { Spool } from './spool.ts';

const FIRST_DELAY_MS = 250;
const LAST_DELAY_MS = 15_000;

export interface SpooledDeliveryDeps {
  readonly spool: Spool;
  /** Buckets are folders of it. */
  readonly directory: string;
  readonly logsClient: (account: string, region: string) => LogsClient;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class SpooledDelivery implements FlowDelivery {
  readonly #deps: SpooledDeliveryDeps;
  readonly #life = new AbortController();
  readonly #clients = new Map<string, LogsClient>();
  readonly #active = new Set<string>();
  /** Flow logs whose batches are being sent. */
  readonly #sending = new Map<string, Promise<void>>();
  /** Those that may have got another one meanwhile. */
  readonly #again = new Set<string>();

  constructor(deps: SpooledDeliveryDeps) {
    this.#deps = deps;
  }

  /** Goes on with what an earlier process left; call it when the flow logs that there are have begun. */
  async start(): Promise<void> {
    for (const flowLogId of await this.#deps.spool.flowLogIds()) this.#send(flowLogId);
  }

  begin(flowLogId: string): boolean {
    this.#active.add(flowLogId);
    return this.#deps.spool.begin(flowLogId);
  }

  end(flowLogId: string): void {
    this.#active.delete(flowLogId);
    this.#send(flowLogId);
  }

  async deliver(batch: FlowBatch): Promise<boolean> {
    if (batch.destination.type === 's3') {
      await writeBucketFile(this.#deps.directory, batch);
      return true;
    }
    const hasRoom = await this.#deps.spool.put(batch);
    this.#send(batch.flowLogId);
    return hasRoom;
  }

  /** What has not been delivered stays in the spool. */
  async close(): Promise<void> {
    this.#life.abort();
    await Promise.all(this.#sending.values());
    for (const client of this.#clients.values()) client.close();
  }

  #send(flowLogId: string): void {
    if (this.#life.signal.aborted) return;
    if (this.#sending.has(flowLogId)) {
      this.#again.add(flowLogId);
      return;
    }
    const sending = this.#sendAll(flowLogId)
      .catch((error: unknown) => {
        if (this.#life.signal.aborted) return;
        this.#deps.logger.warn('flow logs: the spool cannot be read', { flowLogId, error });
      })
      .finally(() => {
        this.#sending.delete(flowLogId);
        if (this.#again.delete(flowLogId)) this.#send(flowLogId);
      });
    this.#sending.set(flowLogId, sending);
  }

  async #sendAll(flowLogId: string): Promise<void> {
    const { spool } = this.#deps;
    const { signal } = this.#life;
    while (!signal.aborted) {
      const next = await spool.first(flowLogId);
      if (next === undefined) break;
      const batch = await spool.read(next);
      if (batch !== undefined) await this.#sendOne(batch);
      if (!signal.aborted) await spool.remove(next);
    }
    if (!signal.aborted && !this.#active.has(flowLogId)) await spool.forget(flowLogId);
  }

  /** Resolves when it has arrived, or was refused for good, or the signal has fired. */
  async #sendOne(batch: FlowBatch): Promise<void> {
    const { clock, logger } = this.#deps;
    const { signal } = this.#life;
    const { flowLogId } = batch;
    let delayMs = FIRST_DELAY_MS;
    while (!signal.aborted) {
      try {
        return await putIntoGroup(this.#client(batch), batch, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (isRefusal(error)) return logger.warn('flow logs: records were refused', { flowLogId, error });
        logger.debug('flow logs: not delivered yet', { flowLogId, error: toAppError(error), delayMs });
      }
      await clock.sleep(delayMs, signal).catch(() => undefined);
      delayMs = Math.min(delayMs * 2, LAST_DELAY_MS);
    }
  }

  #client({ account, region }: FlowBatch): LogsClient {
    const key = `${account} ${region}`;
    const client = this.#clients.get(key) ?? this.#deps.logsClient(account, region);
    this.#clients.set(key, client);
    return client;
  }
}
