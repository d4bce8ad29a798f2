/**
 * The flow logs of one VPC: watches its traffic as long as there are any, looks at all connections when an interval
 * ends, and hands the records on. Intervals end at multiples of their length, so those of all flow logs coincide.
 */
import { ConnectionAccounts } from '../../domain/network/flow-logs/connection-accounts.ts';
import type { FlowInterfaces } from '../../domain/network/flow-logs/flow-interface.ts';
import type { FlowObservation } from '../../domain/network/flow-logs/flow-observation.ts';
import {
  type FlowPart,
  partsOfConnection,
  partsOfDropped,
} from '../../domain/network/flow-logs/flow-parts.ts';
import { FlowPlaces } from '../../domain/network/flow-logs/flow-place.ts';
import type { VpcPicture } from '../../domain/network/vpc.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { FlowWatch, TaskNetwork } from '../../ports/task-network.ts';
import type { FlowDelivery } from './flow-batch.ts';
import { FlowLogOutput } from './flow-log-output.ts';

const WATCH_AGAIN_MS = 1_000;

export interface VpcFlowsDeps {
  readonly network: Pick<TaskNetwork, 'watchFlows'>;
  readonly delivery: FlowDelivery;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly serviceCidr: string;
  /** In place of the flow logs' own. */
  readonly intervalMs?: number;
}

export class VpcFlows {
  readonly #deps: VpcFlowsDeps;
  readonly #faces: FlowInterfaces;
  readonly #accounts = new ConnectionAccounts();
  readonly #outputs = new Map<string, FlowLogOutput>();
  readonly #life = new AbortController();
  readonly #work: Promise<void>;
  #picture: VpcPicture;
  #places: FlowPlaces;
  #watchedSince = 0;
  #lookedAt = 0;

  /** Works until `close`. */
  constructor(picture: VpcPicture, faces: FlowInterfaces, deps: VpcFlowsDeps) {
    this.#deps = deps;
    this.#faces = faces;
    this.#picture = picture;
    this.#places = new FlowPlaces(picture, deps.serviceCidr);
    this.apply(picture);
    this.#work = this.#run();
  }

  /** The picture changed; it still has flow logs. Those that stay go on. */
  apply(picture: VpcPicture): void {
    this.#picture = picture;
    this.#places = new FlowPlaces(picture, this.#deps.serviceCidr);
    const wanted = new Map(picture.flowLogs.map((each) => [each.flowLogId, each]));
    for (const flowLogId of [...this.#outputs.keys()]) if (!wanted.has(flowLogId)) this.#end(flowLogId);
    for (const [flowLogId, flowLog] of wanted) {
      if (this.#outputs.has(flowLogId)) continue;
      const intervalMs = this.#deps.intervalMs ?? flowLog.maxAggregationIntervalS * 1000;
      const output = new FlowLogOutput(flowLog, intervalMs, this.#deps.clock.now());
      // What came while nobody watched was missed.
      if (this.#deps.delivery.begin(flowLogId)) output.skip();
      this.#outputs.set(flowLogId, output);
    }
  }

  /** Ends the work, not the flow logs. */
  async close(): Promise<void> {
    this.#life.abort();
    await this.#work;
  }

  /** Ends the work and the flow logs. */
  async end(): Promise<void> {
    await this.close();
    for (const flowLogId of [...this.#outputs.keys()]) this.#end(flowLogId);
  }

  #end(flowLogId: string): void {
    this.#outputs.delete(flowLogId);
    this.#deps.delivery.end(flowLogId);
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#deps;
    const { signal } = this.#life;
    while (!signal.aborted) {
      const end = new AbortController();
      try {
        await this.#watch(AbortSignal.any([signal, end.signal]));
      } catch (error) {
        if (signal.aborted) return;
        logger.warn('flow logs: cannot watch a VPC', { vpcId: this.#picture.vpcId, error });
        for (const output of this.#outputs.values()) output.skip();
      } finally {
        end.abort();
      }
      await clock.sleep(WATCH_AGAIN_MS, signal).catch(() => undefined);
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { network, clock } = this.#deps;
    this.#watchedSince = clock.now();
    this.#lookedAt = this.#watchedSince;
    const watch = await network.watchFlows(this.#picture.vpcId, (seen) => this.#observe(seen), signal);
    await this.#look(watch);
    while (!signal.aborted) {
      const boundary = this.#nextBoundary();
      await clock.sleep(Math.max(0, boundary - clock.now()), signal);
      await this.#look(watch);
      await this.#endIntervals(boundary);
    }
  }

  async #look(watch: FlowWatch): Promise<void> {
    await watch.look();
    this.#accounts.lookEnded();
    this.#lookedAt = this.#deps.clock.now();
  }

  #nextBoundary(): number {
    const intervals = [...this.#outputs.values()].map(({ intervalMs }) => intervalMs);
    const shortest = Math.min(...intervals);
    return (Math.floor(this.#deps.clock.now() / shortest) + 1) * shortest;
  }

  #observe(seen: FlowObservation): void {
    if (seen.type === 'lost') {
      for (const output of this.#outputs.values()) output.skip();
      return;
    }
    const [peers, parts] =
      seen.type === 'dropped'
        ? [[seen.sourceAddress, seen.destinationAddress], () => partsOfDropped(seen, this.#faces)]
        : [
            [seen.original.sourceAddress, seen.original.destinationAddress, seen.reply.sourceAddress],
            () => this.#partsOf(seen),
          ];
    if (!peers.every((address) => this.#places.isLogged(address))) return;
    for (const part of parts()) this.#add(part);
  }

  #partsOf(seen: Extract<FlowObservation, { type: 'connection' }>): FlowPart[] {
    // What a connection sent before it was watched nobody asked for, or was missed.
    if (seen.startedAt < this.#watchedSince && !this.#accounts.has(seen)) {
      this.#accounts.begin(seen);
      return [];
    }
    const delta = this.#accounts.take(seen);
    if (delta === undefined) return [];
    const span = { from: this.#lookedAt, to: this.#deps.clock.now() };
    return partsOfConnection(delta, this.#faces, span);
  }

  #add(part: FlowPart): void {
    const face = this.#faces.get(part.eniId);
    if (face === undefined) return;
    for (const output of this.#outputs.values()) output.add(part, face);
  }

  async #endIntervals(boundary: number): Promise<void> {
    const { delivery, logger } = this.#deps;
    const { account, region, vpcId } = this.#picture;
    const context = { account, region, vpcId, places: this.#places };
    const outputs = [...this.#outputs.values()];
    for (const output of outputs) {
      if (boundary % output.intervalMs !== 0) continue;
      const batch = output.end(boundary, this.#faces.all(), context);
      if (batch.interfaces.length === 0) continue;
      const delivered = await delivery.deliver(batch).catch((error: unknown) => {
        logger.warn('flow logs: cannot keep records', { flowLogId: batch.flowLogId, error });
        return false;
      });
      if (!delivered) output.skip();
    }
    const longest = Math.max(0, ...outputs.map(({ intervalMs }) => intervalMs));
    this.#faces.forgetEnded(boundary - 2 * longest);
  }
}
