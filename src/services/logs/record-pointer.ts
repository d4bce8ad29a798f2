/** What `@ptr` says of an event: where GetLogRecord finds it again. */
import { type EventPosition, eventId, parsePosition } from '../../domain/logs/event-position.ts';

export interface RecordPlace {
  readonly logGroupName: string;
  readonly position: EventPosition;
}

export function recordPointer({ logGroupName, position }: RecordPlace): string {
  return Buffer.from(`${eventId(position)}/${logGroupName}`).toString('base64');
}

/** Undefined for what is no pointer. */
export function parseRecordPointer(pointer: string): RecordPlace | undefined {
  const text = Buffer.from(pointer, 'base64').toString();
  const slash = text.indexOf('/');
  const position = parsePosition(text.slice(0, Math.max(0, slash)));
  if (position === undefined) return undefined;
  return { logGroupName: text.slice(slash + 1), position };
}
