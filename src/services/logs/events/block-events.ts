/**
 * Uploads as Neargate's agents send them: a block of events behind the other members (wire/logs/block-upload.ts). Events that AWS would
 * take stay in it; of others so many are decoded as are needed to say what is wrong.
 */
import type { InputLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import { EVENT_OVERHEAD_BYTES, type EventFigures } from '../../../domain/logs/put-batch.ts';
import { BLOCK_MARK } from '../../../wire/logs/block-upload.ts';
import { EventBlock } from '../../../wire/logs/event-block.ts';
import type { SetAside } from '../../../wire/service.ts';
import { MAX_EVENTS, MAX_SPAN_MS, MAX_UPLOAD_BYTES } from './put-limits.ts';

export interface BlockEvents {
  readonly block: EventBlock;
  readonly events: readonly EventFigures[];
}

const EMPTY_LIST = Buffer.from(',"logEvents":[]}');

/** For a body with a block: it is set aside as `blockEvents`, or its events as `logEvents` where they are to be refused. */
export function takeBlock(body: Buffer): SetAside | undefined {
  const mark = body.indexOf(BLOCK_MARK);
  if (mark < 0) return undefined;
  const block = EventBlock.parse(body.subarray(mark + BLOCK_MARK.length));
  if (block?.isText() !== true || !block.runs.every(({ timestamp }) => isTime(timestamp))) return undefined;
  const rest = Buffer.concat([body.subarray(0, mark - 1), EMPTY_LIST]);
  const events = acceptableEvents(block);
  return {
    rest,
    members: events === undefined ? { logEvents: decoded(block) } : { blockEvents: { block, events } },
  };
}

function isTime(timestamp: number): boolean {
  return Number.isSafeInteger(timestamp) && timestamp >= 0;
}

/** Undefined when they are not what AWS takes whole. */
function acceptableEvents(block: EventBlock): EventFigures[] | undefined {
  const { runs, count } = block;
  const isOrdered = runs.every(({ timestamp }, index) => timestamp >= (runs[index - 1]?.timestamp ?? 0));
  const span = (runs.at(-1)?.timestamp ?? 0) - (runs[0]?.timestamp ?? 0);
  if (!isOrdered || span > MAX_SPAN_MS || count === 0 || count > MAX_EVENTS) return undefined;
  if (block.textBytes - count + count * EVENT_OVERHEAD_BYTES > MAX_UPLOAD_BYTES) return undefined;
  const events = block.timestamps().map((timestamp, index): EventFigures => {
    return { timestamp, index, bytes: block.length(index) + EVENT_OVERHEAD_BYTES };
  });
  return events.every(({ bytes }) => bytes > EVENT_OVERHEAD_BYTES) ? events : undefined;
}

function decoded(block: EventBlock): InputLogEvent[] {
  const some = block.timestamps().slice(0, MAX_EVENTS + 1);
  return some.map((timestamp, index) => ({ timestamp, message: block.message(index) }));
}
