import {
  type InputLogEvent,
  PutLogEvents$,
  type PutLogEventsRequest,
  type PutLogEventsResponse,
  type RejectedLogEventsInfo,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Scope } from '../../../domain/arn.ts';
import { positionToken } from '../../../domain/logs/event-position.ts';
import {
  type AcceptedEvent,
  acceptEvents,
  EVENT_OVERHEAD_BYTES,
  type EventFigures,
} from '../../../domain/logs/put-batch.ts';
import { operation, type OperationDefinition, type SetAside } from '../../../wire/service.ts';
import { Constraints, invalidParameter } from '../constraints.ts';
import type { LogsDeps } from '../deps.ts';
import { type BlockEvents, takeBlock } from './block-events.ts';
import { blockForm, decodedForm, type EventForm, scannedForm } from './event-forms.ts';
import { eventWrites } from './event-writes.ts';
import { MAX_EVENTS, MAX_SPAN_MS, MAX_UPLOAD_BYTES } from './put-limits.ts';
import { isLastUpload } from './repeated-upload.ts';
import { getGroup, getStream, untilUncontended } from '../resources.ts';
import { type ScannedEvents, scanUpload } from './scanned-events.ts';

/** `logEvents` is empty where they were set aside. */
type PutInput = PutLogEventsRequest & {
  readonly scanned?: ScannedEvents;
  readonly blockEvents?: BlockEvents;
};

/**
 * The events are in the store, on disk, when this answers. Sequence tokens are accepted and ignored, but for one case:
 * the last upload once more, with its token, is what a client sends that was cut off before it was answered; it is
 * answered as before, and its events are there once.
 */
export function putLogEvents(deps: LogsDeps): OperationDefinition {
  return operation(
    PutLogEvents$,
    async (input: PutInput, { scope }): Promise<PutLogEventsResponse> => {
      const { scanned, blockEvents } = input;
      const place = placeOf(input);
      if (blockEvents !== undefined) {
        checkNames(input).check();
        return put(deps, scope, { ...place, events: blockEvents.events, form: blockForm(blockEvents.block) });
      }
      if (scanned !== undefined) {
        checkNames(input).check();
        return put(deps, scope, { ...place, events: scanned.events, form: scannedForm(scanned.body) });
      }
      return put(deps, scope, { ...place, events: checkEvents(input), form: decodedForm });
    },
    setAside,
  );
}

function setAside({ buffer, byteOffset, byteLength }: Uint8Array): SetAside | undefined {
  const body = Buffer.from(buffer, byteOffset, byteLength);
  return takeBlock(body) ?? scanUpload(body);
}

interface UploadPlace {
  readonly logGroupName: string;
  readonly logStreamName: string;
  readonly sequenceToken: string | undefined;
}

interface PutUpload<E extends EventFigures> extends UploadPlace {
  readonly events: readonly E[];
  readonly form: EventForm<E>;
}

async function put<E extends EventFigures>(
  deps: LogsDeps,
  scope: Scope,
  upload: PutUpload<E>,
): Promise<PutLogEventsResponse> {
  const { retentionInDays } = (await getGroup(deps.store, scope, upload.logGroupName)).value;
  const { accepted, rejected } = acceptEvents(upload.events, deps.clock.now(), retentionInDays);
  const sequence = await storeEvents(deps, scope, { ...upload, events: accepted });
  return {
    nextSequenceToken: positionToken({ timestamp: 0, sequence, index: 0 }),
    ...(rejected === undefined ? {} : { rejectedLogEventsInfo: rejected satisfies RejectedLogEventsInfo }),
  };
}

function placeOf({ logGroupName = '', logStreamName = '', sequenceToken }: PutInput): UploadPlace {
  return { logGroupName, logStreamName, sequenceToken };
}

/** Writes the batches and the stream's record in one transaction; answers the upload's sequence. */
function storeEvents<E extends EventFigures>(
  { store, clock }: LogsDeps,
  scope: Scope,
  upload: PutUpload<E>,
): Promise<number> {
  const { events } = upload;
  return untilUncontended(async () => {
    const { groupId } = (await getGroup(store, scope, upload.logGroupName)).value;
    const { key, revision, value: stream } = await getStream(store, { groupId }, upload.logStreamName);
    if (events.length === 0) return stream.lastSequence;
    const place = { groupId, key, stream };
    if (await isLastUpload(store, place, upload.sequenceToken, upload)) return stream.lastSequence;
    const { sequence, writes } = eventWrites(place, upload, clock.now());
    return (await store.transact([{ key, revision }], writes)).ok ? sequence : undefined;
  });
}

/** What AWS refuses the whole upload for. */
function checkEvents(input: PutLogEventsRequest): AcceptedEvent[] {
  const { logEvents = [] } = input;
  const constraints = checkNames(input).count('logEvents', logEvents, 1, MAX_EVENTS);
  const events = logEvents.map((event, index) => checkEvent(event, index, constraints));
  constraints.check();
  const bytes = events.reduce((sum, event) => sum + event.bytes, 0);
  if (bytes > MAX_UPLOAD_BYTES) {
    throw invalidParameter(`Upload too large: ${bytes} bytes exceeds limit of ${MAX_UPLOAD_BYTES}`);
  }
  if (events.some(({ timestamp }, index) => timestamp < (events[index - 1]?.timestamp ?? 0))) {
    throw invalidParameter('Log events in a single PutLogEvents request must be in chronological order.');
  }
  if ((events.at(-1)?.timestamp ?? 0) - (events[0]?.timestamp ?? 0) > MAX_SPAN_MS) {
    throw invalidParameter(
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    );
  }
  return events;
}

function checkNames({ logGroupName, logStreamName, sequenceToken }: PutLogEventsRequest): Constraints {
  return new Constraints()
    .groupName(logGroupName)
    .streamName(logStreamName)
    .length('sequenceToken', sequenceToken, 1, 4_096);
}

function checkEvent(event: InputLogEvent, index: number, constraints: Constraints): AcceptedEvent {
  const { timestamp = 0, message = '' } = event;
  if (timestamp < 0) constraints.range(`${memberPath(index)}.timestamp`, timestamp, 0);
  if (message === '') constraints.length(`${memberPath(index)}.message`, message, 1, MAX_UPLOAD_BYTES);
  return { timestamp, message, index, bytes: Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES };
}

function memberPath(index: number): string {
  return `logEvents.${index + 1}.member`;
}
