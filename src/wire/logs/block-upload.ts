/**
 * How a PutLogEvents carries a block of events: behind the JSON of its other members and a byte that no JSON has. Whoever
 * takes that says so with each answer; to others it is never sent.
 */
import type { IncomingHttpHeaders } from 'node:http';

/** Between the JSON and the block. */
export const BLOCK_MARK = Buffer.from([0]);
const HEADER = 'x-neargate-event-blocks';

/** What a service says that takes blocks. */
export const TAKES_BLOCKS: Readonly<Record<string, string>> = { [HEADER]: '1' };

/** Whether a service said it, in the headers of an answer. */
export function takesBlocks(headers: IncomingHttpHeaders | undefined): boolean {
  return headers?.[HEADER] === '1';
}
