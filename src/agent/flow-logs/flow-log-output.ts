/** One flow log: takes what belongs to it, and makes its records when an interval ends. */
import type { Scope } from '../../domain/arn.ts';
import { FlowAggregator } from '../../domain/network/flow-logs/flow-aggregator.ts';
import type { FlowInterface } from '../../domain/network/flow-logs/flow-interface.ts';
import {
  type FlowLogFormat,
  headerLine,
  parseFlowLogFormat,
} from '../../domain/network/flow-logs/flow-log-format.ts';
import { recordLine } from '../../domain/network/flow-logs/flow-log-record.ts';
import type { FlowPart } from '../../domain/network/flow-logs/flow-parts.ts';
import type { FlowPlaces } from '../../domain/network/flow-logs/flow-place.ts';
import type { FlowLogPicture } from '../../domain/network/vpc.ts';
import type { FlowBatch, FlowRecord } from './flow-batch.ts';

export interface OutputContext extends Scope {
  readonly vpcId: string;
  readonly places: FlowPlaces;
}

export class FlowLogOutput {
  readonly picture: FlowLogPicture;
  readonly intervalMs: number;
  readonly #format: FlowLogFormat;
  readonly #aggregator = new FlowAggregator();
  #from: number;

  /** `since`: when it was made, or taken up again. */
  constructor(picture: FlowLogPicture, intervalMs: number, since: number) {
    this.picture = picture;
    this.intervalMs = intervalMs;
    this.#format = parseFlowLogFormat(picture.logFormat);
    this.#from = since;
  }

  add(part: FlowPart, face: FlowInterface): void {
    const { trafficType } = this.picture;
    if (this.#covers(face) && (trafficType === 'ALL' || trafficType === part.action)) {
      this.#aggregator.add(part);
    }
  }

  /** Something was lost. */
  skip(): void {
    this.#aggregator.skip();
  }

  /** Ends the interval: the records of each interface that was there. */
  end(to: number, faces: readonly FlowInterface[], context: OutputContext): FlowBatch {
    const { flowLogId, trafficType, destination } = this.picture;
    const taken = this.#aggregator.take();
    const span = { from: this.#from, to };
    this.#from = to;
    const interfaces = faces
      .filter((face) => this.#covers(face))
      .map((face) => {
        const { flows, skipped } = taken(face.eniId);
        const line = (source: Parameters<typeof recordLine>[1]): FlowRecord => ({
          timestamp: source.start,
          message: recordLine(this.#format, source, { ...context, face }),
        });
        const records = [...flows.map(line), ...withoutFlow(face, span, flows.length, skipped).map(line)];
        return { eniId: face.eniId, records };
      });
    return {
      ...{ account: context.account, region: context.region, flowLogId, trafficType, destination },
      header: headerLine(this.#format),
      at: to,
      interfaces: interfaces.filter(({ records }) => records.length > 0),
    };
  }

  #covers({ eniId, subnetId }: FlowInterface): boolean {
    const { resourceId } = this.picture;
    return resourceId === eniId || resourceId === subnetId || resourceId.startsWith('vpc-');
  }
}

/** That there was nothing, or that not everything is told. */
function withoutFlow(
  face: FlowInterface,
  { from, to }: { from: number; to: number },
  flows: number,
  skipped: boolean,
) {
  const start = Math.max(from, face.since);
  const end = Math.min(to, face.until ?? to);
  const wasThere = start < to && end > from;
  const line = { start, end: Math.max(start, end) };
  if (skipped && wasThere) return [{ ...line, status: 'SKIPDATA' as const }];
  return flows === 0 && wasThere ? [{ ...line, status: 'NODATA' as const }] : [];
}
